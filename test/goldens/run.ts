/*
 * npm run goldens [-- FAMILY ...]: runs the golden cases of test/goldens/data, or of the folder that CONVGRAD_GOLDENS names.
 */
import { resolve } from 'node:path';
import { listFolder, ownFolder } from './golden_folder.ts';
import { summaryTable } from './report.ts';
import { type Outcome, runFolder } from './runner.ts';

// npm starts scripts in the package's folder; a relative path is meant from where npm was called.
const chosen = process.env.CONVGRAD_GOLDENS;
const folder = chosen ? resolve(process.env.INIT_CWD ?? '.', chosen) : ownFolder;

const outcomes: Outcome[] = [];
try {
  for (const outcome of runFolder(listFolder(folder), process.argv.slice(2))) {
    outcomes.push(outcome);
    if (outcome.failure !== null) console.log(`FAILED ${outcome.name}: ${outcome.failure}`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
if (outcomes.length === 0) console.log(`there are no golden cases in ${folder}`);
if (outcomes.length === 0 || outcomes.some(({ failure }) => failure !== null)) process.exitCode = 1;
console.log(summaryTable(outcomes));

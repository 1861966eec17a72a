/*
 * npm run bench [-- OPTIONS]: times convgrad, and the peers asked for, on the same workloads. See README.md.
 */
import { CommanderError } from 'commander';
import { type Options, parseOptions, type SectionName } from './arguments.ts';
import { thisCommit, thisMachine } from './report/circumstances.ts';
import { save } from './report/save.ts';
import { terminalReport } from './report/terminal.ts';
import { deform } from './sections/deform.ts';
import { epoch } from './sections/epoch.ts';
import { growth } from './sections/growth.ts';
import { memory } from './sections/memory.ts';
import { nodes } from './sections/nodes.ts';
import { overhead } from './sections/overhead.ts';
import { measureRows, type RowResults } from './sections/rows.ts';
import type { Measure, Section } from './sections/section.ts';
import { start } from './sections/start.ts';

const measures: Readonly<Record<Exclude<SectionName, 'rows'>, Measure>> = { deform, start, nodes, epoch, growth, overhead, memory };

async function run(options: Options): Promise<void> {
  const date = new Date().toISOString();
  const machine = thisMachine();
  const progress = (part: string) => (text: string) => console.error(`${part}: ${text}`);
  let rowResults: RowResults = { versions: {}, peaks: [], rows: [], absences: [] };
  const sections: Section[] = [];
  for (const name of options.sections) {
    if (name === 'rows') rowResults = await measureRows(options, progress(name));
    else sections.push(await measures[name](options, progress(name)));
  }
  const versions = { node: process.versions.node, ...rowResults.versions };
  const results = { machine, date, commit: thisCommit(), ...rowResults, versions, sections };
  console.log(terminalReport(results));
  console.log(`\nsaved: ${save(results, options.json).join(', ')}`);
}

try {
  await run(parseOptions(process.argv));
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}

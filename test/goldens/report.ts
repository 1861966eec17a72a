import Table from 'cli-table3';
import type { Outcome } from './runner.ts';

/** Passed and failed cases by family, as a table. */
export function summaryTable(outcomes: readonly Outcome[]): string {
  const table = new Table({ head: ['family', 'passed', 'failed'], colAligns: ['left', 'right', 'right'], style: { head: [], border: [] } });
  const families = [...new Set(outcomes.map(({ family }) => family))];
  for (const family of families) table.push([family, ...counts(outcomes.filter((outcome) => outcome.family === family))]);
  table.push(['all', ...counts(outcomes)]);
  return table.toString();
}

function counts(outcomes: readonly Outcome[]): [number, number] {
  const failed = outcomes.filter(({ failure }) => failure !== null).length;
  return [outcomes.length - failed, failed];
}

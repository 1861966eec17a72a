import Table from 'cli-table3';
import { grouped, percent, tasks, type VariantReport } from './report.ts';

/** The table of the page for a terminal: without the formulas. */
export function terminalTable(reports: readonly VariantReport[]): string {
  const table = new Table({
    head: ['variant', 'parameters', 'multiply-adds', 'step, ms', tasks.digits, tasks.transformed],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { variant, parameters, cost, stepTime, results } of reports) {
    const accuracies = [results.digits, results.transformed].map(({ accuracies }) => percent(accuracies[accuracies.length - 1][1]));
    table.push([variant.name, grouped(parameters), grouped(cost.total), stepTime.toFixed(1), ...accuracies]);
  }
  return table.toString();
}

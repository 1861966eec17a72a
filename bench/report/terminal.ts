import Table from 'cli-table3';
import type { Absence } from '../run/team.ts';
import type { Cell, Section } from '../sections/section.ts';
import { comparisons } from './comparison.ts';
import { cellText } from './figures.ts';
import { peakTable } from './peak_table.ts';
import type { Results } from './results.ts';

/** The results as tables for a terminal. */
export function terminalReport(results: Results): string {
  const { machine, date, commit, versions, absences } = results;
  const { head: peakHead, rows: peaks } = peakTable(results);
  const lines = [
    `${machine.cpu}, ${machine.processors} processors, ${machine.memoryGiB} GiB, ${machine.system}; load before ${machine.load}; ${date}; commit ${commit}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    ...absences.map(absenceText),
    ...(peaks.length === 0 ? [] : [table(peakHead, peaks)]),
    ...comparisons(results.rows).flatMap(({ threads, head, lines: cells }) => [
      `\n${threads === 1 ? 'One thread' : `${threads} threads`}: median ms, share of the roofline, and how many times as fast (in brackets: of the fastest runs)`,
      table(head, cells),
    ]),
    ...results.sections.map(sectionText),
  ];
  return lines.join('\n');
}

/** Says what is missing and what helps. */
export function absenceText({ implementation, reason, remedy }: Absence): string {
  return `absent: ${implementation} (${reason}); ${remedy}`;
}

export function sectionText({ title, note, head, rows, absences }: Section): string {
  return [`\n${title}. ${note}`, ...absences.map(absenceText), table(head, rows)].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const isNumber = head.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  const drawn = new Table({
    head: [...head],
    colAligns: isNumber.map((is) => (is ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  drawn.push(...rows.map((row) => row.map(cellText)));
  return drawn.toString();
}

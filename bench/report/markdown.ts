import { markdownTable } from 'markdown-table';
import type { Cell } from '../sections/section.ts';
import { growthLines } from './charts.ts';
import { comparisons } from './comparison.ts';
import { cellText } from './figures.ts';
import { peakTable } from './peak_table.ts';
import { ratioCharts } from './ratio_chart.ts';
import type { Results } from './results.ts';
import { absenceText } from './terminal.ts';

/** A text that shows charts, which lie in files beside it. */
export interface MarkdownReport {
  readonly text: string;
  /** SVG files by name. */
  readonly charts: Readonly<Record<string, string>>;
}

/** The results as Markdown; `folder` is where the charts will lie, seen from the text. */
export function markdownReport(results: Results, folder: string): MarkdownReport {
  const { machine, date, commit, versions, absences, rows, sections } = results;
  const charts: Record<string, string> = {};
  const shown = (title: string, svg: string) => {
    const name = `${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.svg`;
    charts[name] = svg;
    return `![${title}](${folder}/${name})`;
  };
  const { head, rows: peaks } = peakTable(results);
  const parts = [
    '# convgrad and its peers',
    'Written by `npm run bench`: not to be edited.',
    `${machine.cpu}, ${machine.processors} processors, ${machine.memoryGiB} GiB, ${machine.system}. Load before: ${machine.load}. ${date}, commit ${commit}.`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    ...absences.map(absenceText),
    ...(peaks.length === 0 ? [] : ['## What this machine does at most', table(head, peaks)]),
    ...comparisons(rows).flatMap(({ threads, head: names, lines }) => [
      `## ${threads === 1 ? 'One thread' : `${threads} threads`}`,
      table(names, lines),
    ]),
    ...ratioCharts(rows).map(({ title, svg }) => shown(title, svg)),
    ...sections.flatMap((section) => [
      `## ${section.title}`,
      section.note,
      ...section.absences.map(absenceText),
      table(section.head, section.rows),
      ...section.charts.map((chart) => shown(chart.title, growthLines(chart))),
    ]),
  ];
  return { text: `${parts.join('\n\n')}\n`, charts };
}

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const align = head.map((_, column) => (rows.some((row) => typeof row[column] === 'number') ? 'r' : null));
  return markdownTable([[...head], ...rows.map((row) => row.map(cellText))], { align, alignDelimiters: false });
}

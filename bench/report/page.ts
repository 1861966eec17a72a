import type { Absence } from '../run/team.ts';
import type { Cell, Section } from '../sections/section.ts';
import { growthLines } from './charts.ts';
import { comparisons } from './comparison.ts';
import { cellText } from './figures.ts';
import { peakTable } from './peak_table.ts';
import { ratioCharts } from './ratio_chart.ts';
import type { Results } from './results.ts';
import { absenceText } from './terminal.ts';

const style = `
body { margin: 0 auto; max-width: 1400px; padding: 24px; background: #fff; color: #222; font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 28px; margin: 0 0 12px; } h2 { font-size: 20px; margin: 36px 0 10px; }
p { max-width: 90ch; } .facts { color: #666; font-size: 13px; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th { text-align: left; border-bottom: 2px solid #bbb; padding: 4px 10px; vertical-align: bottom; }
td { border-bottom: 1px solid #eee; padding: 3px 10px; white-space: nowrap; } .number { text-align: right; }
.charts { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(600px, 1fr)); } .charts svg { width: 100%; height: auto; }
figure { margin: 0; }
`;

/** The results as one HTML text that loads nothing: style and charts are inside it. */
export function page(results: Results): string {
  const { machine, date, commit, versions, absences, rows, sections } = results;
  const { head: peakHead, rows: peaks } = peakTable(results);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>convgrad and its peers</title>
<style>${style}</style>
</head>
<body>
<h1>convgrad and its peers</h1>
<p class="facts">${escapeHtml(machine.cpu)}, ${machine.processors} processors, ${machine.memoryGiB} GiB, ${escapeHtml(machine.system)} · load before ${machine.load} · ${date} · commit ${commit}<br>
${Object.entries(versions)
  .map(([name, version]) => `${escapeHtml(name)} ${escapeHtml(version)}`)
  .join(' · ')}</p>
${absenceList(absences)}
<section id="peaks"><h2>What this machine does at most</h2>
<p>Multiply-adds on register tiles in the first-level cache, counted as two operations each, and bytes a second that a stream of additions reads
and writes, by the memory that it touches. A share in the tables is the least time that these allow, over the time that was measured; rates count
the direct algorithm, so a share can exceed 100 % where Winograd's algorithm serves.</p>
${table(peakHead, peaks)}</section>
${comparisons(rows)
  .map(
    ({ threads: count, head, lines }) =>
      `<section><h2>${count === 1 ? 'One thread' : `${count} threads`}</h2>${table(head, lines)}</section>`,
  )
  .join('\n')}
<div class="charts">${figures(ratioCharts(rows).map(({ svg }) => svg))}</div>
${sections.map(sectionHtml).join('\n')}
</body>
</html>
`;
}

function absenceList(absences: readonly Absence[]): string {
  return absences.map((absence) => `<p>${escapeHtml(absenceText(absence))}</p>`).join('\n');
}

function sectionHtml({ title, note, head, rows, charts, absences }: Section): string {
  return `<section><h2>${escapeHtml(title)}</h2><p>${escapeHtml(note)}</p>${absenceList(absences)}${table(head, rows)}
<div class="charts">${figures(charts.map(growthLines))}</div></section>`;
}

function figures(charts: readonly string[]): string {
  return charts.map((chart) => `<figure>${chart}</figure>`).join('\n');
}

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = (row: readonly Cell[]) =>
    row.map((cell) => `<td${typeof cell === 'number' ? ' class="number"' : ''}>${escapeHtml(cellText(cell))}</td>`).join('');
  return `<div class="wide"><table><thead><tr>${head.map((name) => `<th>${escapeHtml(name)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}</tbody></table></div>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

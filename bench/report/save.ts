import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { markdownReport } from './markdown.ts';
import { page } from './page.ts';
import { type Results, saved } from './results.ts';

/** Saves rows, page, sections, and the same as Markdown with its charts in a folder; gives the files' names. */
export function save(results: Results, json: string): string[] {
  const stem = json.slice(0, json.length - extname(json).length);
  const { machine, date, commit, sections, rows, absences } = results;
  const { text, charts } = markdownReport(results, basename(stem));
  const files = {
    [json]: `${JSON.stringify(saved(results), null, 2)}\n`,
    [`${stem}.html`]: page(results),
    [`${stem}.sections.json`]: `${JSON.stringify({ machine, date, commit, sections, rows, absences }, null, 2)}\n`,
    [`${stem}.md`]: text,
    ...Object.fromEntries(Object.entries(charts).map(([name, svg]) => [join(stem, name), svg])),
  };
  mkdirSync(Object.keys(charts).length > 0 ? stem : dirname(json), { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(file, content);
  return Object.keys(files);
}

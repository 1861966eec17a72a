import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { page } from './page.ts';
import { type Results, saved } from './results.ts';

/** Saves rows, page and sections; gives the files' names. */
export function save(results: Results, json: string): string[] {
  const stem = json.slice(0, json.length - extname(json).length);
  const { machine, date, commit, sections, rows, absences } = results;
  const files = {
    [json]: `${JSON.stringify(saved(results), null, 2)}\n`,
    [`${stem}.html`]: page(results),
    [`${stem}.sections.json`]: `${JSON.stringify({ machine, date, commit, sections, rows, absences }, null, 2)}\n`,
  };
  mkdirSync(dirname(json), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(file, text);
  return Object.keys(files);
}

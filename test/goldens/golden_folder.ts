import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { families } from './families.ts';

/** The project's own copy. */
export const ownFolder: string = join(import.meta.dirname, 'data');

/** A file of cases. */
export interface GoldenFile {
  readonly family: string;
  readonly path: string;
}

/** What a folder holds: files of known families, and names that are not of the format. */
export interface GoldenFolder {
  readonly files: readonly GoldenFile[];
  readonly unknown: readonly string[];
}

/** The files of a folder. Documentation (*.md) is passed over. */
export function listFolder(folder: string): GoldenFolder {
  const files: GoldenFile[] = [];
  const unknown: string[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith('.md')) continue;
    const family = /^(.+)\.jsonl(\.gz)?$/.exec(name)?.[1];
    if (family !== undefined && Object.hasOwn(families, family)) files.push({ family, path: join(folder, name) });
    else unknown.push(name);
  }
  return { files, unknown };
}

/** The lines of a file, unpacked; each is one case. */
export function readLines({ path }: GoldenFile): string[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text.split('\n').filter((line) => line.trim() !== '');
}

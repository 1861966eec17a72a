import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A block of code in a page. */
export interface CodeBlock {
  /** The heading above it. */
  readonly heading: string;
  readonly language: string;
  readonly code: string;
}

/** A text of the repository. */
export function textOfFile(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
}

/** The blocks of code in a page, without the indentation that they have in lists. */
export function codeBlocksIn(page: string): CodeBlock[] {
  const text = textOfFile(page);
  return [...text.matchAll(/^( *)```(\w+)\n(.*?)^\1```$/gms)].map(({ 1: indentation, 2: language, 3: code, index }) => ({
    heading: [...text.slice(0, index).matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? '',
    language,
    code: code.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''),
  }));
}

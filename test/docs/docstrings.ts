import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { getTextOfJSDocComment, isJSDoc, type JSDoc, type JSDocTag, type Node } from 'typescript/unstable/ast';
import type { Program } from './program.ts';

/** The code behind an `@example`. */
export interface Example {
  /** The file and the line of the tag. */
  readonly path: string;
  readonly line: number;
  readonly code: string;
}

/** Sources of the packages in which there are examples, by their paths in the repository. */
export function filesWithExamples(): string[] {
  const packages = fileURLToPath(new URL('../../packages/', import.meta.url));
  return ['core', 'data', 'nn', 'optim'].flatMap((name) =>
    readdirSync(`${packages}${name}/src`, { recursive: true, encoding: 'utf8' })
      .map((path) => `${name}/src/${path.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.ts') && readFileSync(packages + path, 'utf8').includes('@example'))
      .map((path) => `packages/${path}`)
      .sort(),
  );
}

/** The examples in a file's docstrings, in order. */
export function examplesIn(program: Program, path: string): Example[] {
  const file = program.file(path);
  const examples: Example[] = [];
  const visit = (node: Node): void => {
    for (const tag of docstringsOf(node).flatMap(tagsOf)) {
      if (tag.tagName.text !== 'example') continue;
      examples.push({ path, line: file.getLineAndCharacterOfPosition(tag.getStart()).line + 1, code: textOf(tag) });
    }
    node.forEachChild(visit);
  };
  visit(file);
  return examples;
}

/** The docstrings above a declaration. */
export function docstringsOf(node: Node): readonly JSDoc[] {
  return (node.jsDoc ?? []).filter(isJSDoc);
}

/** The tags of a docstring. */
export function tagsOf(docstring: JSDoc): readonly JSDocTag[] {
  return [...(docstring.tags ?? [])];
}

/** What stands behind a tag. */
export function textOf(tag: JSDocTag): string {
  return getTextOfJSDocComment(tag.comment) ?? '';
}

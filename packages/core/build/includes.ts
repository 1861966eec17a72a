import { posix } from 'node:path';

/** A source with every header it includes by quotes, by path; headers in angle brackets come with the compiler. */
export type SourceFiles = ReadonlyMap<string, string>;

/**
 * Follows `#include "..."` from one file: each is sought beside the file that includes it, then from the top.
 * One that is not found is left for the compiler to complain about.
 */
export function withIncludes(path: string, text: string, read: (path: string) => string | undefined): SourceFiles {
  const found = new Map<string, string>([[path, text]]);
  for (const [includer, includerText] of found) {
    for (const match of includerText.matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"]+)"/gm)) {
      const name = match[1];
      const candidates = [posix.join(posix.dirname(includer), name), posix.normalize(name)];
      for (const candidate of candidates) {
        const included = found.get(candidate) ?? read(candidate);
        if (included !== undefined) {
          found.set(candidate, included);
          break;
        }
      }
    }
  }
  return found;
}

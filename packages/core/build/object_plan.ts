import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readTextIfPresent } from './files.ts';
import { kernelArgumentsHeader } from './header.ts';
import { type SourceFiles, withIncludes } from './includes.ts';
import type { BuildFolders } from './paths.ts';
import type { Unit } from './units.ts';

/** One object to be had: what it is made of, and the file that holds it once it is compiled. */
export interface ObjectPlan {
  readonly label: string;
  readonly main: string;
  readonly files: SourceFiles;
  readonly hash: string;
  readonly path: string;
  /** Characters of its own sources: the larger, the longer it compiles. */
  readonly weight: number;
}

/** Reads the sources as they are now and says which objects they make with one compiler and its flags. */
export class ObjectPlanner {
  private readonly folders: BuildFolders;
  private readonly environment: string;
  private readonly texts: Map<string, string | undefined>;

  /**
   * @param environment all that an object depends on besides its sources
   * @param texts of sources that were read before
   */
  constructor(folders: BuildFolders, environment: readonly unknown[], texts = new Map<string, string | undefined>()) {
    this.folders = folders;
    this.environment = JSON.stringify(environment);
    this.texts = texts;
  }

  /** The object of a unit, or undefined where its source is missing; `target` goes to its label. */
  unit(unit: Unit, target = ''): ObjectPlan | undefined {
    if (this.read(`${unit.source}.cc`) === undefined) {
      return undefined;
    }
    const header = kernelArgumentsHeader(unit.source);
    const read = (path: string) => (path === 'generated/kernel_args.h' ? header : this.read(path));
    const main = `${unit.source}_${unit.scalar}.cc`;
    return this.plan(`${unit.source} ${unit.scalar}${target}`, main, withIncludes(main, unit.text, read));
  }

  /** The object of a text. */
  text(label: string, main: string, text: string): ObjectPlan {
    const header = kernelArgumentsHeader('');
    const read = (path: string) => (path === 'generated/kernel_args.h' ? header : this.read(path));
    return this.plan(label, main, withIncludes(main, text, read));
  }

  private read(path: string): string | undefined {
    if (!this.texts.has(path)) {
      this.texts.set(path, readTextIfPresent(`${this.folders.sources}/${path}`));
    }
    return this.texts.get(path);
  }

  private plan(label: string, main: string, files: SourceFiles): ObjectPlan {
    const hash = createHash('sha256').update(this.environment);
    for (const [path, text] of files) {
      hash.update(`\0${path}\0${text}`);
    }
    const digest = hash.digest('hex');
    const weight = [...files].reduce((sum, [path, text]) => (path === 'generated/kernel_args.h' ? sum : sum + text.length), 0);
    return { label, main, files, hash: digest, path: `${this.folders.cache}/${digest}.o`, weight };
  }
}

/** The objects that are not in the cache, the ones that compile longest first. */
export function objectsToCompile(objects: readonly ObjectPlan[]): ObjectPlan[] {
  return objects.filter((object) => !existsSync(object.path)).sort((a, b) => b.weight - a.weight);
}

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { KernelVariant } from '../src/kernels/variant.ts';
import type { CompilerJob } from './compiler_process.ts';
import { readTextIfPresent } from './files.ts';
import { kernelArgumentsHeader } from './header.ts';
import { type SourceFiles, withIncludes } from './includes.ts';
import type { BuildFolders } from './paths.ts';
import { compileFlags, compilerVersion } from './toolchain.ts';
import { dispatchText, listUnits, type Unit } from './units.ts';

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

/** Every object of one variant. */
export interface VariantPlan {
  readonly variant: KernelVariant;
  readonly objects: readonly ObjectPlan[];
  /** Sources that the table names and the folder does not hold. */
  readonly missing: readonly string[];
}

/** Reads the sources as they are now and says which objects they make. */
export function planObjects(folders: BuildFolders, variant: KernelVariant, units: readonly Unit[] = listUnits()): VariantPlan {
  const texts = new Map<string, string | undefined>();
  const read = (path: string): string | undefined => {
    if (!texts.has(path)) {
      texts.set(path, readTextIfPresent(`${folders.sources}/${path}`));
    }
    return texts.get(path);
  };
  const environment = JSON.stringify([compilerVersion(), compileFlags(variant)]);
  const plan = (label: string, main: string, files: SourceFiles): ObjectPlan => {
    const hash = createHash('sha256').update(environment);
    for (const [path, text] of files) {
      hash.update(`\0${path}\0${text}`);
    }
    const digest = hash.digest('hex');
    const weight = [...files].reduce((sum, [path, text]) => (path === 'generated/kernel_args.h' ? sum : sum + text.length), 0);
    return { label, main, files, hash: digest, path: `${folders.cache}/${digest}.o`, weight };
  };

  const present = units.filter((unit) => read(`${unit.source}.cc`) !== undefined);
  const objects = present.map((unit) => {
    const main = `${unit.source}_${unit.scalar}.cc`;
    const header = kernelArgumentsHeader(unit.source);
    const files = withIncludes(main, unit.text, (path) => (path === 'generated/kernel_args.h' ? header : read(path)));
    return plan(`${unit.source} ${unit.scalar}`, main, files);
  });
  objects.push(plan('dispatch', 'dispatch.cc', withIncludes('dispatch.cc', dispatchText(present), read)));
  const missing = new Set(units.filter((unit) => !present.includes(unit)).map((unit) => `${unit.source}.cc`));
  return { variant, objects, missing: [...missing] };
}

/** The objects that are not in the cache, the ones that compile longest first. */
export function objectsToCompile(objects: readonly ObjectPlan[]): ObjectPlan[] {
  return objects.filter((object) => !existsSync(object.path)).sort((a, b) => b.weight - a.weight);
}

/** The compiler's jobs for objects, by their labels. */
export function compileJobs(objects: readonly ObjectPlan[], variant: KernelVariant): Map<string, CompilerJob> {
  const output = 'object.o';
  const args = (main: string): string[] => [...compileFlags(variant), main, '-o', output];
  return new Map(objects.map(({ label, main, files, path }) => [label, { args: args(main), files, output, path }]));
}

import * as core from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';
import * as data from '@convgrad/data';
import * as nn from '@convgrad/nn';
import * as optim from '@convgrad/optim';
import { SymbolFlags } from 'typescript/unstable/sync';
import { fixtures, shortMnist } from './fixtures.ts';
import { kernelFixtures } from './kernel_fixtures.ts';
import { has, type Program } from './program.ts';

/** The packages' entries: what each is called, where it stands, and what it exports. */
const publicModules = [
  { name: '@convgrad/core', path: 'packages/core/src/index.ts', exported: core },
  { name: '@convgrad/data', path: 'packages/data/src/index.ts', exported: data },
  { name: '@convgrad/nn', path: 'packages/nn/src/index.ts', exported: nn },
  { name: '@convgrad/optim', path: 'packages/optim/src/index.ts', exported: optim },
];
const kernelModules = [{ name: '@convgrad/core/kernels', path: 'packages/core/src/kernels/index.ts', exported: kernels }];

const preparations = {
  usual: { module: 'test/docs/fixtures.ts', function: 'fixtures', prepare: fixtures },
  kernels: { module: 'test/docs/kernel_fixtures.ts', function: 'kernelFixtures', prepare: kernelFixtures },
};

/** Where a name comes from, for the compiler: a package, or a file of the repository. */
export interface Source {
  readonly module: string;
  readonly isType: boolean;
}

/** The names that code may use without saying where they come from. */
export interface Scope {
  readonly imports: ReadonlyMap<string, Source>;
  /** The module and the function whose result holds the fixtures, and their names. */
  readonly fixtures: { readonly module: string; readonly function: string; readonly names: readonly string[] };
  /** What the names are when the code runs; fixtures are made anew. */
  values(): Promise<Readonly<Record<string, unknown>>>;
}

/**
 * The scope of code in a page, or with `path` in a docstring of that file: all that the packages export, what the file exports itself,
 * and the fixtures. A docstring among the kernels sees those instead of the operations, which have the same names.
 */
export function scopeOf(program: Program, path: string | null = null): Scope {
  const ofKernels = path?.startsWith('packages/core/src/kernels/') ?? false;
  const modules = ofKernels ? kernelModules : publicModules;
  const { prepare, ...preparation } = preparations[ofKernels ? 'kernels' : 'usual'];
  const found = prepare();
  const imports = new Map<string, Source>();
  const add = (file: string, module: string): void => {
    for (const [name, symbol] of program.exportsOf(file)) imports.set(name, { module, isType: !has(symbol, SymbolFlags.Value) });
  };
  for (const { name, path: entry } of modules) add(entry, name);
  if (path !== null) add(path, path);
  for (const name of Object.keys(found)) imports.delete(name);
  return {
    imports,
    fixtures: { ...preparation, names: Object.keys(found) },
    async values() {
      const own: Readonly<Record<string, unknown>> = path === null ? {} : await import(new URL(`../../${path}`, import.meta.url).href);
      const exported = Object.assign({}, ...modules.map((module) => module.exported), own);
      return { ...exported, mnist: shortMnist, console: { log: () => {} }, ...prepare() };
    },
  };
}

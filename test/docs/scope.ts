import { SymbolFlags } from 'typescript/unstable/sync';
import { has, type Program } from './program.ts';

/** Where a name comes from: a package, or a file of the repository. */
export interface Source {
  readonly module: string;
  readonly isType: boolean;
}

/** The names that code may use without saying where they come from. */
export interface Scope {
  readonly imports: ReadonlyMap<string, Source>;
  /** The function that makes the fixtures, and their names. */
  readonly fixtures: { readonly module: string; readonly function: string; readonly names: readonly string[] };
}

/** The packages' entries. */
export const entries: readonly { readonly name: string; readonly path: string }[] = ['core', 'data', 'nn', 'optim'].map((name) => ({
  name: `@convgrad/${name}`,
  path: `packages/${name}/src/index.ts`,
}));
const kernels = { name: '@convgrad/core/kernels', path: 'packages/core/src/kernels/index.ts' };

const usualFixtures = { module: 'test/docs/fixtures.ts', function: 'fixtures' };
const kernelFixtures = { module: 'test/docs/kernel_fixtures.ts', function: 'kernelFixtures' };

/**
 * The scope of code in a page, or with `path` in a docstring of that file: all that the packages export, what the file exports itself,
 * and the fixtures. A docstring among the kernels sees those instead of the operations, which have the same names.
 */
export function scopeOf(program: Program, path: string | null = null): Scope {
  const ofKernels = path?.startsWith('packages/core/src/kernels/') ?? false;
  const fixtures = ofKernels ? kernelFixtures : usualFixtures;
  const names = program.resultNames(fixtures.module, fixtures.function);
  const imports = new Map<string, Source>();
  for (const entry of [...(ofKernels ? [kernels] : entries), ...(path === null ? [] : [{ name: path, path }])]) {
    for (const [name, symbol] of program.exportsOf(entry.path)) {
      imports.set(name, { module: entry.name, isType: !has(symbol, SymbolFlags.Value) });
    }
  }
  for (const name of names) imports.delete(name);
  return { imports, fixtures: { ...fixtures, names } };
}

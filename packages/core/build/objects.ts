import type { KernelVariant } from '../src/kernels/variant.ts';
import type { CompilerJob } from './compiler_process.ts';
import { type ObjectPlan, ObjectPlanner } from './object_plan.ts';
import type { BuildFolders } from './paths.ts';
import { compileFlags, compilerVersion } from './toolchain.ts';
import { dispatchText, listUnits, type Unit } from './units.ts';

/** Every object of one variant. */
export interface VariantPlan {
  readonly variant: KernelVariant;
  readonly objects: readonly ObjectPlan[];
  /** Sources that the table names and the folder does not hold. */
  readonly missing: readonly string[];
}

/** Reads the sources as they are now and says which objects they make. */
export function planObjects(folders: BuildFolders, variant: KernelVariant, units: readonly Unit[] = listUnits()): VariantPlan {
  const planner = new ObjectPlanner(folders, [compilerVersion(), compileFlags(variant)]);
  const planned = units.map((unit) => ({ unit, object: planner.unit(unit) }));
  const present = planned.filter(({ object }) => object !== undefined).map(({ unit }) => unit);
  const objects = planned.map(({ object }) => object).filter((object) => object !== undefined);
  objects.push(planner.text('dispatch', 'dispatch.cc', dispatchText(present)));
  const missing = new Set(units.filter((unit) => !present.includes(unit)).map((unit) => `${unit.source}.cc`));
  return { variant, objects, missing: [...missing] };
}

/** The compiler's jobs for objects, by their labels. */
export function compileJobs(objects: readonly ObjectPlan[], variant: KernelVariant): Map<string, CompilerJob> {
  const output = 'object.o';
  const args = (main: string): string[] => [...compileFlags(variant), main, '-o', output];
  return new Map(objects.map(({ label, main, files, path }) => [label, { args: args(main), files, output, path }]));
}

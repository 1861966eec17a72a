import { createHash } from 'node:crypto';
import { type ObjectPlan, ObjectPlanner } from '../object_plan.ts';
import type { BuildFolders } from '../paths.ts';
import { kernelListText, listUnits } from '../units.ts';
import type { Compiler } from './compiler.ts';
import { addonFlags, kernelFlags, linkFlags } from './flags.ts';
import { type InstructionSet, instructionSets } from './instruction_sets.ts';

/** An object and the flags it is compiled with. */
export interface NativeObject {
  readonly object: ObjectPlan;
  readonly flags: readonly string[];
}

/** What the addon is linked from. */
export interface NativePlan {
  readonly objects: readonly NativeObject[];
  /** A text that the addon carries, and no addon of other objects. */
  readonly mark: string;
}

/** Reads the sources as they are now and says which objects make the addon. */
export function planAddon(folders: BuildFolders, compiler: Compiler, sets: readonly InstructionSet[] = instructionSets()): NativePlan {
  const texts = new Map<string, string | undefined>();
  const environment = [compiler.version, compiler.command, compiler.args, process.arch];
  const planner = (flags: readonly string[]) => new ObjectPlanner(folders, [...environment, flags], texts);
  const objects: NativeObject[] = [];
  for (const set of sets) {
    const suffix = `_${set.name}`;
    const flags = kernelFlags(set);
    const units = listUnits(suffix);
    for (const unit of units) {
      const object = planner(flags).unit(unit, ` (${set.name})`);
      if (object === undefined) throw new Error(`the table of kernels names ${unit.source}.cc, which ${folders.sources} does not hold`);
      objects.push({ object, flags });
    }
    const list = kernelListText(units, `extern "C" Kernel* const ${listName(set)}[]`, suffix);
    objects.push({ object: planner(flags).text(`list (${set.name})`, `list${suffix}.cc`, list), flags });
  }
  const flags = addonFlags();
  objects.push({ object: planner(flags).text('addon', 'main.cc', '#include "native/addon.cc"\n'), flags });
  const hashes = objects.map(({ object }) => object.hash);
  const mark = `convgrad built from ${createHash('sha256')
    .update(JSON.stringify([linkFlags, hashes]))
    .digest('hex')}`;
  objects.push({ object: planner(flags).text('instruction sets', 'sets.cc', setsText(sets, mark)), flags });
  return { objects, mark };
}

function listName(set: InstructionSet): string {
  return `convgradKernels_${set.name}`;
}

function setsText(sets: readonly InstructionSet[], mark: string): string {
  return [
    '#include "native/instruction_sets.h"',
    '',
    ...sets.map((set) => `extern "C" convgrad::Kernel* const ${listName(set)}[];`),
    '',
    'namespace convgrad {',
    'const InstructionSet instructionSets[] = {',
    ...sets.map((set) => `    {"${set.name}", ${listName(set)}},`),
    '};',
    `const int instructionSetCount = ${sets.length};`,
    `extern "C" __attribute__((used)) const char convgradMark[] = "${mark}";`,
    '}  // namespace convgrad',
    '',
  ].join('\n');
}

import { ArgumentError, ResourceError } from '../errors.ts';
import { fieldWords, kernelDeclarations, kernelInstances, layoutOf } from './layout.ts';
import { reserve, views } from './memory.ts';
import { runner } from './module.ts';
import type { FieldType, Scalar } from './table/declaration.ts';
import type { KernelArguments, KernelName, ScalarOf } from './table.ts';
import { getNumThreads } from './threads/count.ts';
import { runOnThreads } from './threads/launching.ts';

interface LaunchField {
  readonly name: string;
  readonly type: FieldType;
  /** Index in `words`, or in `doubles` for a float64. */
  readonly index: number;
  /** Numbers a list field holds. */
  readonly length: number;
}

interface LaunchPlan {
  readonly fields: readonly LaunchField[];
  /** The kernel's number for each scalar. */
  readonly numbers: Readonly<Partial<Record<Scalar, number>>>;
}

const plans: ReadonlyMap<string, LaunchPlan> = createPlans();
const block = reserve(blockBytes());
if (block === 0) {
  // Not reachable: the memory is larger than that from its beginning.
  throw new ResourceError('the memory has no room for the argument block');
}
// Below everything that is reserved later, so these views reach it for ever.
const words = views().i32.subarray(block / 4, (block + blockBytes()) / 4);
const doubles = views().f64.subarray(block / 8, (block + blockBytes()) / 8);

/**
 * Runs a kernel: all of its `tasks`, on as many threads as there are, and returns when they are done. The arguments are trusted: every check has been made before.
 *
 * A list field of three numbers takes exactly three, one of eight takes up to eight. No tasks launch nothing.
 *
 * @throws ArgumentError where a list has the wrong length.
 * @example launch('fill', 'f32', { y, size: 100, value: 1 }, 1);
 */
export function launch<K extends KernelName>(kernel: K, scalar: ScalarOf<K>, args: KernelArguments<K>, tasks: number): void {
  if (tasks <= 0) {
    return;
  }
  const plan = plans.get(kernel);
  const number = plan?.numbers[scalar];
  if (plan === undefined || number === undefined) {
    throw new ArgumentError(`there is no kernel ${kernel} for ${scalar}`);
  }
  writeArguments(kernel, plan.fields, args);
  if (tasks > 1 && getNumThreads() > 1) {
    runOnThreads(number, block, tasks);
  } else {
    runner.run(number, block, tasks);
  }
}

function writeArguments(kernel: string, fields: readonly LaunchField[], args: Readonly<Record<string, number | readonly number[]>>): void {
  for (const field of fields) {
    const value = args[field.name];
    if (typeof value === 'number') {
      if (field.type === 'f64') {
        doubles[field.index] = value;
      } else {
        words[field.index] = value;
      }
    } else {
      writeList(kernel, field, value ?? []);
    }
  }
}

function writeList(kernel: string, field: LaunchField, list: readonly number[]): void {
  if (field.type === 'i32[8]' ? list.length > 8 : list.length !== field.length) {
    throw new ArgumentError(`${kernel}: ${field.name} takes ${field.length} numbers, not ${list.length}`);
  }
  for (let i = 0; i < list.length; i++) {
    words[field.index + i] = list[i];
  }
}

function createPlans(): Map<string, LaunchPlan> {
  const created = new Map<string, LaunchPlan>();
  for (const [kernel, declaration] of kernelDeclarations) {
    const fields = layoutOf(declaration).fields.map(({ name, type, offset }) => {
      return { name, type, index: offset / (type === 'f64' ? 8 : 4), length: fieldWords[type] };
    });
    const numbers: Partial<Record<Scalar, number>> = {};
    for (const scalar of declaration.scalars) {
      numbers[scalar] = kernelInstances.findIndex((instance) => instance.kernel === kernel && instance.scalar === scalar);
    }
    created.set(kernel, { fields, numbers });
  }
  return created;
}

function blockBytes(): number {
  return Math.max(...[...kernelDeclarations.values()].map((declaration) => layoutOf(declaration).size));
}

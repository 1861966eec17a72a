import { scalarOf } from './dtype.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import type { NumberDType } from './pointwise.ts';
import { taskCount } from './tasks.ts';

/**
 * Sorts x [outer, length, inner] along the middle dimension: the values in order, and where in x each one was.
 *
 * Stable. NaN counts as larger than every number, so it comes last, or first if `descending`.
 */
export function sort(
  dtype: NumberDType,
  x: Pointer,
  values: Pointer,
  indices: Pointer,
  outer: number,
  length: number,
  inner: number,
  descending = false,
): void {
  const elements = outer * length * inner;
  if (elements === 0) return;
  // Keys and indices, twice: the passes of a radix sort go to and fro.
  const scratchStride = 64 * Math.ceil((2 * length * (dtype === 'float64' ? 12 : 8)) / 64);
  const args = { x, values, indices, outer, length, inner, descending: descending ? 1 : 0 };
  launch(
    'sort',
    scalarOf[dtype],
    { ...args, scratch: scratch(scratchStride * workerCount()), scratchStride },
    taskCount(16 * elements, outer * inner),
  );
}

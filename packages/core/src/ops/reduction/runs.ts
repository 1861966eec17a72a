import type { Pointer } from '../../kernels/memory.ts';
import { copy } from '../../kernels/movement.ts';
import type { NumberDType } from '../../kernels/pointwise.ts';
import { reduce } from '../../kernels/reduction.ts';
import type { Operation } from '../../kernels/table.ts';
import { lend } from '../../memory/staging.ts';
import { type Shape, sizeOf } from '../../shape.ts';
import { along } from '../dims.ts';

/**
 * Reduces a contiguous tensor over `dims` (rising) with a kernel that reduces neighbouring dimensions: one launch a run of neighbours,
 * the last run first. Dimensions of length 1 belong to either side. Returns whether an integer result overflowed.
 */
export function reduceRuns(
  op: Operation<'ReduceOp'>,
  dtype: NumberDType,
  x: Pointer,
  y: Pointer,
  shape: Shape,
  dims: readonly number[],
): boolean {
  const runs = findRuns(shape, dims);
  const lengths = [...shape];
  if (runs.length === 0) {
    copy(dtype, x, y, [sizeOf(shape)], [1], [1]);
    return false;
  }
  let overflowed = false;
  let source = x;
  for (let index = runs.length - 1; index >= 0; index--) {
    const [first, last] = runs[index];
    const { outer, length, inner } = along(lengths, first, last);
    const target = index === 0 ? y : lend(dtype, outer * inner);
    if (reduce(op, dtype, source, target, outer, length, inner)) overflowed = true;
    lengths.fill(1, first, last + 1);
    source = target;
  }
  return overflowed;
}

/** The reduced dimensions as runs of neighbours [first, last]. */
function findRuns(shape: Shape, dims: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  let open = false;
  for (let dim = 0; dim < shape.length; dim++) {
    if (dims.includes(dim)) {
      if (open) runs[runs.length - 1][1] = dim;
      else runs.push([dim, dim]);
      open = true;
    } else if (shape[dim] !== 1) {
      open = false;
    }
  }
  return runs;
}

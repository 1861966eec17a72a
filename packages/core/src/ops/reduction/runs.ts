import type { Pointer } from '../../kernels/memory.ts';
import { copy } from '../../kernels/movement.ts';
import type { NumberDType } from '../../kernels/pointwise.ts';
import { reduce } from '../../kernels/reduction.ts';
import type { Operation } from '../../kernels/table/operations.ts';
import { lend } from '../../memory/staging.ts';
import { type Shape, sizeOf } from '../../shape.ts';

/**
 * Reduces a contiguous tensor over `dims` with a kernel that reduces neighbouring dimensions: one launch a run of neighbours,
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
  let runs = countRuns(shape, dims);
  if (runs === 0) {
    copy(dtype, x, y, [sizeOf(shape)], [1], [1]);
    return false;
  }
  let overflowed = false;
  let source = x;
  let inner = 1;
  let dim = shape.length - 1;
  while (runs > 0) {
    while (shape[dim] === 1 || !dims.includes(dim)) inner *= shape[dim--];
    let length = 1;
    while (dim >= 0 && (shape[dim] === 1 || dims.includes(dim))) length *= shape[dim--];
    const outer = sizeBefore(shape, dim + 1);
    const target = --runs === 0 ? y : lend(dtype, outer * inner);
    if (reduce(op, dtype, source, target, outer, length, inner)) overflowed = true;
    source = target;
  }
  return overflowed;
}

function sizeBefore(shape: Shape, end: number): number {
  let size = 1;
  for (let dim = 0; dim < end; dim++) size *= shape[dim];
  return size;
}

/** Runs of neighbouring reduced dimensions. */
function countRuns(shape: Shape, dims: readonly number[]): number {
  let runs = 0;
  let open = false;
  for (let dim = 0; dim < shape.length; dim++) {
    if (shape[dim] === 1) continue;
    const reduced = dims.includes(dim);
    if (reduced && !open) runs++;
    open = reduced;
  }
  return runs;
}

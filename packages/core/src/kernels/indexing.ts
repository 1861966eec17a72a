import { type DType, scalarOf } from './dtype.ts';
import { launch } from './launch.ts';
import type { Pointer } from './memory.ts';
import { type NumberDType, widthOf } from './pointwise.ts';
import { taskCount } from './tasks.ts';

/** Columns that a task has at least where rows are cut: a cache line of float32. */
const columnBlock = 16;

/** y [outer, count, inner]: y[o, c, i] = x[o, indices[c], i], x [outer, length, inner]; indices (int32) in [0, length). */
export function indexSelect(
  dtype: DType,
  x: Pointer,
  indices: Pointer,
  y: Pointer,
  outer: number,
  length: number,
  inner: number,
  count: number,
): void {
  const args = { x, indices, y, outer, length, inner, count };
  launch('indexSelect', widthOf[dtype], args, taskCount(outer * count * inner, outer * count));
}

/**
 * The adjoint of `indexSelect`: y[o, indices[c], i] += x[o, c, i], x [outer, count, inner], y [outer, length, inner].
 *
 * y starts from 0, or from what it holds if `accumulate`. Repeated indices add up in the order of c.
 */
export function indexAdd(
  dtype: NumberDType,
  x: Pointer,
  indices: Pointer,
  y: Pointer,
  outer: number,
  length: number,
  inner: number,
  count: number,
  accumulate = false,
): void {
  const args = { x, indices, y, outer, length, inner, count, accumulate: accumulate ? 1 : 0 };
  launch('indexAdd', scalarOf[dtype], args, taskCount(outer * (count + length) * inner, outer * Math.ceil(inner / columnBlock)));
}

/** y and indices (int32) [outer, count, inner]: y[o, c, i] = x[o, indices[o, c, i], i], x [outer, length, inner]. */
export function gather(
  dtype: DType,
  x: Pointer,
  indices: Pointer,
  y: Pointer,
  outer: number,
  length: number,
  inner: number,
  count: number,
): void {
  const args = { x, indices, y, outer, length, inner, count };
  launch('gather', widthOf[dtype], args, taskCount(outer * count * inner, outer * count));
}

/**
 * The adjoint of `gather`: y[o, indices[o, c, i], i] += x[o, c, i], x and indices [outer, count, inner], y [outer, length, inner].
 *
 * y starts from 0, or from what it holds if `accumulate`. It is the gradient of max pooling, too: planes as `outer`, `inner` 1.
 */
export function scatterAdd(
  dtype: NumberDType,
  x: Pointer,
  indices: Pointer,
  y: Pointer,
  outer: number,
  length: number,
  inner: number,
  count: number,
  accumulate = false,
): void {
  const args = { x, indices, y, outer, length, inner, count, accumulate: accumulate ? 1 : 0 };
  launch('scatterAdd', scalarOf[dtype], args, taskCount(outer * (count + length) * inner, outer * Math.ceil(inner / columnBlock)));
}

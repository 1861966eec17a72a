import { type FloatDType, scalarOf } from './dtype.ts';
import { launch } from './launch.ts';
import type { Pointer } from './memory.ts';
import { type Operation, operations } from './table/operations.ts';
import { taskCount } from './tasks.ts';

export type SoftmaxOp = Operation<'SoftmaxOp'>;

/** Columns that the kernels work on at once. */
const columnBlock = 64;

/** y = softmax or logSoftmax of x [outer, length, inner] along the middle dimension; `y` may be `x`. Rows of -infinity give NaN. */
export function softmax(op: SoftmaxOp, dtype: FloatDType, x: Pointer, y: Pointer, outer: number, length: number, inner: number): void {
  const args = { op: operations.SoftmaxOp.indexOf(op), x, y, outer, length, inner };
  launch('softmax', scalarOf[dtype], args, rowTasks(outer, length, inner));
}

/**
 * The gradient by x from the result y and its cotangent, all [outer, length, inner]; `gradInput` may be `gradOutput`.
 *
 * softmax: y (g - sum g y); logSoftmax: g - exp(y) sum g.
 */
export function softmaxGrad(
  op: SoftmaxOp,
  dtype: FloatDType,
  y: Pointer,
  gradOutput: Pointer,
  gradInput: Pointer,
  outer: number,
  length: number,
  inner: number,
): void {
  const args = { op: operations.SoftmaxOp.indexOf(op), y, gradOutput, gradInput, outer, length, inner };
  launch('softmaxGrad', scalarOf[dtype], args, rowTasks(outer, length, inner));
}

/** y [outer, inner] = log of the sum of exp of x [outer, length, inner] along the middle dimension; -infinity where it is empty. */
export function logSumExp(dtype: FloatDType, x: Pointer, y: Pointer, outer: number, length: number, inner: number): void {
  launch('logSumExp', scalarOf[dtype], { x, y, outer, length, inner }, rowTasks(outer, Math.max(length, 1), inner));
}

// An exponential costs as much as several elements of a plain loop.
function rowTasks(outer: number, length: number, inner: number): number {
  return taskCount(4 * outer * length * inner, outer * Math.ceil(inner / columnBlock));
}

import { bytesPerElement, type DType, scalarOf } from './dtype.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, views } from './memory.ts';
import type { NumberDType } from './pointwise.ts';
import { type Operation, operations } from './table/operations.ts';
import { taskCount } from './tasks.ts';

export type ReduceOp = Operation<'ReduceOp'>;
export type LogicalReduceOp = Operation<'LogicalReduceOp'>;
export type ArgReduceOp = Operation<'ArgReduceOp'>;

/** Columns that a kernel reduces at once: they are not worth splitting. */
const columnBlock = 256;
/** Elements that a part of a split reduction has at least. */
const partElements = 8192;
/** From so many independent results on, a reduction need not be split to keep threads busy. */
const enoughUnits = 16;
const mostParts = 64;

/**
 * y [outer, inner] = x [outer, length, inner] reduced over the middle dimension.
 *
 * An empty sum is 0, an empty product 1; max and min need a length of at least 1, and a NaN wins both.
 *
 * @returns whether an int32 sum or product left the range of int32; y is then meaningless.
 */
export function reduce(op: ReduceOp, dtype: NumberDType, x: Pointer, y: Pointer, outer: number, length: number, inner: number): boolean {
  const scalar = scalarOf[dtype];
  const exact = dtype === 'int32' && (op === 'sum' || op === 'prod');
  // Parts of an exact sum may overflow where the whole does not: it stays whole.
  const parts = exact ? 1 : partCount(outer, length, inner);
  const elements = outer * length * inner;
  const code = operations.ReduceOp.indexOf(op);
  if (exact) {
    const overflow = scratch(bytesPerElement.int32);
    views().i32[overflow / 4] = 0;
    launch('reduce', scalar, { op: code, x, y, outer, length, inner, parts, overflow }, rowTasks(elements, outer, inner, 1));
    return views().i32[overflow / 4] !== 0;
  }
  if (parts === 1) {
    launch('reduce', scalar, { op: code, x, y, outer, length, inner, parts, overflow: 0 }, rowTasks(elements, outer, inner, 1));
    return false;
  }
  const partial = scratch(outer * parts * inner * bytesPerElement[dtype]);
  launch('reduce', scalar, { op: code, x, y: partial, outer, length, inner, parts, overflow: 0 }, rowTasks(elements, outer, inner, parts));
  const sums = { op: code, x: partial, y, outer, length: parts, inner, parts: 1, overflow: 0 };
  launch('reduce', scalar, sums, rowTasks(outer * parts * inner, outer, inner, 1));
  return false;
}

/** y (uint8) [outer, inner] = whether any or all of x [outer, length, inner] along the middle dimension are not 0; empty: any 0, all 1. */
export function reduceLogical(
  op: LogicalReduceOp,
  dtype: DType,
  x: Pointer,
  y: Pointer,
  outer: number,
  length: number,
  inner: number,
): void {
  const parts = partCount(outer, length, inner);
  const elements = outer * length * inner;
  const code = operations.LogicalReduceOp.indexOf(op);
  if (parts === 1) {
    launch('reduceLogical', scalarOf[dtype], { op: code, x, y, outer, length, inner, parts }, rowTasks(elements, outer, inner, 1));
    return;
  }
  const partial = scratch(outer * parts * inner);
  launch(
    'reduceLogical',
    scalarOf[dtype],
    { op: code, x, y: partial, outer, length, inner, parts },
    rowTasks(elements, outer, inner, parts),
  );
  launch(
    'reduceLogical',
    'u8',
    { op: code, x: partial, y, outer, length: parts, inner, parts: 1 },
    rowTasks(outer * parts * inner, outer, inner, 1),
  );
}

/**
 * The largest or smallest element along the middle dimension of x [outer, length, inner], length at least 1: its value and its
 * index, each [outer, inner]. The first of equals wins, and the first NaN over everything.
 *
 * `values` or `indices` may be 0 where it is not wanted.
 */
export function argReduce(
  op: ArgReduceOp,
  dtype: NumberDType,
  x: Pointer,
  values: Pointer,
  indices: Pointer,
  outer: number,
  length: number,
  inner: number,
): void {
  const args = { op: operations.ArgReduceOp.indexOf(op), x, values, indices, outer, length, inner };
  launch('argReduce', scalarOf[dtype], args, rowTasks(outer * length * inner, outer, inner, 1));
}

/**
 * y = running sums of x [outer, length, inner] along the middle dimension, from its end if `reverse`.
 *
 * @returns whether an int32 sum left the range of int32; y is then meaningless.
 */
export function cumsum(dtype: NumberDType, x: Pointer, y: Pointer, outer: number, length: number, inner: number, reverse = false): boolean {
  const overflow = scratch(bytesPerElement.int32);
  views().i32[overflow / 4] = 0;
  const args = { x, y, outer, length, inner, reverse: reverse ? 1 : 0, overflow };
  launch('cumsum', scalarOf[dtype], args, rowTasks(outer * length * inner, outer, inner, 1));
  return views().i32[overflow / 4] !== 0;
}

function partCount(outer: number, length: number, inner: number): number {
  if (unitCount(outer, inner, 1) >= enoughUnits) return 1;
  return Math.max(1, Math.min(mostParts, length, Math.floor((length * inner) / partElements)));
}

// Empty reductions still write their results.
function rowTasks(elements: number, outer: number, inner: number, parts: number): number {
  return taskCount(Math.max(elements, outer * inner), unitCount(outer, inner, parts));
}

function unitCount(outer: number, inner: number, parts: number): number {
  return outer * parts * Math.ceil(inner / columnBlock);
}

import { sizeOf } from '../shape.ts';
import { collapseDims } from './dims.ts';
import { type DType, scalarOf } from './dtype.ts';
import { launch } from './launch.ts';
import type { Pointer } from './memory.ts';
import { type Operation, operations } from './table/operations.ts';
import { taskCount } from './tasks.ts';

/** The dtypes that arithmetic is done in; uint8 is cast to int32 first. */
export type NumberDType = Exclude<DType, 'uint8'>;

export type UnaryOp = Operation<'UnaryOp'>;
export type BinaryOp = Operation<'BinaryOp'>;
export type CompareOp = Operation<'CompareOp'>;
export type TestOp = Operation<'TestOp'>;

/** What kernels call an element of which only the width matters. */
export const widthOf = { float32: 'i32', float64: 'f64', int32: 'i32', uint8: 'u8' } as const satisfies Record<DType, string>;

/**
 * y = op(x) for `size` contiguous elements; `y` may be `x`. `lower` and `upper` are the bounds of `clamp`.
 *
 * int32 takes neg, abs, sign, square, relu, clamp, and (as identities) floor, ceil, round, trunc.
 */
export function unary(op: UnaryOp, dtype: NumberDType, x: Pointer, y: Pointer, size: number, lower = 0, upper = 0): void {
  launch('unary', scalarOf[dtype], { op: operations.UnaryOp.indexOf(op), x, y, size, lower, upper }, taskCount(size));
}

/** y (uint8) = 1 where x is NaN, is finite, or is zero, else 0. */
export function test(op: TestOp, dtype: DType, x: Pointer, y: Pointer, size: number): void {
  launch('test', scalarOf[dtype], { op: operations.TestOp.indexOf(op), x, y, size }, taskCount(size));
}

/**
 * y = op(a, b) over `shape`, y contiguous; strides in elements, 0 along broadcast dimensions. `y` may be a contiguous operand.
 *
 * int32 takes add, sub, mul (which wrap), maximum and minimum.
 *
 * @throws ShapeError where more than 8 dimensions cannot be merged.
 * @example binary('add', 'float32', a, b, y, [size], [1], [0]); // b is a scalar
 */
export function binary(
  op: BinaryOp,
  dtype: NumberDType,
  a: Pointer,
  b: Pointer,
  y: Pointer,
  shape: readonly number[],
  aStrides: readonly number[],
  bStrides: readonly number[],
): void {
  const dims = collapseDims(shape, [aStrides, bStrides]);
  const [flatAStrides, flatBStrides] = dims.strides;
  const number = operations.BinaryOp.indexOf(op);
  launch(
    'binary',
    scalarOf[dtype],
    { op: number, a, b, y, rank: dims.shape.length, shape: dims.shape, aStrides: flatAStrides, bStrides: flatBStrides },
    taskCount(sizeOf(shape)),
  );
}

/** y (uint8, contiguous) = op(a, b) over `shape`; strides as in `binary`. Throws ShapeError as `binary` does. */
export function compare(
  op: CompareOp,
  dtype: DType,
  a: Pointer,
  b: Pointer,
  y: Pointer,
  shape: readonly number[],
  aStrides: readonly number[],
  bStrides: readonly number[],
): void {
  const dims = collapseDims(shape, [aStrides, bStrides]);
  const [aSteps, bSteps] = dims.strides;
  const code = operations.CompareOp.indexOf(op);
  const args = { op: code, a, b, y, rank: dims.shape.length, shape: dims.shape, aStrides: aSteps, bStrides: bSteps };
  launch('compare', scalarOf[dtype], args, taskCount(sizeOf(shape)));
}

/** y (contiguous) = a where `condition` (uint8) is not 0, else b; strides as in `binary`. Throws ShapeError as `binary` does. */
export function where(
  dtype: DType,
  condition: Pointer,
  a: Pointer,
  b: Pointer,
  y: Pointer,
  shape: readonly number[],
  conditionStrides: readonly number[],
  aStrides: readonly number[],
  bStrides: readonly number[],
): void {
  const dims = collapseDims(shape, [conditionStrides, aStrides, bStrides]);
  const [conditionSteps, aSteps, bSteps] = dims.strides;
  const rank = dims.shape.length;
  const args = { condition, a, b, y, rank, shape: dims.shape, conditionStrides: conditionSteps, aStrides: aSteps, bStrides: bSteps };
  launch('where', widthOf[dtype], args, taskCount(sizeOf(shape)));
}

import type { Tensor } from '../../autograd/graph.ts';
import * as kernels from '../../kernels/pointwise.ts';
import type { Operation } from '../../kernels/table/operations.ts';
import { readable, writable } from '../../memory/staging.ts';
import { broadcastLoop, broadcastShapes, type Operand, promote } from '../operands.ts';
import { plain, plainOutput } from '../plain.ts';

function compare(op: Operation<'CompareOp'>, left: Operand, right: Operand): Tensor {
  const [a, b] = promote(op, left, right);
  const shape = broadcastShapes(op, a.shape, b.shape);
  return plain([a, b], () => {
    const y = plainOutput(shape, 'uint8');
    const loop = broadcastLoop([a, b], shape);
    kernels.compare(
      op,
      a.dtype,
      readable(a.storage),
      readable(b.storage),
      writable(y.storage),
      loop.shape,
      loop.strides[0],
      loop.strides[1],
    );
    return y;
  });
}

function test(op: Operation<'TestOp'>, x: Tensor): Tensor {
  return plain([x], () => {
    const y = plainOutput(x.shape, 'uint8');
    kernels.test(op, x.dtype, readable(x.storage), writable(y.storage), x.size);
    return y;
  });
}

/**
 * 1 where a = b, else 0, as uint8. Broadcasts; NaN equals nothing.
 *
 * @example eq(tensor([1, 2]), 2) // [0, 1]
 */
export const eq = (a: Operand, b: Operand): Tensor => compare('eq', a, b);

/**
 * 1 where a differs from b, else 0, as uint8.
 *
 * @example ne(tensor([1, 2]), 2) // [1, 0]
 */
export const ne = (a: Operand, b: Operand): Tensor => compare('ne', a, b);

/**
 * 1 where a < b, else 0, as uint8.
 *
 * @example lt(tensor([1, 2]), 2) // [1, 0]
 */
export const lt = (a: Operand, b: Operand): Tensor => compare('lt', a, b);

/**
 * 1 where a <= b, else 0, as uint8.
 *
 * @example le(tensor([1, 2, 3]), 2) // [1, 1, 0]
 */
export const le = (a: Operand, b: Operand): Tensor => compare('le', a, b);

/**
 * 1 where a > b, else 0, as uint8.
 *
 * @example gt(tensor([1, 2, 3]), 2) // [0, 0, 1]
 */
export const gt = (a: Operand, b: Operand): Tensor => compare('gt', a, b);

/**
 * 1 where a >= b, else 0, as uint8.
 *
 * @example ge(tensor([1, 2, 3]), 2) // [0, 1, 1]
 */
export const ge = (a: Operand, b: Operand): Tensor => compare('ge', a, b);

/**
 * 1 where both are not zero, else 0, as uint8.
 *
 * @example logicalAnd(tensor([0, 2]), tensor([3, 4])) // [0, 1]
 */
export const logicalAnd = (a: Operand, b: Operand): Tensor => compare('logicalAnd', a, b);

/**
 * 1 where at least one is not zero, else 0, as uint8.
 *
 * @example logicalOr(tensor([0, 2]), tensor([0, 4])) // [0, 1]
 */
export const logicalOr = (a: Operand, b: Operand): Tensor => compare('logicalOr', a, b);

/**
 * 1 where exactly one is not zero, else 0, as uint8.
 *
 * @example logicalXor(tensor([0, 2]), tensor([3, 4])) // [1, 0]
 */
export const logicalXor = (a: Operand, b: Operand): Tensor => compare('logicalXor', a, b);

/**
 * 1 where x is zero, else 0, as uint8.
 *
 * @example logicalNot(tensor([0, 2])) // [1, 0]
 */
export const logicalNot = (x: Tensor): Tensor => test('logicalNot', x);

/**
 * 1 where x is not a number, else 0, as uint8.
 *
 * @example isNaN(tensor([0, NaN])) // [0, 1]
 */
export const isNaN = (x: Tensor): Tensor => test('isNaN', x);

/**
 * 1 where x is neither infinite nor NaN, else 0, as uint8.
 *
 * @example isFinite(tensor([0, Infinity])) // [1, 0]
 */
export const isFinite = (x: Tensor): Tensor => test('isFinite', x);

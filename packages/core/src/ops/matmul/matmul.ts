import type { Tensor } from '../../autograd/graph.ts';
import { ShapeError } from '../../errors.ts';
import { printShape, type Shape, sizeOf } from '../../shape.ts';
import { viewAs } from '../movement/view.ts';
import { broadcastShapes, requireSameFloat } from '../operands.ts';
import { expandTo } from '../reduction/sum.ts';
import { product } from './product.ts';

/**
 * Matrix product, as PyTorch's: of two vectors the scalar product; a vector in front counts as a row, one behind as a column;
 * further dimensions in front are batches, which broadcast.
 *
 * @param a [..., m, k] or [k]
 * @param b [..., k, n] or [k]
 * @returns [..., m, n], without m or n where a or b is a vector
 * @throws ShapeError if the inner lengths differ or the batches do not broadcast; DTypeError for integers or mixed floats
 * @example matmul(ones([2, 3]), ones([3, 4])) // shape [2, 4], all 3
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  requireSameFloat('matmul', [a, b], ['the first operand', 'the second operand']);
  if (a.ndim === 0 || b.ndim === 0) {
    throw new ShapeError(`matmul: operands need at least one dimension, got ${printShape(a.shape)} and ${printShape(b.shape)}`);
  }
  const left = a.ndim === 1 ? viewAs(a, [1, a.size]) : a;
  const right = b.ndim === 1 ? viewAs(b, [b.size, 1]) : b;
  const [m, k] = left.shape.slice(-2);
  const [rows, n] = right.shape.slice(-2);
  if (k !== rows) {
    throw new ShapeError(`matmul: inner lengths differ: ${printShape(a.shape)} has ${k} columns, ${printShape(b.shape)} has ${rows} rows`);
  }
  const batch = broadcastShapes('matmul', left.shape.slice(0, -2), right.shape.slice(0, -2));
  const y = multiply(left, right, batch, m, k, n);
  const shape = [...batch, ...(a.ndim === 1 ? [] : [m]), ...(b.ndim === 1 ? [] : [n])];
  return viewAs(y, shape);
}

function multiply(left: Tensor, right: Tensor, batch: Shape, m: number, k: number, n: number): Tensor {
  if (batch.length === 0) return product(left, right);
  // One matrix behind serves all rows of all batches at once.
  if (right.ndim === 2) return product(viewAs(left, [sizeOf(batch) * m, k]), right);
  const count = sizeOf(batch);
  return product(viewAs(expandTo(left, [...batch, m, k]), [count, m, k]), viewAs(expandTo(right, [...batch, k, n]), [count, k, n]));
}

/**
 * The products of all elements of two vectors.
 *
 * @param a [m]
 * @param b [n]
 * @returns [m, n]
 * @throws ShapeError if one is not a vector; DTypeError for integers or mixed floats
 * @example outer(tensor([1, 2]), tensor([3, 4])) // [[3, 4], [6, 8]]
 */
export function outer(a: Tensor, b: Tensor): Tensor {
  requireSameFloat('outer', [a, b], ['the first vector', 'the second vector']);
  if (a.ndim !== 1 || b.ndim !== 1)
    throw new ShapeError(`outer: expected two vectors, got ${printShape(a.shape)} and ${printShape(b.shape)}`);
  return product(viewAs(a, [a.size, 1]), viewAs(b, [1, b.size]));
}

import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError } from '../../errors.ts';
import type { DTypeArray } from '../../kernels/dtype.ts';
import { createArray } from '../../memory/storage.ts';
import { printShape, type Shape, sizeOf } from '../../shape.ts';

/** A number, or arrays of numbers nested as deep as a tensor has dimensions. */
export type NestedNumbers = number | NestedNumbers[];

/**
 * The number that a tensor of one element holds.
 *
 * @throws ArgumentError if there are more or none; RecycledError if `backward()` recycled it
 * @example item(tensor([2.5])) // 2.5
 */
export function item(x: Tensor): number {
  x.checkAlive();
  if (x.size !== 1) throw new ArgumentError(`item: expected a tensor of one element, got shape ${printShape(x.shape)}`);
  return x.storage.current()[0];
}

/**
 * A copy of the numbers as nested arrays; a number for a scalar.
 *
 * @throws RecycledError if `backward()` recycled the tensor
 * @example toArray(zeros([2, 1])) // [[0], [0]]
 */
export function toArray(x: Tensor): NestedNumbers {
  x.checkAlive();
  if (x.ndim === 0) return x.storage.current()[0];
  return nest(x.storage.current(), x.shape, 0, 0);
}

/** The numbers from `offset` on, nested by the dimensions from `dim` on. */
function nest(numbers: DTypeArray, shape: Shape, dim: number, offset: number): NestedNumbers[] {
  const row = new Array<NestedNumbers>(shape[dim]);
  const stride = sizeOf(shape.slice(dim + 1));
  const isInnermost = dim === shape.length - 1;
  for (let index = 0; index < row.length; index++) {
    const start = offset + index * stride;
    row[index] = isInnermost ? numbers[start] : nest(numbers, shape, dim + 1, start);
  }
  return row;
}

/**
 * A copy of the numbers, row-major, in a typed array.
 *
 * @throws RecycledError if `backward()` recycled the tensor
 * @example toTypedArray(zeros([2, 1])) // Float32Array [0, 0]
 */
export function toTypedArray(x: Tensor): DTypeArray {
  x.checkAlive();
  const copy = createArray(x.dtype, x.size);
  copy.set(x.storage.current());
  return copy;
}

import type { Tensor } from '../autograd/graph.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { type DType, isFloat } from '../kernels/dtype.ts';
import type { NumberDType } from '../kernels/pointwise.ts';
import { printShape, type Shape, sameShape, sizeOf } from '../shape.ts';
import { cast } from './cast.ts';
import { constant } from './constant.ts';

/** What arithmetic takes: a tensor, or a number that stands for a scalar of the other operand's dtype. */
export type Operand = Tensor | number;

/**
 * The shape that two shapes broadcast to, as in NumPy.
 *
 * @param name of the operation, for the error
 * @throws ShapeError if they do not broadcast
 * @example broadcastShapes('add', [4, 1], [3]) // [4, 3]
 */
export function broadcastShapes(name: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let dim = 0; dim < rank; dim++) {
    const inA = dim - (rank - a.length);
    const inB = dim - (rank - b.length);
    const lengthA = inA < 0 ? 1 : a[inA];
    const lengthB = inB < 0 ? 1 : b[inB];
    if (lengthA !== lengthB && lengthA !== 1 && lengthB !== 1) {
      throw new ShapeError(
        `${name}: shapes ${printShape(a)} and ${printShape(b)} do not broadcast: dimension ${dim} from the front of the result is ${lengthA} in one and ${lengthB} in the other`,
      );
    }
    shape[dim] = lengthA === 1 ? lengthB : lengthA;
  }
  return shape;
}

/** Strides, in elements, by which a contiguous tensor of `shape` is read as one of shape `target`: 0 where it repeats. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = new Array<number>(target.length).fill(0);
  let stride = 1;
  for (let dim = shape.length - 1, out = target.length - 1; dim >= 0; dim--, out--) {
    if (shape[dim] !== 1) strides[out] = stride;
    stride *= shape[dim];
  }
  return strides;
}

/** How a loop over broadcast operands goes: the lengths of its dimensions, and each operand's strides along them, in elements. */
export interface BroadcastLoop {
  readonly shape: Shape;
  readonly strides: readonly (readonly number[])[];
}

const oneByOne: readonly number[] = [1];
const repeated: readonly number[] = [0];

/** The loop over contiguous operands that broadcast to `shape`: one dimension where each is as large as the result, or a single element. */
export function broadcastLoop(operands: readonly Tensor[], shape: Shape): BroadcastLoop {
  const size = sizeOf(shape);
  if (operands.every((operand) => operand.size === size || operand.size === 1)) {
    return { shape: [size], strides: operands.map((operand) => (operand.size === size ? oneByOne : repeated)) };
  }
  return { shape, strides: operands.map((operand) => broadcastStrides(operand.shape, shape)) };
}

/**
 * Two operands as tensors of one dtype: an integer with a float gives the float, uint8 with int32 gives int32, a fraction with an integer
 * tensor gives float32.
 *
 * @throws DTypeError where float32 meets float64
 */
export function promote(name: string, a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a === 'number') {
    if (typeof b === 'number') return [constant(a, 'float32'), constant(b, 'float32')];
    const other = hostFor(a, b);
    return [constant(a, other.dtype), other];
  }
  if (typeof b === 'number') {
    const other = hostFor(b, a);
    return [other, constant(b, other.dtype)];
  }
  if (a.dtype === b.dtype) return [a, b];
  const dtype = commonDType(name, a, b);
  return [cast(a, dtype), cast(b, dtype)];
}

/** The tensor, in float32 if it is one of integers and the number is not whole. */
function hostFor(value: number, tensor: Tensor): Tensor {
  return isFloat(tensor.dtype) || Number.isInteger(value) ? tensor : cast(tensor, 'float32');
}

function commonDType(name: string, a: Tensor, b: Tensor): DType {
  const [floatA, floatB] = [isFloat(a.dtype), isFloat(b.dtype)];
  if (floatA && floatB) {
    throw new DTypeError(
      `${name}: the first operand is ${a.dtype} ${printShape(a.shape)}, the second ${b.dtype} ${printShape(b.shape)}; ` +
        `they do not mix: convert one, as in x.to('${a.dtype}')`,
    );
  }
  if (floatA) return a.dtype;
  if (floatB) return b.dtype;
  return 'int32';
}

/** The dtype of a tensor that a kernel calculates with: uint8 is converted to int32 before. */
export function numberDType(x: Tensor): NumberDType {
  // Not reachable: every caller has converted by asNumbers.
  if (x.dtype === 'uint8') throw new DTypeError(`a tensor of shape ${printShape(x.shape)} is uint8: calculate with it in int32`);
  return x.dtype;
}

/** The tensor with a dtype that kernels calculate with: uint8 becomes int32. */
export function asNumbers(x: Tensor): Tensor {
  return x.dtype === 'uint8' ? cast(x, 'int32') : x;
}

/**
 * Checks that float operands of a function have one dtype; `names` are what the error calls them.
 *
 * @throws DTypeError if one is an integer tensor, or float32 meets float64
 * @example requireSameFloat('f', [zeros([2]), zeros([2], { dtype: 'int32' })], ['x', 'weight']) // throws DTypeError
 */
export function requireSameFloat(name: string, tensors: readonly (Tensor | null)[], names: readonly string[]): void {
  let first = -1;
  for (let index = 0; index < tensors.length; index++) {
    const tensor = tensors[index];
    if (tensor === null) continue;
    if (!isFloat(tensor.dtype)) {
      throw new DTypeError(`${name}: ${names[index]} must be float32 or float64, not ${tensor.dtype} ${printShape(tensor.shape)}`);
    }
    if (first < 0) first = index;
    else if (tensors[first]?.dtype !== tensor.dtype) {
      throw new DTypeError(
        `${name}: ${names[first]} is ${tensors[first]?.dtype}, but ${names[index]} is ${tensor.dtype}; convert one with to(dtype)`,
      );
    }
  }
}

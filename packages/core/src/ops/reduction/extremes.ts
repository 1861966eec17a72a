import { apply, defineFunction } from '../../autograd/function.ts';
import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError } from '../../errors.ts';
import { argReduce } from '../../kernels/reduction.ts';
import { lend, readable, writable } from '../../memory/staging.ts';
import { printShape, type Shape, sizeOf } from '../../shape.ts';
import { cast } from '../cast.ts';
import { along, reducedShape, resolveDim, resolveDims } from '../dims.ts';
import { gather } from '../indexing/gather.ts';
import { viewAs } from '../movement/view.ts';
import { asNumbers, numberDType } from '../operands.ts';
import { plain, plainOutput } from '../plain.ts';
import { div, mul } from '../pointwise/arithmetic.ts';
import { eq } from '../pointwise/compare.ts';
import { reduceRuns } from './runs.ts';
import { expandTo, type KeepDimOption, sum } from './sum.ts';

interface ExtremeOptions {
  readonly op: 'max' | 'min';
  readonly shape: Shape;
  readonly dims: readonly number[];
}

/**
 * y = the largest (smallest) of x over the dimensions R, which stay with length 1. At ties all share the gradient:
 *
 *   dx = g e / sum_R e,   e = 1 where x = y, else 0
 */
const extremeFunction = defineFunction<[Tensor], ExtremeOptions>({
  name: 'amax',
  forward(call, [x], { op, shape, dims }) {
    const y = call.output(reducedShape(shape, dims, true), x.dtype);
    call.save(x, y);
    reduceRuns(op, numberDType(x), readable(x.storage), writable(y.storage), shape, dims);
    return y;
  },
  backward(call, gradOutput, { shape, dims }) {
    const x = call.saved(0);
    const ties = cast(eq(x, call.saved(1)), x.dtype);
    const share = div(gradOutput, sum(ties, dims, { keepDim: true }));
    return [mul(expandTo(share, shape), ties)];
  },
});

/** `name` is what errors call it: the function that the user called. */
function extreme(name: string, op: 'max' | 'min', x: Tensor, dims: number | readonly number[] | undefined, keepDim: boolean): Tensor {
  const reduced = resolveDims(name, dims, x.ndim);
  refuseEmpty(name, x, reduced);
  const kept = apply(extremeFunction, [asNumbers(x)], { op, shape: x.shape, dims: reduced });
  return cast(viewAs(kept, reducedShape(x.shape, reduced, keepDim)), x.dtype);
}

function refuseEmpty(name: string, x: Tensor, dims: readonly number[]): void {
  if (dims.some((dim) => x.shape[dim] === 0)) {
    throw new ArgumentError(
      `${name}: a tensor of shape ${printShape(x.shape)} has no element along [${dims.join(', ')}] to choose from; expected at least one`,
    );
  }
}

/**
 * The largest elements over some dimensions, or all. At ties the gradient is shared equally; NaN wins.
 *
 * @throws ArgumentError if there is nothing to reduce; ShapeError if a dimension does not exist
 * @example amax(tensor([[1, 5], [3, 4]]), 1) // [5, 4]
 */
export function amax(x: Tensor, dims?: number | readonly number[], { keepDim = false }: KeepDimOption = {}): Tensor {
  return extreme('amax', 'max', x, dims, keepDim);
}

/**
 * The smallest elements over some dimensions, or all. At ties the gradient is shared equally; NaN wins.
 *
 * @throws ArgumentError if there is nothing to reduce; ShapeError if a dimension does not exist
 * @example amin(tensor([[1, 5], [3, 4]]), 1) // [1, 3]
 */
export function amin(x: Tensor, dims?: number | readonly number[], { keepDim = false }: KeepDimOption = {}): Tensor {
  return extreme('amin', 'min', x, dims, keepDim);
}

/** Values along a dimension, and where (int32) each was. */
export interface ValuesAndIndices {
  readonly values: Tensor;
  readonly indices: Tensor;
}

function argExtreme(name: string, op: 'argmax' | 'argmin', x: Tensor, dim: number | undefined, keepDim: boolean): Tensor {
  const resolved = dim === undefined ? 0 : resolveDim(name, dim, x.ndim);
  refuseEmpty(name, x, dim === undefined ? resolveDims(name, undefined, x.ndim) : x.ndim === 0 ? [] : [resolved]);
  const flat = dim === undefined ? viewAs(x, [x.size]) : x;
  const dims = flat.ndim === 0 ? [] : [resolved];
  const numbers = asNumbers(flat);
  const shape = dim === undefined ? (keepDim ? x.shape.map(() => 1) : []) : reducedShape(x.shape, dims, keepDim);
  return plain([numbers], () => {
    const indices = plainOutput(shape, 'int32');
    const { outer, length, inner } = along(numbers.shape, resolved);
    const dtype = numberDType(numbers);
    argReduce(op, dtype, readable(numbers.storage), lend(dtype, sizeOf(shape)), writable(indices.storage), outer, length, inner);
    return indices;
  });
}

/**
 * Where the largest element is (int32): along `dim`, or in the flattened tensor. The first of equal ones; NaN wins.
 *
 * @throws ArgumentError if there is nothing to reduce; ShapeError if the dimension does not exist
 * @example argmax(tensor([[1, 5], [3, 2]]), 1) // [1, 0]
 */
export function argmax(x: Tensor, dim?: number, { keepDim = false }: KeepDimOption = {}): Tensor {
  return argExtreme('argmax', 'argmax', x, dim, keepDim);
}

/**
 * Where the smallest element is (int32): along `dim`, or in the flattened tensor. The first of equal ones; NaN wins.
 *
 * @throws ArgumentError if there is nothing to reduce; ShapeError if the dimension does not exist
 * @example argmin(tensor([[1, 5], [3, 2]]), 1) // [0, 1]
 */
export function argmin(x: Tensor, dim?: number, { keepDim = false }: KeepDimOption = {}): Tensor {
  return argExtreme('argmin', 'argmin', x, dim, keepDim);
}

/** The elements that `arg` finds along a dimension: their gradient goes to the place they came from. */
function pick(name: string, op: 'argmax' | 'argmin', x: Tensor, dim: number, keepDim: boolean): ValuesAndIndices {
  const indices = argExtreme(name, op, x, dim, true);
  if (x.ndim === 0) return { values: viewAs(x, []), indices };
  const shape = reducedShape(x.shape, [resolveDim(name, dim, x.ndim)], keepDim);
  return { values: viewAs(gather(x, dim, indices), shape), indices: viewAs(indices, shape) };
}

/**
 * The largest element of the whole tensor, or along `dim` the largest with their indices (the first of equal ones, to which
 * the gradient goes; over everything, equal ones share it). NaN wins.
 *
 * @throws ArgumentError if there is nothing to reduce; ShapeError if the dimension does not exist
 * @example max(tensor([[1, 5], [3, 2]]), 1).values // [5, 3]
 */
export function max(x: Tensor): Tensor;
export function max(x: Tensor, dim: number, options?: KeepDimOption): ValuesAndIndices;
export function max(x: Tensor, dim?: number, { keepDim = false }: KeepDimOption = {}): Tensor | ValuesAndIndices {
  return dim === undefined ? extreme('max', 'max', x, undefined, false) : pick('max', 'argmax', x, dim, keepDim);
}

/**
 * The smallest element of the whole tensor, or along `dim` the smallest with their indices (the first of equal ones, to which
 * the gradient goes; over everything, equal ones share it). NaN wins.
 *
 * @throws ArgumentError if there is nothing to reduce; ShapeError if the dimension does not exist
 * @example min(tensor([[1, 5], [3, 2]]), 1).values // [1, 2]
 */
export function min(x: Tensor): Tensor;
export function min(x: Tensor, dim: number, options?: KeepDimOption): ValuesAndIndices;
export function min(x: Tensor, dim?: number, { keepDim = false }: KeepDimOption = {}): Tensor | ValuesAndIndices {
  return dim === undefined ? extreme('min', 'min', x, undefined, false) : pick('min', 'argmin', x, dim, keepDim);
}

import { apply, defineFunction } from '../../autograd/function.ts';
import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { copy } from '../../kernels/movement.ts';
import { readable, writable } from '../../memory/staging.ts';
import { contiguousStrides, printShape, type Shape, sameShape } from '../../shape.ts';
import { reducedShape, resolveDims } from '../dims.ts';
import { viewAs } from '../movement/view.ts';
import { asNumbers, broadcastStrides, numberDType } from '../operands.ts';
import { reduceRuns } from './runs.ts';

/*
 * Sum and expand, each the adjoint of the other:
 *
 *   y = sum_R x        dx = expand dy to x's shape
 *   y = expand x       dx = sum of dy over the dimensions that repeat x
 */

interface SumOptions {
  readonly from: Shape;
  /** Rising. */
  readonly dims: readonly number[];
  /** With or without the dimensions. */
  readonly to: Shape;
}

const sumFunction = defineFunction<[Tensor], SumOptions>({
  name: 'sum',
  forward(call, [x], { from, dims, to }) {
    const y = call.output(to, x.dtype);
    if (reduceRuns('sum', numberDType(x), readable(x.storage), writable(y.storage), from, dims)) {
      throw new ArgumentError(
        `sum: the sum of an int32 tensor of shape ${printShape(from)} overflows int32; convert it with to('float64') first`,
      );
    }
    return y;
  },
  backward(_call, gradOutput, { from, dims }) {
    return [expandTo(viewAs(gradOutput, reducedShape(from, dims, true)), from)];
  },
});

const expandFunction = defineFunction<[Tensor], { readonly from: Shape; readonly to: Shape }>({
  name: 'expand',
  forward(call, [x], { from, to }) {
    const y = call.output(to, x.dtype);
    copy(x.dtype, readable(x.storage), writable(y.storage), to, broadcastStrides(from, to), contiguousStrides(to));
    return y;
  },
  backward(_call, gradOutput, { from }) {
    return [sumTo(gradOutput, from)];
  },
});

/**
 * Repeats a tensor to a shape that it broadcasts to, which is not checked.
 *
 * @example expandTo(tensor([[1], [2]]), [2, 3]) // [[1, 1, 1], [2, 2, 2]]
 */
export function expandTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply(expandFunction, [x], { from: x.shape, to: shape });
}

/**
 * Sums over the dimensions along which a tensor of shape `shape` was repeated: the adjoint of broadcasting.
 *
 * @example sumTo(ones([2, 3]), [2, 1]) // [[3], [3]]
 */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const added = x.ndim - shape.length;
  const dims: number[] = [];
  for (let dim = 0; dim < x.ndim; dim++) {
    if (dim < added || (shape[dim - added] === 1 && x.shape[dim] !== 1)) dims.push(dim);
  }
  return dims.length === 0 ? viewAs(x, shape) : apply(sumFunction, [x], { from: x.shape, dims, to: shape });
}

/** How a reduction's result is shaped. */
export interface KeepDimOption {
  /** Keep the reduced dimensions with length 1. Default false. */
  readonly keepDim?: boolean;
}

/**
 * Sum over some dimensions, or all. Integers are summed exactly to int32.
 *
 * @throws ShapeError if a dimension does not exist; ArgumentError if an integer sum overflows int32
 * @example sum(tensor([[1, 2], [3, 4]]), 0) // [4, 6]
 */
export function sum(x: Tensor, dims?: number | readonly number[], { keepDim = false }: KeepDimOption = {}): Tensor {
  const reduced = resolveDims('sum', dims, x.ndim);
  const numbers = asNumbers(x);
  return apply(sumFunction, [numbers], { from: x.shape, dims: reduced, to: reducedShape(x.shape, reduced, keepDim) });
}

/**
 * Repeats dimensions of length 1 to the lengths of `shape`; -1 keeps a length. New dimensions may stand in front.
 *
 * @throws ShapeError if the tensor does not broadcast to the shape
 * @example expand(tensor([[1], [2]]), [2, 3]) // [[1, 1, 1], [2, 2, 2]]
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  const added = shape.length - x.ndim;
  const target = shape.map((length, dim) => (length === -1 && dim >= added ? x.shape[dim - added] : length));
  const fits =
    added >= 0 &&
    target.every(
      (length, dim) =>
        Number.isInteger(length) && length >= 0 && (dim < added || x.shape[dim - added] === 1 || x.shape[dim - added] === length),
    );
  if (!fits) throw new ShapeError(`expand: a tensor of shape ${printShape(x.shape)} does not broadcast to ${printShape(shape)}`);
  return expandTo(x, target);
}

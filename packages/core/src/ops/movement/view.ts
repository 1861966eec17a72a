import { apply, defineFunction } from '../../autograd/function.ts';
import type { Tensor } from '../../autograd/graph.ts';
import { ShapeError } from '../../errors.ts';
import { printShape, type Shape, sameShape, sizeOf } from '../../shape.ts';
import { resolveDim } from '../dims.ts';

interface ViewOptions {
  readonly from: Shape;
  readonly to: Shape;
}

/** y = x in another shape, sharing the storage. dx = dy in the first shape. */
const viewFunction = defineFunction<[Tensor], ViewOptions>({
  name: 'reshape',
  isView: true,
  forward(call, [x], { to }) {
    return call.view(x, to);
  },
  backward(_call, gradOutput, { from }) {
    return [viewAs(gradOutput, from)];
  },
});

/**
 * The tensor in a shape of the same size, which is not checked.
 *
 * @example viewAs(arange(6), [2, 3]) // [[0, 1, 2], [3, 4, 5]]
 */
export function viewAs(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply(viewFunction, [x], { from: x.shape, to: shape });
}

/**
 * The same numbers in another shape; shares the storage. One length may be -1: it is what is left.
 *
 * @throws ShapeError if the sizes differ
 * @example reshape(arange(6), [2, -1]) // shape [2, 3]
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const open = shape.indexOf(-1);
  if (open < 0) {
    if (shape.some((length) => !Number.isInteger(length) || length < 0) || sizeOf(shape) !== x.size) throw reshapeError(x, shape);
    return viewAs(x, [...shape]);
  }
  const rest = shape.reduce((size, length, dim) => (dim === open ? size : size * length), 1);
  if (shape.some((length, dim) => dim !== open && (!Number.isInteger(length) || length < 0)) || rest === 0 || x.size % rest !== 0) {
    throw reshapeError(x, shape);
  }
  return viewAs(
    x,
    shape.map((length, dim) => (dim === open ? x.size / rest : length)),
  );
}

function reshapeError(x: Tensor, shape: Shape): ShapeError {
  return new ShapeError(`reshape: a tensor of shape ${printShape(x.shape)} (${x.size} elements) cannot have shape ${printShape(shape)}`);
}

/**
 * Merges the dimensions from `startDim` to `endDim` (inclusive) into one.
 *
 * @throws ShapeError if a dimension does not exist or they are in the wrong order
 * @example flatten(zeros([4, 16, 5, 5]), 1) // shape [4, 400]
 */
export function flatten(x: Tensor, startDim = 0, endDim = -1): Tensor {
  if (x.ndim === 0) return viewAs(x, [1]);
  const start = resolveDim('flatten', startDim, x.ndim);
  const end = resolveDim('flatten', endDim, x.ndim);
  if (start > end)
    throw new ShapeError(`flatten: startDim ${startDim} lies behind endDim ${endDim} of a tensor of shape ${printShape(x.shape)}`);
  return viewAs(x, [...x.shape.slice(0, start), sizeOf(x.shape.slice(start, end + 1)), ...x.shape.slice(end + 1)]);
}

/**
 * Without the dimensions of length 1: all of them, or those named in `dims` (others are left as they are).
 *
 * @throws ShapeError if a dimension does not exist
 * @example squeeze(zeros([1, 3, 1])) // shape [3]
 */
export function squeeze(x: Tensor, dims?: number | readonly number[]): Tensor {
  const named = dims === undefined ? null : (typeof dims === 'number' ? [dims] : dims).map((dim) => resolveDim('squeeze', dim, x.ndim));
  return viewAs(
    x,
    x.shape.filter((length, dim) => length !== 1 || (named !== null && !named.includes(dim))),
  );
}

/**
 * With a new dimension of length 1 at `dim`, which may be negative.
 *
 * @throws ShapeError if `dim` is not in [-ndim - 1, ndim]
 * @example unsqueeze(zeros([3]), -1) // shape [3, 1]
 */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  const at = resolveDim('unsqueeze', dim, x.ndim + 1);
  return viewAs(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

import { apply, defineFunction } from '../../autograd/function.ts';
import type { Tensor } from '../../autograd/graph.ts';
import { ShapeError } from '../../errors.ts';
import { copy } from '../../kernels/movement.ts';
import { readable, writable } from '../../memory/staging.ts';
import { contiguousStrides, printShape } from '../../shape.ts';
import { resolveDim } from '../dims.ts';

/** y[i_dims[0], i_dims[1], ..] = x[i_0, i_1, ..]. Its adjoint is the inverse permutation: dx = permute(dy, dims^-1). */
const permuteFunction = defineFunction<[Tensor], readonly number[]>({
  name: 'permute',
  forward(call, [x], dims) {
    const shape = dims.map((dim) => x.shape[dim]);
    const strides = contiguousStrides(x.shape);
    const y = call.output(shape, x.dtype);
    copy(
      x.dtype,
      readable(x.storage),
      writable(y.storage),
      shape,
      dims.map((dim) => strides[dim]),
      contiguousStrides(shape),
    );
    return y;
  },
  backward(_call, gradOutput, dims) {
    const inverse = dims.map((_, dim) => dims.indexOf(dim));
    return [permuteBy(gradOutput, inverse)];
  },
});

/** The dimensions in the order `dims`, which is not checked. */
function permuteBy(x: Tensor, dims: readonly number[]): Tensor {
  return apply(permuteFunction, [x], dims);
}

/**
 * The dimensions in another order: dimension i of the result is dimension dims[i] of x.
 *
 * @throws ShapeError unless `dims` names every dimension once
 * @example permute(zeros([2, 3, 4]), [2, 0, 1]) // shape [4, 2, 3]
 */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  const named = dims.length === x.ndim ? dims.map((dim) => resolveDim('permute', dim, x.ndim)) : [];
  if (new Set(named).size !== x.ndim) {
    throw new ShapeError(`permute: dims [${dims.join(', ')}] do not name every dimension of shape ${printShape(x.shape)} once`);
  }
  return permuteBy(x, named);
}

/**
 * Two dimensions exchanged.
 *
 * @throws ShapeError if a dimension does not exist
 * @example transpose(zeros([2, 3, 4]), 1, 2) // shape [2, 4, 3]
 */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  const first = resolveDim('transpose', dim0, x.ndim);
  const second = resolveDim('transpose', dim1, x.ndim);
  const dims = x.shape.map((_, dim) => (dim === first ? second : dim === second ? first : dim));
  return permuteBy(x, dims);
}

/**
 * The transpose of a matrix; vectors and scalars stay as they are.
 *
 * x [m, n] -> [n, m]
 *
 * @throws ShapeError if x has more than two dimensions
 * @example t(tensor([[1, 2], [3, 4]])) // [[1, 3], [2, 4]]
 */
export function t(x: Tensor): Tensor {
  if (x.ndim > 2) throw new ShapeError(`t: expected at most two dimensions, got shape ${printShape(x.shape)}; use transpose or permute`);
  return permuteBy(x, x.ndim === 2 ? [1, 0] : x.shape.map((_, dim) => dim));
}

/**
 * Dimensions moved to other positions; the others keep their order.
 *
 * @throws ShapeError if a dimension does not exist or is named twice, or the lists differ in length
 * @example movedim(zeros([2, 28, 28, 3]), -1, 1) // shape [2, 3, 28, 28]
 */
export function movedim(x: Tensor, source: number | readonly number[], destination: number | readonly number[]): Tensor {
  const [from, to] = [source, destination].map((dims) =>
    (typeof dims === 'number' ? [dims] : dims).map((dim) => resolveDim('movedim', dim, x.ndim)),
  );
  if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length) {
    throw new ShapeError(
      `movedim: source [${String(source)}] and destination [${String(destination)}] must name as many dimensions, each once`,
    );
  }
  const others = x.shape.map((_, dim) => dim).filter((dim) => !from.includes(dim));
  const dims = x.shape.map((_, dim) => (to.includes(dim) ? from[to.indexOf(dim)] : (others.shift() ?? dim)));
  return permuteBy(x, dims);
}

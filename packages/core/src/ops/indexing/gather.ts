import { apply, defineFunction } from '../../autograd/function.ts';
import type { Tensor } from '../../autograd/graph.ts';
import { DTypeError, ShapeError } from '../../errors.ts';
import * as kernels from '../../kernels/indexing.ts';
import { readable, updatable, writable } from '../../memory/staging.ts';
import { printShape, type Shape, sameShape } from '../../shape.ts';
import { cast } from '../cast.ts';
import { along } from '../dims.ts';
import { box, embed, take } from '../movement/places.ts';
import { resolveOwnDim } from '../movement/slice.ts';
import { add } from '../pointwise/arithmetic.ts';
import { checkIndices, requireIndices } from './index_list.ts';

/*
 * One index for every element. Each is the adjoint of the other; along dimension 1, say:
 *
 *   y[a, c, b] = x[a, i[a, c, b], b]                          dx = 0 with dx[a, i[a, c, b], b] += dy[a, c, b]
 *   y = x with y[a, i[a, c, b], b] += s[a, c, b]              dx = dy,   ds[a, c, b] = dy[a, i[a, c, b], b]
 *
 * In the other dimensions the indices may end before x does: then the rest of x is cut off first, and zeros are put around afterwards.
 */

interface GatherOptions {
  readonly dim: number;
  readonly shape: Shape;
}

const gatherFunction = defineFunction<[Tensor, Tensor], GatherOptions>({
  name: 'gather',
  forward(call, [x, indices], { dim }) {
    call.save(indices);
    const y = call.output(indices.shape, x.dtype);
    const { outer, length, inner } = along(x.shape, dim);
    const count = indices.shape[dim];
    kernels.gather(x.dtype, readable(x.storage), readable(indices.storage), writable(y.storage), outer, length, inner, count);
    return y;
  },
  backward(call, gradOutput, { dim, shape }) {
    return [scatterAlong(null, gradOutput, dim, call.saved(0), shape), null];
  },
});

const scatterFunction = defineFunction<[Tensor | null, Tensor, Tensor], GatherOptions>({
  name: 'scatterAdd',
  forward(call, [x, source, indices], { dim, shape }) {
    call.save(indices);
    const { dtype } = source;
    // Not reachable: scatterAdd converts, and uint8 has no gradients that gather would scatter.
    if (dtype === 'uint8') throw new DTypeError('scatterAdd: sums of uint8 are formed in int32');
    const y = call.output(shape, dtype);
    if (x !== null) y.storage.current().set(x.storage.current());
    const target = x === null ? writable(y.storage) : updatable(y.storage);
    const { outer, length, inner } = along(shape, dim);
    const count = source.shape[dim];
    kernels.scatterAdd(dtype, readable(source.storage), readable(indices.storage), target, outer, length, inner, count, x !== null);
    return y;
  },
  backward(call, gradOutput, { dim }) {
    return [gradOutput, call.needsGrad(1) ? gatherAlong(gradOutput, dim, call.saved(0)) : null, null];
  },
});

/** `gather` where x and the indices agree in all other dimensions and the indices are right, which is not checked. */
export function gatherAlong(x: Tensor, dim: number, indices: Tensor): Tensor {
  return apply(gatherFunction, [x, indices], { dim, shape: x.shape });
}

/** `source` added at right indices, of its shape, to x or to zeros of `shape`, which agree with it in all other dimensions. */
export function scatterAlong(x: Tensor | null, source: Tensor, dim: number, indices: Tensor, shape: Shape): Tensor {
  return apply(scatterFunction, [x, source, indices], { dim, shape });
}

/** The tensor's first elements in every dimension. */
function crop(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : take(x, box(x.shape, new Array<number>(shape.length).fill(0), shape));
}

/** Checks that indices lie inside `tensor` in every dimension but `dim` (every dimension for -1). */
function checkInside(name: string, indices: Tensor, what: string, tensor: Tensor, dim: number): void {
  const fits = indices.ndim === tensor.ndim && indices.shape.every((length, other) => other === dim || length <= tensor.shape[other]);
  if (fits) return;
  const where = dim < 0 ? 'in every dimension' : `in every dimension but ${dim}`;
  throw new ShapeError(`${name}: indices ${printShape(indices.shape)} must be no larger than ${what} ${printShape(tensor.shape)} ${where}`);
}

/**
 * Picks an element of a dimension for every index: y[a, c, b] = x[a, indices[a, c, b], b] along dimension 1.
 *
 * x [a, L, b], indices [a', c, b'] (int32) with a' <= a, b' <= b -> [a', c, b']
 *
 * @throws IndexError if an index is not in [0, L); ShapeError if shapes do not fit; DTypeError for indices that are not integers
 * @example gather(tensor([[1, 2], [3, 4]]), 1, tensor([[1], [0]], { dtype: 'int32' })) // [[2], [3]]
 */
export function gather(x: Tensor, dim: number, indices: Tensor): Tensor {
  const resolved = resolveOwnDim('gather', x, dim);
  const list = requireIndices('gather', indices);
  checkInside('gather', list, 'x', x, resolved);
  checkIndices('gather', list, x.shape[resolved], `dimension ${resolved}`);
  return gatherAlong(crop(x, list.shape.with(resolved, x.shape[resolved])), resolved, list);
}

/**
 * x with every element of `source` added where its index says: y[a, indices[a, c, b], b] += source[a, c, b] along dimension 1; what meets
 * in one place adds up.
 *
 * x [a, L, b], indices [a', c, b'] (int32), source at least as large as indices -> [a, L, b]
 *
 * @throws IndexError if an index is not in [0, L); ShapeError if shapes do not fit; DTypeError if dtypes differ
 * @example scatterAdd(zeros([2, 2]), 1, tensor([[1, 1]], { dtype: 'int32' }), tensor([[3, 4]])) // [[0, 7], [0, 0]]
 */
export function scatterAdd(x: Tensor, dim: number, indices: Tensor, source: Tensor): Tensor {
  const resolved = resolveOwnDim('scatterAdd', x, dim);
  const list = requireIndices('scatterAdd', indices);
  checkInside('scatterAdd', list, 'x', x, resolved);
  checkInside('scatterAdd', list, 'source', source, -1);
  if (source.dtype !== x.dtype)
    throw new DTypeError(`scatterAdd: x is ${x.dtype}, but source is ${source.dtype}; convert one with to(dtype)`);
  checkIndices('scatterAdd', list, x.shape[resolved], `dimension ${resolved}`);
  if (x.dtype === 'uint8') return cast(scatter(cast(x, 'int32'), resolved, list, cast(source, 'int32')), 'uint8');
  return scatter(x, resolved, list, source);
}

function scatter(x: Tensor, dim: number, indices: Tensor, source: Tensor): Tensor {
  const added = crop(source, indices.shape);
  const reached = indices.shape.with(dim, x.shape[dim]);
  if (sameShape(reached, x.shape)) return scatterAlong(x, added, dim, indices, x.shape);
  const sums = scatterAlong(null, added, dim, indices, reached);
  return add(x, embed(sums, x.shape, box(x.shape, new Array<number>(x.ndim).fill(0), reached)));
}

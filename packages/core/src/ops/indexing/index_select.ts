import { apply, defineFunction } from '../../autograd/function.ts';
import { Tensor } from '../../autograd/graph.ts';
import { DTypeError, ShapeError } from '../../errors.ts';
import * as kernels from '../../kernels/indexing.ts';
import { readable, updatable, writable } from '../../memory/staging.ts';
import { printShape, type Shape, sameShape } from '../../shape.ts';
import { cast } from '../cast.ts';
import { checkElement } from '../creation/element.ts';
import { along } from '../dims.ts';
import { resolveOwnDim } from '../movement/slice.ts';
import { checkIndices, indexList, requireIndices } from './index_list.ts';

/*
 * One list of indices for a whole dimension. Each is the adjoint of the other:
 *
 *   y[.., c, ..] = x[.., i_c, ..]                     dx = 0 with dx[.., i_c, ..] += dy[.., c, ..]
 *   y = x with y[.., i_c, ..] += s[.., c, ..]         dx = dy,   ds[.., c, ..] = dy[.., i_c, ..]
 */

interface SelectOptions {
  readonly dim: number;
  /** Length of the dimension that the indices point into. */
  readonly length: number;
}

interface AddOptions {
  readonly dim: number;
  readonly shape: Shape;
}

const selectFunction = defineFunction<[Tensor, Tensor], SelectOptions>({
  name: 'indexSelect',
  forward(call, [x, indices], { dim }) {
    call.save(indices);
    const y = call.output(x.shape.with(dim, indices.size), x.dtype);
    const { outer, length, inner } = along(x.shape, dim);
    if (!x.storage.inArena && outer * indices.size * (inner + rowCost) < x.size) copyRows(x, indices, y, outer, length, inner);
    else
      kernels.indexSelect(x.dtype, readable(x.storage), readable(indices.storage), writable(y.storage), outer, length, inner, indices.size);
    return y;
  },
  backward(call, gradOutput, { dim, length }) {
    return [addAlong(null, gradOutput, dim, call.saved(0), gradOutput.shape.with(dim, length)), null];
  },
});

/** What copying a row costs beside its elements, in elements. */
const rowCost = 64;

/** A few rows of a large ordinary array, such as a batch of a data set: lending it to the kernel would copy all of it. */
function copyRows(x: Tensor, indices: Tensor, y: Tensor, outer: number, length: number, inner: number): void {
  const [from, to, rows] = [x.storage.current(), y.storage.current(), indices.storage.current()];
  for (let block = 0, at = 0; block < outer; block++) {
    for (let c = 0; c < rows.length; c++, at += inner) {
      const start = (block * length + rows[c]) * inner;
      to.set(from.subarray(start, start + inner), at);
    }
  }
}

const addFunction = defineFunction<[Tensor | null, Tensor, Tensor], AddOptions>({
  name: 'indexAdd',
  forward(call, [x, source, indices], { dim, shape }) {
    call.save(indices);
    const { dtype } = source;
    // Not reachable: indexAdd converts, and uint8 has no gradients that indexSelect would add.
    if (dtype === 'uint8') throw new DTypeError('indexAdd: sums of uint8 are formed in int32');
    const y = call.output(shape, dtype);
    if (x !== null) y.storage.current().set(x.storage.current());
    const target = x === null ? writable(y.storage) : updatable(y.storage);
    const { outer, length, inner } = along(shape, dim);
    kernels.indexAdd(dtype, readable(source.storage), readable(indices.storage), target, outer, length, inner, indices.size, x !== null);
    return y;
  },
  backward(call, gradOutput, { dim }) {
    return [gradOutput, call.needsGrad(1) ? selectAlong(gradOutput, dim, call.saved(0)) : null, null];
  },
});

/** The elements of a dimension that indices (int32, one dimension) name, which are not checked. */
export function selectAlong(x: Tensor, dim: number, indices: Tensor): Tensor {
  return apply(selectFunction, [x, indices], { dim, length: x.shape[dim] });
}

/** `source` added at indices (which are not checked) to x, or to zeros of `shape`. */
export function addAlong(x: Tensor | null, source: Tensor, dim: number, indices: Tensor, shape: Shape): Tensor {
  return apply(addFunction, [x, source, indices], { dim, shape });
}

function listOf(name: string, numbers: readonly number[]): Tensor {
  numbers.forEach((number, position) => {
    checkElement(name, number, 'int32', `index ${position}`);
  });
  return indexList(Int32Array.from(numbers));
}

/** Indices as a checked list. */
function resolveIndices(name: string, indices: Tensor | readonly number[], dim: number, length: number): Tensor {
  const list = requireIndices(name, indices instanceof Tensor ? indices : listOf(name, indices));
  if (list.ndim > 1) throw new ShapeError(`${name}: indices must have one dimension, got shape ${printShape(list.shape)}`);
  checkIndices(name, list, length, `dimension ${dim}`);
  return list;
}

/**
 * The elements of a dimension that `indices` name, in that order, as often as they are named.
 *
 * x [.., L, ..], indices [c] (int32) -> [.., c, ..]
 *
 * @throws IndexError if an index is not in [0, L); ShapeError if the dimension does not exist or indices have more than one; DTypeError for
 * indices that are not integers
 * @example indexSelect(tensor([[1, 2], [3, 4]]), 1, [1, 1, 0]) // [[2, 2, 1], [4, 4, 3]]
 */
export function indexSelect(x: Tensor, dim: number, indices: Tensor | readonly number[]): Tensor {
  const resolved = resolveOwnDim('indexSelect', x, dim);
  return selectAlong(x, resolved, resolveIndices('indexSelect', indices, resolved, x.shape[resolved]));
}

/**
 * x with element c of `source` added to element indices[c] of a dimension; repeated indices add up.
 *
 * x [.., L, ..], indices [c] (int32), source [.., c, ..] -> [.., L, ..]
 *
 * @throws IndexError if an index is not in [0, L); ShapeError if shapes do not fit; DTypeError if dtypes differ
 * @example indexAdd(zeros([3]), 0, [2, 0, 2], tensor([1, 2, 3])) // [2, 0, 4]
 */
export function indexAdd(x: Tensor, dim: number, indices: Tensor | readonly number[], source: Tensor): Tensor {
  const resolved = resolveOwnDim('indexAdd', x, dim);
  const list = resolveIndices('indexAdd', indices, resolved, x.shape[resolved]);
  const expected = x.shape.with(resolved, list.size);
  if (!sameShape(source.shape, expected)) {
    throw new ShapeError(
      `indexAdd: source must have shape ${printShape(expected)} for ${list.size} indices in dimension ${resolved} of ${printShape(x.shape)}, got ${printShape(source.shape)}`,
    );
  }
  if (source.dtype !== x.dtype)
    throw new DTypeError(`indexAdd: x is ${x.dtype}, but source is ${source.dtype}; convert one with to(dtype)`);
  if (x.dtype === 'uint8') return cast(addAlong(cast(x, 'int32'), cast(source, 'int32'), resolved, list, x.shape), 'uint8');
  return addAlong(x, source, resolved, list, x.shape);
}

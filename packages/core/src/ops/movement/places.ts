import { apply, defineFunction } from '../../autograd/function.ts';
import type { Tensor } from '../../autograd/graph.ts';
import { bytesPerElement } from '../../kernels/dtype.ts';
import type { Pointer } from '../../kernels/memory.ts';
import { copy, fill } from '../../kernels/movement.ts';
import { lend, readable, writable } from '../../memory/staging.ts';
import { arenaView, type Storage } from '../../memory/storage.ts';
import { contiguousStrides, type Shape, sizeOf } from '../../shape.ts';

/*
 * Taking some places of a tensor and putting a tensor into some places of a larger one, each the adjoint of the other:
 *
 *   y = x[P]                          dx = 0 with dx[P] = dy
 *   y = value, but y[P] = x           dx = dy[P]
 */

/** Different places of a tensor, seen as a tensor of `shape`: index i stands at `offset` + sum of i_d strides_d, in elements. */
export interface Places {
  readonly offset: number;
  readonly shape: Shape;
  /** Of any sign; 0 only where the length is 1. */
  readonly strides: readonly number[];
}

interface SliceOptions {
  readonly from: Shape;
  readonly places: Places;
}

interface EmbedOptions {
  readonly to: Shape;
  readonly places: Places;
  readonly value: number;
}

const sliceFunction = defineFunction<[Tensor], SliceOptions>({
  name: 'slice',
  forward(call, [x], { places }) {
    const y = call.output(places.shape, x.dtype);
    readPlaces(x.storage, places, y.storage);
    return y;
  },
  backward(_call, gradOutput, { from, places }) {
    return [embed(gradOutput, from, places)];
  },
});

const embedFunction = defineFunction<[Tensor], EmbedOptions>({
  name: 'embed',
  forward(call, [x], { to, places: { offset, shape, strides }, value }) {
    const y = call.output(to, x.dtype);
    const target = writable(y.storage);
    if (y.size > x.size) fill(x.dtype, target, y.size, value);
    copy(x.dtype, readable(x.storage), target + offset * bytesPerElement[x.dtype], shape, contiguousStrides(shape), strides);
    return y;
  },
  backward(_call, gradOutput, { places }) {
    return [take(gradOutput, places)];
  },
});

/** y = x[P]. Of an ordinary array only the stretch that the places lie in is lent to the kernel: x may be a whole data set. */
function readPlaces(x: Storage, places: Places, y: Storage): void {
  const { offset, shape, strides } = places;
  if (y.size === 0) return;
  if (isContiguous(places)) y.current().set(x.current().subarray(offset, offset + y.size));
  else copy(x.dtype, lendStretch(x, places).origin, writable(y), shape, strides, contiguousStrides(shape));
}

/** y[P] = x, x with strides of its own (0 repeats an element). Must be called inside `compute` or `plain`. */
export function writePlaces(y: Storage, places: Places, x: Storage, xStrides: readonly number[]): void {
  const { offset, shape, strides } = places;
  const size = sizeOf(shape);
  if (size === 0) return;
  if (isContiguous(places) && isContiguous({ offset: 0, shape, strides: xStrides })) {
    y.current().set(x.current(), offset);
    return;
  }
  const { origin, pointer, first, length } = lendStretch(y, places);
  copy(y.dtype, readable(x), origin, shape, xStrides, strides);
  if (!y.inArena) y.current().set(arenaView(y.dtype, pointer, length), first);
}

function isContiguous({ shape, strides }: Places): boolean {
  let expected = 1;
  for (let dim = shape.length - 1; dim >= 0; dim--) {
    if (shape[dim] !== 1 && strides[dim] !== expected) return false;
    expected *= shape[dim];
  }
  return true;
}

/** The elements `first` to `first + length` of a storage, among which the places lie, at `pointer`; index 0 of the places is at `origin`. */
interface Stretch {
  readonly pointer: Pointer;
  readonly origin: Pointer;
  readonly first: number;
  readonly length: number;
}

function lendStretch(storage: Storage, { offset, shape, strides }: Places): Stretch {
  const bytes = bytesPerElement[storage.dtype];
  if (storage.inArena) return { pointer: storage.pointer, origin: storage.pointer + offset * bytes, first: 0, length: storage.size };
  let [first, last] = [offset, offset];
  shape.forEach((length, dim) => {
    if (strides[dim] < 0) first += (length - 1) * strides[dim];
    else last += (length - 1) * strides[dim];
  });
  const length = last + 1 - first;
  const pointer = lend(storage.dtype, length);
  arenaView(storage.dtype, pointer, length).set(storage.current().subarray(first, last + 1));
  return { pointer, origin: pointer + (offset - first) * bytes, first, length };
}

/** The elements at some places, in a new tensor. */
export function take(x: Tensor, places: Places): Tensor {
  return apply(sliceFunction, [x], { from: x.shape, places });
}

/** A tensor of shape `to` that is x at some places and `value` elsewhere. */
export function embed(x: Tensor, to: Shape, places: Places, value = 0): Tensor {
  return apply(embedFunction, [x], { to, places, value });
}

/** The places of a box inside a tensor of `shape`: `lengths` elements from index `start` on in every dimension. */
export function box(shape: Shape, start: readonly number[], lengths: Shape): Places {
  const strides = contiguousStrides(shape);
  // In an empty box there is no first element to point to.
  const offset = sizeOf(lengths) === 0 ? 0 : start.reduce((sum, index, dim) => sum + index * strides[dim], 0);
  return { offset, shape: lengths, strides };
}

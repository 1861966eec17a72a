import * as basicIndex from '../ops/movement/basic_index.ts';
import * as cat from '../ops/movement/cat.ts';
import { flip } from '../ops/movement/flip.ts';
import { type PadOptions, pad } from '../ops/movement/pad.ts';
import * as permutation from '../ops/movement/permute.ts';
import * as repetition from '../ops/movement/repeat.ts';
import { roll } from '../ops/movement/roll.ts';
import * as slices from '../ops/movement/slice.ts';
import { tril, triu } from '../ops/movement/triangle.ts';
import * as view from '../ops/movement/view.ts';
import { expand } from '../ops/reduction/sum.ts';
import type { Shape } from '../shape.ts';
import { attach } from './attach.ts';

declare module '../autograd/graph.ts' {
  /** Movement as methods: `x.permute(dims)` is `permute(x, dims)`. See the functions. */
  interface Tensor {
    reshape(shape: Shape): Tensor;
    /** The same as `reshape`: all tensors are contiguous. */
    view(shape: Shape): Tensor;
    flatten(startDim?: number, endDim?: number): Tensor;
    squeeze(dims?: number | readonly number[]): Tensor;
    unsqueeze(dim: number): Tensor;
    expand(shape: Shape): Tensor;
    permute(dims: readonly number[]): Tensor;
    transpose(dim0: number, dim1: number): Tensor;
    t(): Tensor;
    movedim(source: number | readonly number[], destination: number | readonly number[]): Tensor;
    split(size: number | readonly number[], dim?: number): Tensor[];
    chunk(chunks: number, dim?: number): Tensor[];
    unbind(dim?: number): Tensor[];
    narrow(dim: number, start: number, length: number): Tensor;
    select(dim: number, index: number): Tensor;
    slice(dim: number, start?: number | null, end?: number | null, step?: number): Tensor;
    index(...items: readonly basicIndex.IndexItem[]): Tensor;
    flip(dims: number | readonly number[]): Tensor;
    roll(shifts: number | readonly number[], dims?: number | readonly number[]): Tensor;
    repeat(repeats: readonly number[]): Tensor;
    tile(repeats: readonly number[]): Tensor;
    tril(diagonal?: number): Tensor;
    triu(diagonal?: number): Tensor;
    pad(padding: readonly number[], options?: PadOptions): Tensor;
  }
}

attach({
  reshape(shape) {
    return view.reshape(this, shape);
  },
  view(shape) {
    return view.reshape(this, shape);
  },
  flatten(startDim, endDim) {
    return view.flatten(this, startDim, endDim);
  },
  squeeze(dims) {
    return view.squeeze(this, dims);
  },
  unsqueeze(dim) {
    return view.unsqueeze(this, dim);
  },
  expand(shape) {
    return expand(this, shape);
  },
  permute(dims) {
    return permutation.permute(this, dims);
  },
  transpose(dim0, dim1) {
    return permutation.transpose(this, dim0, dim1);
  },
  t() {
    return permutation.t(this);
  },
  movedim(source, destination) {
    return permutation.movedim(this, source, destination);
  },
  split(size, dim) {
    return cat.split(this, size, dim);
  },
  chunk(chunks, dim) {
    return cat.chunk(this, chunks, dim);
  },
  unbind(dim) {
    return cat.unbind(this, dim);
  },
  narrow(dim, start, length) {
    return slices.narrow(this, dim, start, length);
  },
  select(dim, index) {
    return slices.select(this, dim, index);
  },
  slice(dim, start, end, step) {
    return slices.slice(this, dim, start, end, step);
  },
  index(...items) {
    return basicIndex.index(this, ...items);
  },
  flip(dims) {
    return flip(this, dims);
  },
  roll(shifts, dims) {
    return roll(this, shifts, dims);
  },
  repeat(repeats) {
    return repetition.repeat(this, repeats);
  },
  tile(repeats) {
    return repetition.tile(this, repeats);
  },
  tril(diagonal) {
    return tril(this, diagonal);
  },
  triu(diagonal) {
    return triu(this, diagonal);
  },
  pad(padding, options) {
    return pad(this, padding, options);
  },
});

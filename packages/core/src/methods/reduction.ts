import type { Tensor } from '../autograd/graph.ts';
import { cumsum } from '../ops/reduction/cumsum.ts';
import * as extremes from '../ops/reduction/extremes.ts';
import * as logical from '../ops/reduction/logical.ts';
import { prod } from '../ops/reduction/prod.ts';
import * as softmaxes from '../ops/reduction/softmax.ts';
import { type SortOptions, sort, type TopKOptions, topk } from '../ops/reduction/sort.ts';
import * as statistics from '../ops/reduction/statistics.ts';
import { type KeepDimOption, sum } from '../ops/reduction/sum.ts';
import { attach } from './attach.ts';

type Dims = number | readonly number[];

declare module '../autograd/graph.ts' {
  /** Reductions as methods: `x.sum(1)` is `sum(x, 1)`. See the functions. */
  interface Tensor {
    sum(dims?: Dims, options?: KeepDimOption): Tensor;
    mean(dims?: Dims, options?: KeepDimOption): Tensor;
    prod(dims?: Dims, options?: KeepDimOption): Tensor;
    var(dims?: Dims, options?: statistics.VarianceOptions): Tensor;
    std(dims?: Dims, options?: statistics.VarianceOptions): Tensor;
    norm(dims?: Dims, options?: statistics.NormOptions): Tensor;
    amax(dims?: Dims, options?: KeepDimOption): Tensor;
    amin(dims?: Dims, options?: KeepDimOption): Tensor;
    max(): Tensor;
    max(dim: number, options?: KeepDimOption): extremes.ValuesAndIndices;
    min(): Tensor;
    min(dim: number, options?: KeepDimOption): extremes.ValuesAndIndices;
    argmax(dim?: number, options?: KeepDimOption): Tensor;
    argmin(dim?: number, options?: KeepDimOption): Tensor;
    any(dims?: Dims, options?: KeepDimOption): Tensor;
    all(dims?: Dims, options?: KeepDimOption): Tensor;
    softmax(dim: number): Tensor;
    logSoftmax(dim: number): Tensor;
    logSumExp(dims?: Dims, options?: KeepDimOption): Tensor;
    cumsum(dim: number): Tensor;
    sort(dim?: number, options?: SortOptions): extremes.ValuesAndIndices;
    topk(k: number, dim?: number, options?: TopKOptions): extremes.ValuesAndIndices;
  }
}

function maxMethod(this: Tensor): Tensor;
function maxMethod(this: Tensor, dim: number, options?: KeepDimOption): extremes.ValuesAndIndices;
function maxMethod(this: Tensor, dim?: number, options?: KeepDimOption): Tensor | extremes.ValuesAndIndices {
  return dim === undefined ? extremes.max(this) : extremes.max(this, dim, options);
}

function minMethod(this: Tensor): Tensor;
function minMethod(this: Tensor, dim: number, options?: KeepDimOption): extremes.ValuesAndIndices;
function minMethod(this: Tensor, dim?: number, options?: KeepDimOption): Tensor | extremes.ValuesAndIndices {
  return dim === undefined ? extremes.min(this) : extremes.min(this, dim, options);
}

attach({
  sum(dims, options) {
    return sum(this, dims, options);
  },
  mean(dims, options) {
    return statistics.mean(this, dims, options);
  },
  prod(dims, options) {
    return prod(this, dims, options);
  },
  var(dims, options) {
    return statistics.variance(this, dims, options);
  },
  std(dims, options) {
    return statistics.std(this, dims, options);
  },
  norm(dims, options) {
    return statistics.norm(this, dims, options);
  },
  amax(dims, options) {
    return extremes.amax(this, dims, options);
  },
  amin(dims, options) {
    return extremes.amin(this, dims, options);
  },
  max: maxMethod,
  min: minMethod,
  argmax(dim, options) {
    return extremes.argmax(this, dim, options);
  },
  argmin(dim, options) {
    return extremes.argmin(this, dim, options);
  },
  any(dims, options) {
    return logical.any(this, dims, options);
  },
  all(dims, options) {
    return logical.all(this, dims, options);
  },
  softmax(dim) {
    return softmaxes.softmax(this, dim);
  },
  logSoftmax(dim) {
    return softmaxes.logSoftmax(this, dim);
  },
  logSumExp(dims, options) {
    return softmaxes.logSumExp(this, dims, options);
  },
  cumsum(dim) {
    return cumsum(this, dim);
  },
  sort(dim, options) {
    return sort(this, dim, options);
  },
  topk(k, dim, options) {
    return topk(this, k, dim, options);
  },
});

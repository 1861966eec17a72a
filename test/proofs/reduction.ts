import * as core from '@convgrad/core';
import { type ProofCase, sample, sampleDistinct } from './case.ts';

const x = () => sample(21, [2, 3, 4], 0.3, 2);
const distinct = () => sampleDistinct(22, [2, 3, 4]);

/** Proof cases of the reductions, the softmax family and sorting. */
export const reduction: Readonly<Record<string, readonly ProofCase[]>> = {
  sum: [
    { what: 'all', f: (a) => core.sum(a), inputs: [x()] },
    { what: 'two dimensions apart', f: (a) => core.sum(a, [0, 2]), inputs: [x()] },
    { what: 'kept', f: (a) => core.sum(a, -1, { keepDim: true }), inputs: [x()] },
    { what: 'a scalar', f: (a) => core.sum(a), inputs: [sample(1, [])] },
  ],
  sumTo: [{ what: 'a smaller shape', f: (a) => core.sumTo(a, [3, 1]), inputs: [x()] }],
  expand: [{ what: 'rows and columns', f: (a) => core.expand(a, [4, 3, 2]), inputs: [sample(2, [3, 1])] }],
  expandTo: [{ what: 'rows and columns', f: (a) => core.expandTo(a, [4, 3, 2]), inputs: [sample(2, [3, 1])] }],
  mean: [
    { what: 'all', f: (a) => core.mean(a), inputs: [x()] },
    { what: 'some', f: (a) => core.mean(a, [0, 1]), inputs: [x()] },
  ],
  prod: [
    { what: 'all', f: (a) => core.prod(a), inputs: [sample(3, [2, 3], 0.5, 1.5)] },
    { what: 'an odd length', f: (a) => core.prod(a, 1, { keepDim: true }), inputs: [x()] },
    {
      what: 'one factor of 0',
      f: (a) => core.prod(a, 0),
      inputs: [core.tensor([2, 0, 3, 4, 5], { dtype: 'float64', requiresGrad: true })],
    },
    {
      what: 'two factors of 0',
      f: (a) => core.prod(a, 0),
      inputs: [core.tensor([2, 0, 3, 0, 5, 1, 2], { dtype: 'float64', requiresGrad: true })],
    },
  ],
  variance: [
    { what: 'all', f: (a) => core.variance(a), inputs: [x()] },
    { what: 'uncorrected', f: (a) => core.variance(a, [1], { correction: 0 }), inputs: [x()] },
  ],
  std: [
    { what: 'all', f: (a) => core.std(a), inputs: [x()] },
    { what: 'kept', f: (a) => core.std(a, 2, { keepDim: true }), inputs: [x()] },
  ],
  norm: [
    { what: 'order 2', f: (a) => core.norm(a, 1), inputs: [x()] },
    { what: 'order 3', f: (a) => core.norm(a, undefined, { p: 3 }), inputs: [x()] },
    { what: 'order 1', f: (a) => core.norm(a, [0, 1], { p: 1 }), inputs: [x()] },
    {
      what: 'the largest',
      f: (a) => core.norm(a, 2, { p: Number.POSITIVE_INFINITY }),
      inputs: [core.add(distinct(), -5).detach().requiresGrad_()],
    },
    {
      what: 'the smallest',
      f: (a) => core.norm(a, 2, { p: Number.NEGATIVE_INFINITY }),
      inputs: [core.add(distinct(), 5).detach().requiresGrad_()],
    },
    { what: 'the count', f: (a) => core.norm(a, 0, { p: 0 }), inputs: [x()] },
  ],
  amax: [
    { what: 'all', f: (a) => core.amax(a), inputs: [distinct()] },
    { what: 'some', f: (a) => core.amax(a, [0, 2], { keepDim: true }), inputs: [distinct()] },
  ],
  amin: [
    { what: 'all', f: (a) => core.amin(a), inputs: [distinct()] },
    { what: 'some', f: (a) => core.amin(a, [0, 2]), inputs: [distinct()] },
  ],
  max: [
    { what: 'all', f: (a) => core.max(a), inputs: [distinct()] },
    { what: 'a dimension', f: (a) => core.max(a, 1).values, inputs: [distinct()] },
  ],
  min: [
    { what: 'all', f: (a) => core.min(a), inputs: [distinct()] },
    { what: 'a dimension', f: (a) => core.min(a, -1, { keepDim: true }).values, inputs: [distinct()] },
  ],
  softmax: [0, 1, 2].map((dim) => ({ what: `dimension ${dim}`, f: (a) => core.softmax(a, dim), inputs: [x()] })),
  logSoftmax: [0, 1, 2].map((dim) => ({ what: `dimension ${dim}`, f: (a) => core.logSoftmax(a, dim), inputs: [x()] })),
  logSumExp: [
    { what: 'all', f: (a) => core.logSumExp(a), inputs: [x()] },
    { what: 'some', f: (a) => core.logSumExp(a, [0, 2], { keepDim: true }), inputs: [x()] },
  ],
  cumsum: [0, 1, 2].map((dim) => ({ what: `dimension ${dim}`, f: (a) => core.cumsum(a, dim), inputs: [x()] })),
  sort: [
    { what: 'rising', f: (a) => core.sort(a, 1).values, inputs: [distinct()] },
    { what: 'falling', f: (a) => core.sort(a, 2, { descending: true }).values, inputs: [distinct()] },
  ],
  topk: [
    { what: 'the largest', f: (a) => core.topk(a, 2).values, inputs: [distinct()] },
    { what: 'the smallest', f: (a) => core.topk(a, 2, 1, { largest: false }).values, inputs: [distinct()] },
  ],
};

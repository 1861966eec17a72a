import * as core from '@convgrad/core';
import { type ProofCase, sample } from './case.ts';

/** Proof cases of the products. */
export const matmul: Readonly<Record<string, readonly ProofCase[]>> = {
  matmul: (
    [
      [[3], [3]],
      [[2, 3], [3]],
      [[3], [3, 2]],
      [
        [2, 3],
        [3, 4],
      ],
      [
        [2, 2, 3],
        [3, 2],
      ],
      [
        [2, 3],
        [2, 3, 2],
      ],
      [
        [2, 1, 2, 3],
        [3, 3, 2],
      ],
      [
        [2, 3],
        [4, 3, 1],
      ],
      [
        [0, 3],
        [3, 2],
      ],
    ] as const
  ).map(([a, b]) => ({ what: `[${a}] by [${b}]`, f: core.matmul, inputs: [sample(31, a), sample(32, b)] })),
  outer: [{ what: 'two vectors', f: core.outer, inputs: [sample(33, [3]), sample(34, [2])] }],
  linear: [
    { what: 'with a bias', f: core.linear, inputs: [sample(35, [4, 3]), sample(36, [2, 3]), sample(37, [2])] },
    { what: 'without', f: (x, w) => core.linear(x, w), inputs: [sample(35, [4, 3]), sample(36, [2, 3])] },
    { what: 'a vector', f: core.linear, inputs: [sample(35, [3]), sample(36, [2, 3]), sample(37, [2])] },
    { what: 'more dimensions', f: core.linear, inputs: [sample(35, [2, 2, 3]), sample(36, [2, 3]), sample(37, [2])] },
    { what: 'an empty batch', f: core.linear, inputs: [sample(35, [0, 3]), sample(36, [2, 3]), sample(37, [2])] },
  ],
  einsum: [
    { what: 'a batched product', f: (a, b) => core.einsum('bij,bjk->bik', a, b), inputs: [sample(38, [2, 3, 2]), sample(39, [2, 2, 3])] },
    { what: 'a transposed result', f: (a, b) => core.einsum('ij,jk->ki', a, b), inputs: [sample(38, [3, 2]), sample(39, [2, 4])] },
    {
      what: 'three operands',
      f: (a, b, c) => core.einsum('i,ij,j->', a, b, c),
      inputs: [sample(38, [3]), sample(39, [3, 2]), sample(40, [2])],
    },
    { what: 'a sum', f: (a) => core.einsum('ij->j', a), inputs: [sample(38, [3, 2])] },
    { what: 'an outer product', f: (a, b) => core.einsum('i,j->ij', a, b), inputs: [sample(38, [3]), sample(39, [2])] },
    { what: 'elementwise', f: (a, b) => core.einsum('ij,ij->ij', a, b), inputs: [sample(38, [3, 2]), sample(39, [3, 2])] },
  ],
};

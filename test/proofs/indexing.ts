import * as core from '@convgrad/core';
import { type ProofCase, sample } from './case.ts';

const indices = (values: number[] | number[][]) => core.tensor(values, { dtype: 'int32' });

/** Proof cases of indexing. */
export const indexing: Readonly<Record<string, readonly ProofCase[]>> = {
  indexSelect: [{ what: 'with repeats', f: (x) => core.indexSelect(x, 1, [2, 0, 2]), inputs: [sample(61, [2, 3, 2])] }],
  indexAdd: [
    { what: 'with repeats', f: (x, s) => core.indexAdd(x, 1, [2, 0, 2], s), inputs: [sample(61, [2, 3, 2]), sample(62, [2, 3, 2])] },
  ],
  gather: [
    {
      what: 'with repeats',
      f: (x) =>
        core.gather(
          x,
          1,
          indices([
            [0, 0],
            [2, 1],
          ]),
        ),
      inputs: [sample(61, [2, 3])],
    },
  ],
  scatterAdd: [
    {
      what: 'with repeats',
      f: (x, s) =>
        core.scatterAdd(
          x,
          1,
          indices([
            [0, 0],
            [2, 1],
          ]),
          s,
        ),
      inputs: [sample(61, [2, 3]), sample(62, [2, 2])],
    },
  ],
  maskedSelect: [
    {
      what: 'some',
      f: (x) =>
        core.maskedSelect(
          x,
          core.tensor(
            [
              [1, 0, 1],
              [0, 1, 1],
            ],
            { dtype: 'uint8' },
          ),
        ),
      inputs: [sample(61, [2, 3])],
    },
  ],
};

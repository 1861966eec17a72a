import type { Tensor } from '@convgrad/core';
import * as core from '@convgrad/core';
import { type ProofCase, sample, sampleBetween, sampleDistinct } from './case.ts';

/** Where each function of one argument is smooth. */
const domains: Readonly<Record<string, readonly [number, number]>> = {
  neg: [-2, 2],
  exp: [-2, 2],
  expm1: [-2, 2],
  log: [0.2, 3],
  log1p: [-0.7, 2],
  log2: [0.2, 3],
  sqrt: [0.2, 3],
  rsqrt: [0.2, 3],
  square: [-2, 2],
  reciprocal: [0.3, 2],
  sin: [-3, 3],
  cos: [-3, 3],
  tan: [-1, 1],
  asin: [-0.8, 0.8],
  acos: [-0.8, 0.8],
  atan: [-2, 2],
  sinh: [-2, 2],
  cosh: [-2, 2],
  tanh: [-2, 2],
  sigmoid: [-3, 3],
  erf: [-2, 2],
};

const withKinks = ['abs', 'sign', 'relu', 'floor', 'ceil', 'round', 'trunc'] as const;

const functions = { ...core } as unknown as Record<string, (x: Tensor) => Tensor>;
const unaryCases: Record<string, ProofCase[]> = {};
for (const [name, [low, high]] of Object.entries(domains)) {
  const f = functions[name];
  unaryCases[name] = [
    { what: 'a matrix', f, inputs: [sample(1, [3, 4], low, high)] },
    { what: 'a scalar', f, inputs: [sample(2, [], low, high)] },
    { what: 'nothing', f, inputs: [sample(3, [0, 2], low, high)] },
  ];
}
for (const name of withKinks)
  unaryCases[name] = [{ what: 'between the kinks', f: functions[name], inputs: [sampleBetween(4, [3, 4], 0.5)] }];

/** Two arguments: equal shapes, and each way to broadcast. */
function binaryCases(f: (a: Tensor, b: Tensor) => Tensor, low: number, high: number): ProofCase[] {
  const pair = (what: string, a: number[], b: number[]): ProofCase => {
    return { what, f, inputs: [sample(5, a, low, high), sample(6, b, low + 0.01, high + 0.01)] };
  };
  return [
    pair('equal shapes', [3, 4], [3, 4]),
    pair('a row', [3, 4], [4]),
    pair('a column', [3, 1], [3, 4]),
    pair('both ways', [2, 1, 4], [3, 1]),
    pair('a scalar', [], [2, 3]),
    pair('nothing', [0, 3], [1, 3]),
  ];
}

/** Proof cases of the pointwise functions. */
export const pointwise: Readonly<Record<string, readonly ProofCase[]>> = {
  ...unaryCases,
  clamp: [
    { what: 'within and beyond the bounds', f: (x) => core.clamp(x, { min: -0.5, max: 1 }), inputs: [sampleBetween(7, [3, 4], 0.5)] },
  ],
  add: binaryCases(core.add, -2, 2),
  sub: binaryCases(core.sub, -2, 2),
  mul: [
    ...binaryCases(core.mul, -2, 2),
    { what: 'a factor of 0', f: core.mul, inputs: [core.zeros([3], { dtype: 'float64' }).requiresGrad_(), sample(8, [3])] },
  ],
  div: binaryCases(core.div, 0.4, 2),
  pow: binaryCases(core.pow, 0.4, 2),
  maximum: [{ what: 'distinct', f: core.maximum, inputs: [sampleDistinct(9, [3, 4]), sample(10, [3, 1], 0.51, 0.54)] }],
  minimum: [{ what: 'distinct', f: core.minimum, inputs: [sampleDistinct(9, [3, 4]), sample(10, [3, 1], 0.51, 0.54)] }],
  atan2: binaryCases(core.atan2, 0.4, 2),
  where: [
    {
      what: 'broadcast',
      f: (a, b) => core.where(core.tensor([[1], [0], [1]], { dtype: 'uint8' }), a, b),
      inputs: [sample(11, [4]), sample(12, [3, 1])],
    },
  ],
  maskedFill: [
    { what: 'a number', f: (x) => core.maskedFill(x, core.tensor([1, 0, 1], { dtype: 'uint8' }), 5), inputs: [sample(13, [2, 3])] },
    {
      what: 'a scalar tensor',
      f: (x, v) => core.maskedFill(x, core.tensor([1, 0, 1], { dtype: 'uint8' }), v),
      inputs: [sample(13, [2, 3]), sample(14, [])],
    },
  ],
};

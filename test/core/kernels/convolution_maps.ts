import { expect } from 'chai';
import { type ConvolutionSizes, conv, convInput, convWeight } from '../../../packages/core/src/kernels/convolution.ts';
import type { FloatDType } from '../../../packages/core/src/kernels/dtype.ts';
import { forEachRun, lengthsOf, type VisitRun } from './convolution_reference.ts';
import type { Random } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

/** The three maps of a convolution. */
export const maps = ['conv', 'convInput', 'convWeight'] as const;

/** A result, and what naive loops in float64 make of the same numbers: the sums, and the sums of the products' sizes. */
interface Compared {
  readonly got: readonly number[];
  readonly want: Float64Array;
  readonly size: Float64Array;
}

/** One of the three maps on given numbers; `bias` is one number a channel of the result, or none. */
export function compute(
  map: (typeof maps)[number],
  dtype: FloatDType,
  s: ConvolutionSizes,
  { x, weight, y, bias }: { x: readonly number[]; weight: readonly number[]; y: readonly number[]; bias?: readonly number[] },
): Compared {
  const lengths = lengthsOf(s);
  const length = { conv: lengths.y, convInput: lengths.x, convWeight: lengths.weight }[map];
  const result = room(dtype, length);
  const biasPlace = bias === undefined ? 0 : place(dtype, bias);
  if (map === 'conv') conv(dtype, place(dtype, x), place(dtype, weight), biasPlace, result, s);
  else if (map === 'convInput') convInput(dtype, place(dtype, y), place(dtype, weight), biasPlace, result, s);
  else convWeight(dtype, place(dtype, x), place(dtype, y), result, s);

  const want = new Float64Array(length);
  const size = new Float64Array(length);
  const runs: Record<(typeof maps)[number], VisitRun> = {
    conv: (i, iStep, j, jStep, k, count) => {
      for (let c = 0; c < count; c++, i += iStep, j += jStep) {
        const term = x[i] * weight[j];
        want[k] += term;
        size[k] += Math.abs(term);
      }
    },
    convInput: (i, iStep, j, jStep, k, count) => {
      for (let c = 0; c < count; c++, i += iStep, j += jStep) {
        const term = y[k] * weight[j];
        want[i] += term;
        size[i] += Math.abs(term);
      }
    },
    convWeight: (i, iStep, j, jStep, k, count) => {
      for (let c = 0; c < count; c++, i += iStep, j += jStep) {
        const term = x[i] * y[k];
        want[j] += term;
        size[j] += Math.abs(term);
      }
    },
  };
  forEachRun(s, runs[map]);
  if (bias !== undefined) {
    const channel = length / (s.batch * bias.length);
    for (let i = 0; i < length; i++) {
      const term = bias[Math.floor(i / channel) % bias.length];
      want[i] += term;
      size[i] += Math.abs(term);
    }
  }
  return { got: read(dtype, result, length), want, size };
}

/** Sums of float32 products are off by a few roundings of their terms' sizes; the sums run in blocks, so the count hardly matters. */
function expectSums({ got, want, size }: Compared, dtype: FloatDType, what: string): void {
  const tolerance = dtype === 'float32' ? 2e-6 : 1e-14;
  for (let i = 0; i < want.length; i++) {
    if (!(Math.abs(got[i] - want[i]) <= tolerance * size[i])) {
      expect.fail(`${what}: element ${i} is ${got[i]}, not ${want[i]} (sum of sizes ${size[i]})`);
    }
  }
}

/** Numbers for all three tensors. */
export function randomNumbers(random: Random, dtype: FloatDType, s: ConvolutionSizes) {
  const lengths = lengthsOf(s);
  return {
    x: random.values(dtype, lengths.x),
    weight: random.values(dtype, lengths.weight),
    y: random.values(dtype, lengths.y),
  };
}

/** Compares all three maps with naive loops. */
export function expectAllMaps(random: Random, dtype: FloatDType, s: ConvolutionSizes): void {
  clearPlaces();
  const numbers = randomNumbers(random, dtype, s);
  const what = `${dtype} ${JSON.stringify(s)}`;
  for (const map of maps) {
    const channels = map === 'conv' ? s.groups * s.outChannels : s.groups * s.inChannels;
    const bias = map !== 'convWeight' && random.chance(0.5) ? random.values(dtype, channels) : undefined;
    expectSums(compute(map, dtype, s, bias === undefined ? numbers : { ...numbers, bias }), dtype, `${map} ${what}`);
  }
}

/** Usual sizes, for others to change. */
export const plain: ConvolutionSizes = {
  batch: 2,
  groups: 1,
  inChannels: 3,
  outChannels: 4,
  inSize: [1, 8, 8],
  kernelSize: [1, 3, 3],
  outSize: [1, 8, 8],
  stride: [1, 1, 1],
  dilation: [1, 1, 1],
  padding: [0, 1, 1],
};

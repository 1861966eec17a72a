import { expect } from 'chai';
import { type ConvolutionSizes, conv, convInput, convWeight, type Triple } from '../../../packages/core/src/kernels/convolution.ts';
import type { FloatDType } from '../../../packages/core/src/kernels/dtype.ts';
import { servesInterleaved } from '../../../packages/core/src/kernels/interleaved.ts';
import { servesPlanes } from '../../../packages/core/src/kernels/planes.ts';
import { vectorLanes } from '../../../packages/core/src/kernels/vector_lanes.ts';
import { forEachRun, lengthsOf, randomSizes, type VisitRun } from './convolution_reference.ts';
import { Random } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

const maps = ['conv', 'convInput', 'convWeight'] as const;

/** A result, and what naive loops in float64 make of the same numbers: the sums, and the sums of the products' sizes. */
interface Compared {
  readonly got: readonly number[];
  readonly want: Float64Array;
  readonly size: Float64Array;
}

/** One of the three maps on given numbers; `bias` is one number a channel of the result, or none. */
function compute(
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

function randomNumbers(random: Random, dtype: FloatDType, s: ConvolutionSizes) {
  const lengths = lengthsOf(s);
  return {
    x: random.values(dtype, lengths.x),
    weight: random.values(dtype, lengths.weight),
    y: random.values(dtype, lengths.y),
  };
}

function expectAllMaps(random: Random, dtype: FloatDType, s: ConvolutionSizes): void {
  clearPlaces();
  const numbers = randomNumbers(random, dtype, s);
  const what = `${dtype} ${JSON.stringify(s)}`;
  for (const map of maps) {
    const channels = map === 'conv' ? s.groups * s.outChannels : s.groups * s.inChannels;
    const bias = map !== 'convWeight' && random.chance(0.5) ? random.values(dtype, channels) : undefined;
    expectSums(compute(map, dtype, s, bias === undefined ? numbers : { ...numbers, bias }), dtype, `${map} ${what}`);
  }
}

const plain: ConvolutionSizes = {
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

describe('kernels: convolution', () => {
  for (const dtype of ['float32', 'float64'] as const) {
    it(`agrees with naive loops for random geometries in ${dtype}`, () => {
      const random = new Random(`convolution ${dtype}`);
      for (let i = 0; i < 400; i++) expectAllMaps(random, dtype, randomSizes(random));
    });

    it(`agrees with naive loops for random depthwise geometries in ${dtype}`, () => {
      const random = new Random(`depthwise ${dtype}`);
      for (let i = 0; i < 400; i++) {
        const [one, many] = [1, random.integer(1, 8)];
        const [inChannels, outChannels] = random.chance(0.2) ? [many, one] : [one, many];
        const sizes = { ...randomSizes(random), groups: random.integer(1, 5), inChannels, outChannels };
        expect(servesPlanes({ ...sizes, kernelSize: [1, 3, 3], stride: [1, 2, 2] })).to.equal(true);
        expectAllMaps(random, dtype, sizes);
      }
    });
  }

  it('agrees with naive loops for random batches that fill vectors', () => {
    const random = new Random('interleaved');
    let served = 0;
    for (let i = 0; i < 200; i++) {
      const flat = { ...randomSizes(random), stride: plain.stride };
      const one = <T>([, height, width]: readonly [T, T, T], depth: T) => [depth, height, width] as const;
      const longest = random.chance(0.5) ? 18 : 6;
      const sizes: ConvolutionSizes = {
        ...flat,
        batch: random.chance(0.5) ? 16 * random.integer(1, 2) : random.integer(13, 35),
        inChannels: random.integer(1, 20),
        outChannels: random.integer(1, 20),
        inSize: [1, random.integer(1, longest), random.integer(1, longest)],
        kernelSize: [1, random.integer(1, 5), random.integer(1, 5)],
        outSize: [1, random.integer(1, longest), random.integer(1, longest)],
        dilation: one(flat.dilation, 1),
        padding: one(flat.padding, 0),
      };
      served += servesInterleaved('float32', sizes) ? 1 : 0;
      expectAllMaps(random, 'float32', sizes);
    }
    expect(served).to.be.at.least(vectorLanes() >= 8 ? 60 : 0);
  });

  it('agrees with naive loops for random pointwise geometries', () => {
    const random = new Random('pointwise');
    for (let i = 0; i < 60; i++) {
      const isSmall = random.chance(0.5);
      const size = [random.chance(0.1) ? 2 : 1, random.integer(1, isSmall ? 8 : 24), random.integer(1, isSmall ? 8 : 24)] as const;
      const sizes: ConvolutionSizes = {
        ...plain,
        batch: random.integer(1, isSmall ? 60 : 4),
        groups: random.chance(0.8) ? 1 : 3,
        inChannels: random.integer(1, random.chance(0.2) ? 90 : 30),
        outChannels: random.integer(1, random.chance(0.2) ? 90 : 30),
        inSize: size,
        kernelSize: [1, 1, 1],
        outSize: size,
        padding: [0, 0, 0],
      };
      expectAllMaps(random, random.chance(0.7) ? 'float32' : 'float64', sizes);
    }
  });

  it('agrees with naive loops for random geometries whose outputs keep the rows of the image', () => {
    const random = new Random('tap panels');
    for (let i = 0; i < 60; i++) {
      const axis = (longest: number) => {
        const [stride, kernelSize] = [random.integer(1, 3), random.integer(1, 4)];
        const outSize = random.integer(1, longest);
        const missing = random.chance(0.3) ? random.integer(0, stride - 1) : 0;
        const inSize = Math.max(1, outSize * stride - missing);
        return { inSize, outSize, kernelSize, stride, dilation: random.integer(1, 3), padding: random.integer(0, 3) };
      };
      const flat = { inSize: 1, outSize: 1, kernelSize: 1, stride: 1, dilation: 1, padding: 0 };
      const axes = [random.chance(0.2) ? axis(4) : flat, random.chance(0.8) ? axis(9) : flat, axis(random.chance(0.2) ? 40 : 9)];
      const triple = (name: keyof typeof flat): Triple => [axes[0][name], axes[1][name], axes[2][name]];
      const sizes: ConvolutionSizes = {
        batch: random.integer(1, random.chance(0.3) ? 30 : 3),
        groups: random.chance(0.8) ? 1 : 2,
        inChannels: random.chance(0.6) ? random.integer(24, 40) : random.integer(1, 9),
        outChannels: random.chance(0.6) ? random.integer(24, 40) : random.integer(1, 9),
        inSize: triple('inSize'),
        kernelSize: triple('kernelSize'),
        outSize: triple('outSize'),
        stride: triple('stride'),
        dilation: triple('dilation'),
        padding: triple('padding'),
      };
      expectAllMaps(random, random.chance(0.7) ? 'float32' : 'float64', sizes);
    }
  });

  const cases: Record<string, Partial<ConvolutionSizes>> = {
    'a stride larger than the kernel, which leaves inputs without a gradient': {
      kernelSize: [1, 2, 1],
      stride: [1, 5, 3],
      outSize: [1, 2, 4],
    },
    'a stride larger than the kernel in one dimension only': {
      kernelSize: [1, 2, 3],
      stride: [1, 3, 1],
      inSize: [1, 40, 30],
      outSize: [1, 14, 30],
    },
    'a kernel larger than the image': { inSize: [1, 3, 3], kernelSize: [1, 7, 7], padding: [0, 3, 3], outSize: [1, 3, 3] },
    'a dilation beyond the image, of which only the middle taps see it': {
      inSize: [1, 5, 5],
      dilation: [1, 9, 9],
      padding: [0, 9, 9],
      outSize: [1, 5, 5],
    },
    'outputs that see nothing but padding': { inSize: [1, 2, 2], padding: [0, 6, 6], outSize: [1, 12, 12] },
    'one pixel of output': { inSize: [1, 5, 5], kernelSize: [1, 5, 5], padding: [0, 0, 0], outSize: [1, 1, 1], batch: 9, outChannels: 17 },
    'a kernel as large as the image, with a border': {
      inSize: [1, 4, 4],
      kernelSize: [1, 4, 4],
      padding: [0, 1, 1],
      outSize: [1, 1, 1],
    },
    'a kernel as large as the image, of two groups': {
      groups: 2,
      inSize: [1, 4, 4],
      kernelSize: [1, 4, 4],
      padding: [0, 0, 0],
      outSize: [1, 1, 1],
    },
    'a kernel as large as the image, dilated beyond it': {
      inSize: [1, 3, 3],
      kernelSize: [1, 3, 3],
      dilation: [1, 2, 2],
      padding: [0, 0, 0],
      outSize: [1, 1, 1],
    },
    'depthwise with a stride, outputs in front of the image': {
      groups: 20,
      inChannels: 1,
      outChannels: 1,
      inSize: [1, 14, 14],
      kernelSize: [1, 3, 3],
      stride: [1, 2, 2],
      padding: [1, 1, 1],
      outSize: [1, 7, 7],
    },
    'phases, outputs in front of the image': {
      batch: 8,
      inChannels: 16,
      outChannels: 16,
      inSize: [1, 20, 20],
      kernelSize: [1, 4, 4],
      stride: [1, 2, 2],
      padding: [1, 1, 1],
      outSize: [1, 10, 10],
    },
    'a kernel as large as a volume': {
      groups: 1,
      inSize: [2, 3, 4],
      kernelSize: [2, 3, 4],
      padding: [0, 0, 0],
      outSize: [1, 1, 1],
      batch: 7,
    },
    'one pixel of input': { inSize: [1, 1, 1], kernelSize: [1, 4, 4], padding: [0, 3, 3], outSize: [1, 4, 4], inChannels: 20 },
    'an image larger than its outputs ask for (outputPadding between stride and dilation)': {
      inSize: [1, 12, 12],
      stride: [1, 2, 2],
      dilation: [1, 4, 4],
      padding: [0, 0, 0],
      outSize: [1, 1, 1],
    },
    'pointwise, in place': {
      kernelSize: [1, 1, 1],
      padding: [0, 0, 0],
      inSize: [1, 9, 11],
      outSize: [1, 9, 11],
      inChannels: 13,
      outChannels: 19,
    },
    'pointwise on planes of a power of two': { kernelSize: [1, 1, 1], padding: [0, 0, 0], inSize: [1, 32, 32], outSize: [1, 32, 32] },
    'pointwise on more outputs than a block': {
      batch: 3,
      kernelSize: [1, 1, 1],
      padding: [0, 0, 0],
      inSize: [1, 40, 44],
      outSize: [1, 40, 44],
      inChannels: 33,
      outChannels: 26,
    },
    'pointwise on many small images': {
      batch: 70,
      kernelSize: [1, 1, 1],
      padding: [0, 0, 0],
      inSize: [1, 5, 7],
      outSize: [1, 5, 7],
      inChannels: 70,
      outChannels: 41,
    },
    'pointwise with a stride': { kernelSize: [1, 1, 1], padding: [0, 0, 0], stride: [1, 2, 2], inSize: [1, 9, 9], outSize: [1, 5, 5] },
    'depthwise with a multiplier': { groups: 5, inChannels: 1, outChannels: 3, inSize: [1, 11, 13], outSize: [1, 11, 13] },
    'depthwise 5x5 on two steps and rows of no whole vectors': {
      groups: 3,
      inChannels: 1,
      outChannels: 1,
      inSize: [1, 30, 27],
      kernelSize: [1, 5, 5],
      stride: [1, 2, 2],
      padding: [0, 2, 1],
      outSize: [1, 15, 13],
    },
    'depthwise planes of rows shorter than a vector, with a multiplier': {
      batch: 5,
      groups: 3,
      inChannels: 1,
      outChannels: 2,
      inSize: [1, 7, 7],
      outSize: [1, 7, 7],
    },
    'depthwise planes of rows between half a vector and one': {
      batch: 9,
      groups: 4,
      inChannels: 1,
      outChannels: 1,
      inSize: [1, 14, 14],
      outSize: [1, 14, 14],
    },
    'depthwise planes of one column': { batch: 9, groups: 4, inChannels: 1, outChannels: 1, inSize: [1, 20, 1], outSize: [1, 20, 1] },
    'depthwise 7x7 with more columns than a walk takes': {
      batch: 16,
      groups: 3,
      inChannels: 1,
      outChannels: 1,
      inSize: [1, 20, 27],
      kernelSize: [1, 7, 7],
      padding: [0, 3, 2],
      outSize: [1, 20, 26],
    },
    'depthwise 9x4 in several walks, dilated': {
      groups: 2,
      inChannels: 1,
      outChannels: 1,
      inSize: [1, 33, 29],
      kernelSize: [1, 9, 4],
      dilation: [1, 2, 3],
      padding: [0, 7, 20],
      outSize: [1, 31, 50],
    },
    'depthwise volumes of short rows': {
      groups: 3,
      inChannels: 1,
      outChannels: 2,
      inSize: [6, 5, 5],
      kernelSize: [3, 3, 3],
      padding: [1, 1, 1],
      outSize: [6, 5, 5],
    },
    'depthwise images larger than a block': {
      batch: 1,
      groups: 2,
      inChannels: 1,
      outChannels: 1,
      inSize: [1, 150, 90],
      outSize: [1, 150, 90],
    },
    'depthwise rows longer than a block': {
      batch: 1,
      groups: 2,
      inChannels: 1,
      outChannels: 1,
      inSize: [1, 3, 2100],
      outSize: [1, 3, 2100],
    },
    'a depthwise volume in several blocks': {
      batch: 1,
      groups: 2,
      inChannels: 1,
      outChannels: 2,
      inSize: [20, 21, 22],
      kernelSize: [3, 3, 3],
      padding: [1, 1, 1],
      outSize: [20, 21, 22],
    },
    'more channels than a block': { batch: 1, inChannels: 70, outChannels: 37, inSize: [1, 9, 9], outSize: [1, 9, 9] },
    'rows longer than a block': { batch: 1, inSize: [1, 2, 1700], outSize: [1, 2, 1700] },
    'a long signal': { batch: 1, inSize: [1, 1, 5000], kernelSize: [1, 1, 9], padding: [0, 0, 4], outSize: [1, 1, 5000] },
    'a long signal of many channels': {
      batch: 2,
      inChannels: 26,
      outChannels: 29,
      inSize: [1, 1, 1300],
      kernelSize: [1, 1, 5],
      dilation: [1, 1, 3],
      padding: [0, 0, 4],
      outSize: [1, 1, 1296],
    },
    'a volume': { batch: 1, inSize: [9, 10, 11], kernelSize: [3, 3, 3], padding: [1, 1, 1], outSize: [9, 10, 11] },
    'strides and many channels': {
      batch: 3,
      groups: 2,
      inChannels: 37,
      outChannels: 26,
      inSize: [1, 19, 27],
      kernelSize: [1, 4, 3],
      stride: [1, 2, 3],
      padding: [0, 1, 2],
      outSize: [1, 9, 10],
    },
    'strides and many channels of long rows': {
      batch: 1,
      inChannels: 14,
      inSize: [1, 3, 2300],
      kernelSize: [1, 2, 5],
      stride: [1, 1, 2],
      outSize: [1, 2, 1148],
    },
    'strides and many channels of a volume': {
      batch: 2,
      inChannels: 16,
      inSize: [9, 17, 15],
      kernelSize: [3, 3, 3],
      stride: [2, 1, 2],
      dilation: [1, 2, 1],
      padding: [1, 2, 1],
      outSize: [5, 17, 8],
    },
    'strides and many channels of small images': {
      batch: 70,
      inChannels: 16,
      inSize: [1, 6, 6],
      kernelSize: [1, 2, 2],
      stride: [1, 2, 2],
      outSize: [1, 3, 3],
    },
    'blocks of rows of many images': {
      batch: 16,
      inChannels: 4,
      outChannels: 6,
      inSize: [1, 30, 20],
      kernelSize: [1, 5, 5],
      outSize: [1, 30, 20],
      padding: [0, 2, 2],
    },
    'many small images': { batch: 150, inSize: [1, 4, 4], outSize: [1, 4, 4], outChannels: 12 },
  };
  for (const [name, change] of Object.entries(cases)) {
    it(`does ${name}`, () => {
      const random = new Random(name);
      expectAllMaps(random, 'float32', { ...plain, ...change });
      expectAllMaps(random, 'float64', { ...plain, ...change });
    });
  }

  it('gives zeros or the bias for a batch of 0', () => {
    clearPlaces();
    const s = { ...plain, batch: 0 };
    const { got } = compute('convWeight', 'float32', s, { x: [], weight: new Array<number>(108).fill(1), y: [] });
    expect(got.every((value) => value === 0)).to.equal(true);
  });

  it('keeps <conv(x, w), y> = <x, convInput(y, w)> = <w, convWeight(x, y)>', () => {
    const random = new Random('adjoint');
    for (let i = 0; i < 100; i++) {
      clearPlaces();
      const s = randomSizes(random);
      const numbers = randomNumbers(random, 'float64', s);
      const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, j) => sum + value * b[j], 0);
      const forward = dot(compute('conv', 'float64', s, numbers).got, numbers.y);
      const input = dot(compute('convInput', 'float64', s, numbers).got, numbers.x);
      const weight = dot(compute('convWeight', 'float64', s, numbers).got, numbers.weight);
      const size = dot(numbers.x, numbers.x) + dot(numbers.y, numbers.y) + 1;
      expect(Math.abs(forward - input)).to.be.below(1e-11 * size);
      expect(Math.abs(forward - weight)).to.be.below(1e-11 * size);
    }
  });

  it('keeps infinities and NaN where the sums have them', () => {
    clearPlaces();
    const random = new Random('not finite');
    const s: ConvolutionSizes = { ...plain, batch: 1, inChannels: 1, outChannels: 1 };
    const numbers = randomNumbers(random, 'float32', s);
    numbers.x[0] = Number.NaN;
    numbers.x[63] = Number.POSITIVE_INFINITY;
    const { got } = compute('conv', 'float32', s, numbers);
    got.forEach((value, i) => {
      const [row, column] = [Math.floor(i / 8), i % 8];
      const touches = (row < 2 && column < 2) || (row > 5 && column > 5);
      expect(Number.isFinite(value), `output ${row}, ${column}`).to.equal(!touches);
    });
  });

  it('never sees the planes beside one', () => {
    for (const length of [7, 14, 28]) {
      clearPlaces();
      const random = new Random(`planes beside ${length}`);
      const size = [1, length, length] as const;
      const s: ConvolutionSizes = { ...plain, batch: 1, groups: 3, inChannels: 1, outChannels: 1, inSize: size, outSize: size };
      const numbers = randomNumbers(random, 'float32', s);
      const area = length * length;
      for (let i = 0; i < 3 * area; i++) {
        if (Math.floor(i / area) !== 1) numbers.x[i] = numbers.y[i] = Number.NaN;
      }
      for (const map of maps) {
        const { got } = compute(map, 'float32', s, numbers);
        const middle = got.slice(got.length / 3, (2 * got.length) / 3);
        expect(middle.every(Number.isFinite), `${map}, ${length}x${length}`).to.equal(true);
      }
    }
  });
});

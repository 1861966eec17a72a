import { expect } from 'chai';
import type { ConvolutionSizes } from '../../../packages/core/src/kernels/convolution.ts';
import { compute, expectAllMaps, maps, plain, randomNumbers } from './convolution_maps.ts';
import { randomSizes } from './convolution_reference.ts';
import { Random } from './numbers.ts';
import { clearPlaces } from './places.ts';

describe('kernels: convolution', () => {
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
    'depthwise 7x7': {
      batch: 16,
      groups: 3,
      inChannels: 1,
      outChannels: 1,
      inSize: [1, 20, 27],
      kernelSize: [1, 7, 7],
      padding: [0, 3, 2],
      outSize: [1, 20, 26],
    },
    'depthwise 7x9, more columns than a walk takes': {
      batch: 16,
      groups: 3,
      inChannels: 1,
      outChannels: 1,
      inSize: [1, 20, 27],
      kernelSize: [1, 7, 9],
      padding: [0, 3, 3],
      outSize: [1, 20, 26],
    },
    'depthwise 7x7 on two steps': {
      batch: 16,
      groups: 3,
      inChannels: 1,
      outChannels: 1,
      inSize: [1, 20, 27],
      stride: [1, 2, 2],
      kernelSize: [1, 7, 7],
      padding: [0, 3, 2],
      outSize: [1, 10, 13],
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

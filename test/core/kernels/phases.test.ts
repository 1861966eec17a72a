import { expect } from 'chai';
import type { ConvolutionSizes } from '../../../packages/core/src/kernels/convolution.ts';
import { phaseConv, phaseInput } from '../../../packages/core/src/kernels/phase_convolution.ts';
import { phaseWeight } from '../../../packages/core/src/kernels/phase_weight.ts';
import { servesPhases } from '../../../packages/core/src/kernels/phases.ts';
import { Random } from './numbers.ts';
import { expectBitsOnAnyThreads, expectThreeMaps, expectUsual, type ThreeMaps } from './three_maps.ts';

const plain: ConvolutionSizes = {
  batch: 3,
  groups: 1,
  inChannels: 16,
  outChannels: 16,
  inSize: [1, 20, 20],
  kernelSize: [1, 4, 4],
  outSize: [1, 10, 10],
  stride: [1, 2, 2],
  dilation: [1, 1, 1],
  padding: [0, 1, 1],
};

const maps: ThreeMaps = { forward: phaseConv, input: phaseInput, weight: phaseWeight };

/** Sizes that the algorithm takes: any image, any padding, outputs that end before or behind the image. */
function randomSizes(random: Random): ConvolutionSizes {
  // Along both axes several taps a phase, up to five, or along one of them or both up to three.
  const isLarge = random.chance(0.3);
  const axis = () => {
    const stride = random.integer(1, 2);
    const kernel = isLarge ? random.integer(stride + 1, 5 * stride) : random.integer(1, 3 * stride);
    const inSize = random.integer(1, random.chance(0.2) ? 50 : 18);
    const padding = random.integer(0, random.chance(0.1) ? 7 : kernel);
    const outSize = Math.max(1, Math.floor((inSize + padding - kernel + random.integer(0, random.chance(0.1) ? 9 : kernel)) / stride) + 1);
    return { inSize, padding, outSize, stride, kernel };
  };
  const [high, wide] = [axis(), axis()];
  const channels = () => random.integer(1, random.chance(0.3) ? 70 : 20);
  return {
    ...plain,
    batch: random.integer(1, random.chance(0.2) ? 12 : 3),
    inChannels: channels(),
    outChannels: channels(),
    inSize: [1, high.inSize, wide.inSize],
    kernelSize: [1, high.kernel, wide.kernel],
    outSize: [1, high.outSize, wide.outSize],
    stride: [1, high.stride, wide.stride],
    padding: [0, high.padding, wide.padding],
  };
}

describe('kernels: convolution by the phases of its stride', () => {
  it('agrees with naive loops for random sizes', () => {
    const random = new Random('phases');
    for (let i = 0; i < 90; i++) expectThreeMaps(maps, random, randomSizes(random));
  });

  const cases: Record<string, Partial<ConvolutionSizes>> = {
    'one pixel': { batch: 1, inSize: [1, 2, 2], outSize: [1, 1, 1] },
    'many images smaller than a tile': { batch: 150, inSize: [1, 6, 6], outSize: [1, 3, 3] },
    'three taps a phase': { kernelSize: [1, 6, 6], padding: [0, 2, 2] },
    'phases of two taps and of one': { kernelSize: [1, 3, 3] },
    'kernels of two without a stride': { kernelSize: [1, 2, 2], stride: [1, 1, 1], outSize: [1, 21, 21] },
    'five taps without a stride': {
      kernelSize: [1, 5, 5],
      stride: [1, 1, 1],
      inSize: [1, 13, 14],
      outSize: [1, 13, 14],
      padding: [0, 2, 2],
    },
    'four taps and five': { kernelSize: [1, 4, 5], stride: [1, 1, 1], inSize: [1, 13, 14], outSize: [1, 12, 14], padding: [0, 1, 2] },
    'five taps a phase': { kernelSize: [1, 9, 10], padding: [0, 4, 4], inSize: [1, 21, 20] },
    'a stride along one axis': { kernelSize: [1, 3, 5], stride: [1, 1, 2], inSize: [1, 9, 21], outSize: [1, 9, 11], padding: [0, 1, 2] },
    'a kernel of one row': { kernelSize: [1, 1, 3], stride: [1, 1, 1], inSize: [1, 11, 13], outSize: [1, 11, 13], padding: [0, 0, 1] },
    'a kernel of one column': { kernelSize: [1, 3, 1], stride: [1, 1, 1], inSize: [1, 11, 13], outSize: [1, 11, 13], padding: [0, 1, 0] },
    'a kernel of one row with a stride': { kernelSize: [1, 1, 4], stride: [1, 1, 2], inSize: [1, 5, 26], outSize: [1, 5, 13] },
    'signals of one dimension': { kernelSize: [1, 1, 3], stride: [1, 1, 1], inSize: [1, 1, 200], outSize: [1, 1, 200], padding: [0, 0, 1] },
    'more padding than the kernel is large': { inSize: [1, 3, 3], padding: [0, 9, 8], outSize: [1, 12, 11] },
    'an image that is larger than its outputs ask for': { inSize: [1, 47, 43], outSize: [1, 5, 6] },
    'rows of many tiles': { batch: 1, inSize: [1, 6, 300], outSize: [1, 3, 150] },
    'more channels than are summed at a time, and several panels of them': { batch: 1, inChannels: 150, outChannels: 141 },
    'fewer tiles than rows, in several blocks': { batch: 20, inChannels: 70, outChannels: 20, inSize: [1, 18, 14], outSize: [1, 9, 7] },
    'several blocks and chunks of tiles': { batch: 60, inChannels: 12, outChannels: 13, inSize: [1, 23, 21], outSize: [1, 11, 10] },
  };
  for (const [name, change] of Object.entries(cases)) {
    it(`does ${name}`, () => expectThreeMaps(maps, new Random(name), { ...plain, ...change }));
  }

  it('is what float32 convolutions of its sizes run, to the bit', () => {
    const s: ConvolutionSizes = { ...plain, batch: 8 };
    expect(servesPhases('float32', s)).to.equal(true);
    expectUsual(maps, s);
  });

  it('gives the same bits with any number of threads', () => {
    expectBitsOnAnyThreads(maps, { ...plain, batch: 9, inChannels: 40, outChannels: 70, inSize: [1, 26, 26], outSize: [1, 13, 13] });
  });

  it('does not serve other kernels, strides, groups, dtypes, or too little work', () => {
    const sizes: ConvolutionSizes = { ...plain, batch: 8 };
    expect(servesPhases('float32', sizes)).to.equal(true);
    expect(servesPhases('float64', sizes)).to.equal(false);
    const line: Partial<ConvolutionSizes> = {
      kernelSize: [1, 1, 3],
      stride: [1, 1, 1],
      outSize: [1, 20, 20],
      inChannels: 48,
      outChannels: 48,
    };
    expect(servesPhases('float32', { ...sizes, ...line })).to.equal(true);
    expect(servesPhases('float32', { ...sizes, ...line, batch: 2 })).to.equal(false);
    expect(servesPhases('float32', { ...sizes, ...line, inChannels: 12 })).to.equal(false);
    const square: Partial<ConvolutionSizes> = { stride: [1, 1, 1], outSize: [1, 20, 20], padding: [0, 2, 2] };
    expect(servesPhases('float32', { ...sizes, ...square, kernelSize: [1, 5, 5] })).to.equal(true);
    expect(servesPhases('float32', { ...sizes, ...square, kernelSize: [1, 6, 6] })).to.equal(false);
    expect(servesPhases('float32', { ...sizes, ...line, kernelSize: [1, 1, 5] })).to.equal(false);
    const others: Partial<ConvolutionSizes>[] = [
      { kernelSize: [1, 7, 7] },
      { kernelSize: [1, 2, 2] },
      { kernelSize: [2, 4, 4] },
      { stride: [1, 3, 2] },
      { dilation: [1, 2, 1] },
      { groups: 2 },
      { padding: [1, 1, 1] },
      { inChannels: 4, outChannels: 5 },
      { inChannels: 512, outChannels: 512 },
      { batch: 0 },
      { inSize: [1, 12, 12], outSize: [1, 6, 6] },
    ];
    for (const change of others) expect(servesPhases('float32', { ...sizes, ...change }), JSON.stringify(change)).to.equal(false);
  });
});

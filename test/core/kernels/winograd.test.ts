import { expect } from 'chai';
import type { ConvolutionSizes } from '../../../packages/core/src/kernels/convolution.ts';
import { vectorLanes } from '../../../packages/core/src/kernels/vector_lanes.ts';
import {
  servesWinograd,
  servesWinogradWeight,
  winogradConv,
  winogradInput,
  winogradWeight,
} from '../../../packages/core/src/kernels/winograd.ts';
import { Random } from './numbers.ts';
import { expectBitsOnAnyThreads, expectThreeMaps, expectUsual, type ThreeMaps } from './three_maps.ts';

const plain: ConvolutionSizes = {
  batch: 2,
  groups: 1,
  inChannels: 16,
  outChannels: 16,
  inSize: [1, 8, 8],
  kernelSize: [1, 3, 3],
  outSize: [1, 8, 8],
  stride: [1, 1, 1],
  dilation: [1, 1, 1],
  padding: [0, 1, 1],
};

const maps: ThreeMaps = { forward: winogradConv, input: winogradInput, weight: winogradWeight };

/** Sizes that Winograd's form takes: any image, any padding, outputs that end before or behind the image. */
function randomSizes(random: Random): ConvolutionSizes {
  const axis = () => {
    const inSize = random.integer(1, random.chance(0.2) ? 40 : 14);
    const dilation = random.chance(0.6) ? 1 : random.integer(1, random.chance(0.2) ? 9 : 3);
    const padding = random.integer(0, random.chance(0.1) ? 7 : 2 * dilation);
    const outSize = Math.max(1, inSize + padding - 2 * dilation + random.integer(0, random.chance(0.1) ? 7 : 2 * dilation));
    return { inSize, padding, outSize, dilation };
  };
  const [high, wide] = [axis(), axis()];
  const deep = () => {
    const [inSize, taps, dilation] = [random.integer(1, 5), random.integer(1, 4), random.integer(1, 2)];
    const padding = random.integer(0, (taps - 1) * dilation);
    const outSize = Math.max(1, inSize + padding - (taps - 1) * dilation + random.integer(0, 3));
    return { inSize, padding, outSize, dilation, taps };
  };
  const depth = random.chance(0.6) ? { inSize: 1, padding: 0, outSize: 1, dilation: 1, taps: 1 } : deep();
  const channels = () => random.integer(12, random.chance(0.3) ? 45 : 20);
  return {
    ...plain,
    batch: random.integer(1, random.chance(0.2) ? 12 : 3),
    inChannels: channels(),
    outChannels: channels(),
    inSize: [depth.inSize, high.inSize, wide.inSize],
    kernelSize: [depth.taps, 3, 3],
    outSize: [depth.outSize, high.outSize, wide.outSize],
    dilation: [depth.dilation, high.dilation, wide.dilation],
    padding: [depth.padding, high.padding, wide.padding],
  };
}

describe('kernels: Winograd', () => {
  it('agrees with naive loops for random sizes', () => {
    const random = new Random('winograd');
    for (let i = 0; i < 60; i++) expectThreeMaps(maps, random, randomSizes(random));
  });

  const cases: Record<string, Partial<ConvolutionSizes>> = {
    'one image smaller than a tile': { batch: 1, inSize: [1, 2, 3], outSize: [1, 2, 3] },
    'one pixel': { batch: 1, inSize: [1, 1, 1], outSize: [1, 1, 1] },
    'many images smaller than a tile': { batch: 150, inSize: [1, 3, 3], outSize: [1, 3, 3] },
    'no padding': { inSize: [1, 18, 14], outSize: [1, 16, 12], padding: [0, 0, 0] },
    'outputs that see nothing but padding': { inSize: [1, 2, 2], padding: [0, 9, 9], outSize: [1, 20, 20] },
    'an image that is larger than its outputs ask for': { inSize: [1, 17, 19], outSize: [1, 5, 6] },
    'a dilation, as several images': { dilation: [1, 2, 3], inSize: [1, 21, 30], outSize: [1, 21, 30], padding: [0, 2, 3] },
    'a dilation beyond the image': { dilation: [1, 9, 7], inSize: [1, 5, 6], outSize: [1, 5, 6], padding: [0, 9, 7] },
    'one or two rows and columns behind whole tiles': { batch: 5, inSize: [1, 14, 13], outSize: [1, 14, 13] },
    'short tiles alone, and none that is short both ways': { batch: 9, inSize: [1, 12, 2], outSize: [1, 12, 2] },
    'images by dilation that end in whole tiles and in short ones': {
      dilation: [1, 2, 2],
      inSize: [1, 17, 18],
      outSize: [1, 17, 18],
      padding: [0, 2, 2],
    },
    'three rows and columns behind whole tiles': { batch: 6, inSize: [1, 7, 11], outSize: [1, 7, 11] },
    'three rows and two columns behind whole tiles': { batch: 6, inSize: [1, 7, 14], outSize: [1, 7, 14] },
    'one row and three columns behind whole tiles': { batch: 6, inSize: [1, 13, 7], outSize: [1, 13, 7] },
    'short tiles of three rows alone': { batch: 9, inSize: [1, 3, 3], outSize: [1, 3, 3] },
    'images by dilation of which the longer end in tiles of three, the shorter of two': {
      dilation: [1, 2, 2],
      inSize: [1, 13, 21],
      outSize: [1, 13, 21],
      padding: [0, 2, 2],
    },
    'short tiles of fewer than rows': { batch: 3, inChannels: 40, outChannels: 70, inSize: [1, 6, 9], outSize: [1, 6, 9] },
    'rows of many tiles': { batch: 1, inSize: [1, 5, 300], outSize: [1, 5, 300] },
    'more channels than are summed at a time': { batch: 1, inChannels: 270, outChannels: 16 },
    'more channels than a block, and several shares of them': {
      batch: 1,
      inChannels: 17,
      outChannels: 261,
      inSize: [1, 6, 6],
      outSize: [1, 6, 6],
    },
    'fewer tiles than rows, in several blocks, and more channels than it transforms the weights of at a time': {
      batch: 20,
      inChannels: 70,
      outChannels: 90,
      inSize: [1, 7, 5],
      outSize: [1, 7, 5],
    },
    'rows of few channels, some of them at a time': { inChannels: 12, outChannels: 101, inSize: [1, 29, 30], outSize: [1, 29, 30] },
    'more channels than are summed at a time, whose sums lie where inputs were': {
      batch: 8,
      inChannels: 270,
      inSize: [1, 12, 12],
      outSize: [1, 12, 12],
    },
    'shares of the rows, some of them at a time': { inChannels: 12, outChannels: 200, inSize: [1, 40, 40], outSize: [1, 40, 40] },
    'shares of the rows, each of which transforms the inputs': {
      inChannels: 13,
      outChannels: 130,
      inSize: [1, 29, 34],
      outSize: [1, 29, 34],
    },
    'a volume': { inSize: [4, 8, 9], kernelSize: [3, 3, 3], outSize: [4, 8, 9], padding: [1, 1, 1] },
    'slices one by one': { inSize: [4, 8, 9], outSize: [4, 8, 9] },
    'taps along the depth that lie apart, outside, or beyond the channels of a vector': {
      inChannels: 21,
      outChannels: 13,
      inSize: [3, 6, 6],
      kernelSize: [4, 3, 3],
      outSize: [6, 6, 6],
      dilation: [2, 1, 1],
      padding: [5, 1, 1],
    },
    'several blocks and chunks of tiles': { batch: 40, inChannels: 12, outChannels: 13, inSize: [1, 11, 10], outSize: [1, 11, 10] },
  };
  for (const [name, change] of Object.entries(cases)) {
    it(`does ${name}`, () => expectThreeMaps(maps, new Random(name), { ...plain, ...change }));
  }

  it('is what float32 convolutions of its sizes run, to the bit', () => {
    const s: ConvolutionSizes = { ...plain, batch: 4 };
    expect(servesWinograd('float32', s)).to.equal(true);
    expectUsual(maps, s);
  });

  it('gives the same bits with any number of threads', () => {
    expectBitsOnAnyThreads(maps, { ...plain, batch: 9, inChannels: 40, outChannels: 70, inSize: [1, 13, 13], outSize: [1, 13, 13] });
  });

  it('does not serve other kernels, strides, groups, dtypes, or an empty batch', () => {
    const sizes: ConvolutionSizes = { ...plain, batch: 8 };
    expect(servesWinograd('float32', sizes)).to.equal(true);
    expect(servesWinograd('float64', sizes)).to.equal(false);
    const others: Partial<ConvolutionSizes>[] = [
      { kernelSize: [1, 3, 1] },
      { stride: [1, 2, 1] },
      { stride: [2, 1, 1] },
      { groups: 2 },
      { inChannels: 4 },
      { outChannels: 4 },
      { batch: 0 },
      { batch: 1, inSize: [1, 4, 4], outSize: [1, 4, 4] },
    ];
    for (const change of others) expect(servesWinograd('float32', { ...sizes, ...change }), JSON.stringify(change)).to.equal(false);
  });

  it('serves images of a few places, but not for the gradient by the weight, nor where interleaving does', () => {
    const sizes: ConvolutionSizes = { ...plain, batch: 64, inChannels: 64, outChannels: 64 };
    for (const size of [1, 2, 28] as const) {
      const row: ConvolutionSizes = { ...sizes, inSize: [1, 1, size], outSize: [1, 1, size] };
      expect(servesWinograd('float32', row), `${size}`).to.equal(true);
      expect(servesWinogradWeight('float32', row), `${size}`).to.equal(vectorLanes() === 4 && size === 28);
    }
    for (const size of [4, 6, 7, 14] as const) {
      const image: ConvolutionSizes = { ...sizes, inSize: [1, size, size], outSize: [1, size, size] };
      expect(servesWinogradWeight('float32', image), `${size}`).to.equal(true);
    }
    const few: ConvolutionSizes = { ...sizes, inChannels: 16, outChannels: 16, inSize: [1, 2, 2], outSize: [1, 2, 2] };
    expect(servesWinograd('float32', few)).to.equal(vectorLanes() === 4);
  });

  it('counts the products of images that a dilation makes', () => {
    const sizes = (out: number): ConvolutionSizes => ({
      ...plain,
      batch: 64,
      inChannels: 64,
      outChannels: 64,
      dilation: [1, 2, 2],
      inSize: [1, out, out],
      outSize: [1, out, out],
    });
    // 4 images of 4x4 with 36 products each; 4 of 1x1, with 16.
    expect(servesWinogradWeight('float32', sizes(8))).to.equal(true);
    expect(servesWinogradWeight('float32', sizes(2))).to.equal(false);
  });
});

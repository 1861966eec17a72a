import { expect } from 'chai';
import { type ConvolutionSizes, convWeight } from '../../../packages/core/src/kernels/convolution.ts';
import { servesThinWeight, servesThinWinograd, thinConv, thinInput, thinWeight } from '../../../packages/core/src/kernels/thin_winograd.ts';
import { Random } from './numbers.ts';
import { expectBitsOnAnyThreads, expectThreeMaps, expectUsual, type ThreeMaps } from './three_maps.ts';

const plain: ConvolutionSizes = {
  batch: 2,
  groups: 3,
  inChannels: 4,
  outChannels: 4,
  inSize: [1, 8, 8],
  kernelSize: [1, 3, 3],
  outSize: [1, 8, 8],
  stride: [1, 1, 1],
  dilation: [1, 1, 1],
  padding: [0, 1, 1],
};

const maps: ThreeMaps = { forward: thinConv, input: thinInput, weight: thinWeight };

/** Sizes that this form takes: any image, outputs that end before or behind the image. */
function randomSizes(random: Random): ConvolutionSizes {
  const axis = () => {
    const inSize = random.integer(1, random.chance(0.3) ? 70 : 14);
    const padding = random.integer(0, 2);
    return { inSize, padding, outSize: Math.max(1, inSize + padding - 2 + random.integer(0, 2)) };
  };
  const [high, wide] = [axis(), axis()];
  const channels = () => random.integer(1, random.chance(0.3) ? 35 : 10);
  return {
    ...plain,
    batch: random.integer(1, random.chance(0.2) ? 12 : 4),
    groups: random.integer(1, 4),
    inChannels: channels(),
    outChannels: channels(),
    inSize: [1, high.inSize, wide.inSize],
    outSize: [1, high.outSize, wide.outSize],
    padding: [0, high.padding, wide.padding],
  };
}

describe('kernels: thin Winograd', () => {
  it('agrees with naive loops for random sizes', () => {
    const random = new Random('thin winograd');
    for (let i = 0; i < 60; i++) expectThreeMaps(maps, random, randomSizes(random));
  });

  const cases: Record<string, Partial<ConvolutionSizes>> = {
    'one pixel': { batch: 1, inSize: [1, 1, 1], outSize: [1, 1, 1] },
    'many images smaller than a tile': { batch: 150, inSize: [1, 3, 3], outSize: [1, 3, 3] },
    'no padding': { inSize: [1, 18, 14], outSize: [1, 16, 12], padding: [0, 0, 0] },
    'outputs that see more padding than image': { inSize: [1, 2, 2], padding: [0, 2, 2], outSize: [1, 4, 4] },
    'rows of many tiles': { batch: 1, inSize: [1, 5, 700], outSize: [1, 5, 700] },
    'more rows than are multiplied at a time': { inChannels: 5, outChannels: 37 },
    'one channel': { groups: 1, inChannels: 1, outChannels: 1 },
  };
  for (const [name, change] of Object.entries(cases)) {
    it(`does ${name}`, () => expectThreeMaps(maps, new Random(name), { ...plain, ...change }));
  }

  it('is what float32 convolutions of its sizes run, to the bit', () => {
    const s: ConvolutionSizes = { ...plain, batch: 4, inChannels: 8, outChannels: 8, inSize: [1, 28, 28], outSize: [1, 28, 28] };
    expect(servesThinWinograd('float32', s)).to.equal(true);
    const usualWeight: ThreeMaps['weight'] = (...args) => convWeight('float32', ...args);
    expectUsual(servesThinWeight('float32', s) ? maps : { ...maps, weight: usualWeight }, s);
  });

  it('does not serve other kernels, strides, dilations, dtypes, too few or many channels, images that fill few tiles, or an empty batch', () => {
    const sizes: ConvolutionSizes = { ...plain, inSize: [1, 28, 28], outSize: [1, 28, 28] };
    expect(servesThinWinograd('float32', sizes)).to.equal(true);
    expect(servesThinWinograd('float64', sizes)).to.equal(false);
    const others: Partial<ConvolutionSizes>[] = [
      { kernelSize: [1, 3, 1] },
      { kernelSize: [3, 3, 3] },
      { stride: [1, 2, 1] },
      { dilation: [1, 1, 2] },
      { padding: [0, 3, 1] },
      { inChannels: 3 },
      { outChannels: 65 },
      { inSize: [1, 9, 9], outSize: [1, 9, 9] },
      { inSize: [1, 25, 28] },
      { batch: 0 },
    ];
    for (const change of others) expect(servesThinWinograd('float32', { ...sizes, ...change }), JSON.stringify(change)).to.equal(false);
  });

  it('gives the same bits with any number of threads', () => {
    expectBitsOnAnyThreads(maps, { ...plain, batch: 9, inChannels: 8, outChannels: 7, inSize: [1, 29, 28], outSize: [1, 29, 28] });
  });
});

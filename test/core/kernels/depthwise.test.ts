import { expect } from 'chai';
import type { ConvolutionSizes } from '../../../packages/core/src/kernels/convolution.ts';
import { depthwiseConv, depthwiseInput, depthwiseWeight, servesDepthwise } from '../../../packages/core/src/kernels/depthwise.ts';
import { vectorLanes } from '../../../packages/core/src/kernels/vector_lanes.ts';
import { Random } from './numbers.ts';
import { expectBitsOnAnyThreads, expectThreeMaps, expectUsual, type ThreeMaps } from './three_maps.ts';

const plain: ConvolutionSizes = {
  batch: 3,
  groups: 20,
  inChannels: 1,
  outChannels: 1,
  inSize: [1, 14, 14],
  kernelSize: [1, 3, 3],
  outSize: [1, 7, 7],
  stride: [1, 2, 2],
  dilation: [1, 1, 1],
  padding: [0, 1, 1],
};

const maps: ThreeMaps = { forward: depthwiseConv, input: depthwiseInput, weight: depthwiseWeight };

/** Any depthwise convolution of images: outputs that end before or behind the image, strides and dilations of any kind. */
function randomSizes(random: Random): ConvolutionSizes {
  const axis = () => {
    const [inSize, kernel] = [random.integer(1, random.chance(0.2) ? 40 : 12), random.integer(1, random.chance(0.2) ? 7 : 3)];
    const [stride, dilation] = [random.integer(1, random.chance(0.2) ? 4 : 2), random.chance(0.7) ? 1 : random.integer(2, 3)];
    const padding = random.integer(0, random.chance(0.1) ? 7 : (kernel - 1) * dilation);
    const whole = Math.floor((inSize + 2 * padding - (kernel - 1) * dilation - 1) / stride) + 1;
    return { inSize, kernel, stride, dilation, padding, outSize: Math.max(1, whole + (random.chance(0.2) ? random.integer(-1, 2) : 0)) };
  };
  const [high, wide] = [axis(), axis()];
  return {
    ...plain,
    batch: random.integer(1, random.chance(0.2) ? 20 : 4),
    groups: random.integer(1, 40),
    inSize: [1, high.inSize, wide.inSize],
    kernelSize: [1, high.kernel, wide.kernel],
    outSize: [1, high.outSize, wide.outSize],
    stride: [1, high.stride, wide.stride],
    dilation: [1, high.dilation, wide.dilation],
    padding: [0, high.padding, wide.padding],
  };
}

describe('kernels: depthwise convolution with vectors over channels', () => {
  it('agrees with naive loops for random sizes', () => {
    const random = new Random('depthwise');
    for (let i = 0; i < 100; i++) expectThreeMaps(maps, random, randomSizes(random));
  });

  it('does taps of one more than are summed at a time, and more images than parts', () => {
    expectThreeMaps(maps, new Random('parts'), {
      ...plain,
      batch: 40,
      groups: 70,
      kernelSize: [1, 3, 3],
      inSize: [1, 20, 20],
      outSize: [1, 10, 10],
    });
    expectThreeMaps(maps, new Random('more taps'), { ...plain, kernelSize: [1, 5, 1], padding: [0, 2, 0] });
  });

  it('is what float32 convolutions of its sizes run, to the bit', () => {
    expect(servesDepthwise('float32', plain)).to.equal(true);
    expectUsual(maps, plain);
  });

  it('gives the same bits with any number of threads', () => {
    expectBitsOnAnyThreads(maps, { ...plain, batch: 19, groups: 100 });
  });

  it('does not serve long rows without a stride, large images, other groups or dtypes', () => {
    expect(servesDepthwise('float64', plain)).to.equal(false);
    const others: Partial<ConvolutionSizes>[] = [
      { stride: [1, 1, 1], outSize: [1, 14, 14] },
      { inSize: [1, 500, 500], outSize: [1, 250, 250] },
      { outChannels: 2 },
      { groups: 1 },
      { kernelSize: [2, 3, 3] },
      { padding: [1, 1, 1] },
    ];
    for (const change of others) expect(servesDepthwise('float32', { ...plain, ...change }), JSON.stringify(change)).to.equal(false);
    for (const [size, serves] of [
      [3, true],
      [7, vectorLanes() === 4],
      [9, false],
    ] as const) {
      const image: Partial<ConvolutionSizes> = { stride: [1, 1, 1], inSize: [1, size, size], outSize: [1, size, size] };
      expect(servesDepthwise('float32', { ...plain, ...image }), `${size}`).to.equal(serves);
    }
  });
});

import { expect } from 'chai';
import type { ConvolutionSizes, Triple } from '../../../packages/core/src/kernels/convolution.ts';
import { servesInterleaved } from '../../../packages/core/src/kernels/interleaved.ts';
import { servesPlanes } from '../../../packages/core/src/kernels/planes.ts';
import { vectorLanes } from '../../../packages/core/src/kernels/vector_lanes.ts';
import { expectAllMaps, plain } from './convolution_maps.ts';
import { randomSizes } from './convolution_reference.ts';
import { Random } from './numbers.ts';

describe('kernels: random convolutions', () => {
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
});

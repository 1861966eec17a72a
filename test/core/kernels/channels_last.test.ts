import { expect } from 'chai';
import {
  channelsLastConv,
  channelsLastInput,
  servesChannelsLast,
  servesChannelsLastInput,
} from '../../../packages/core/src/kernels/channels_last.ts';
import { type ConvolutionSizes, convWeight } from '../../../packages/core/src/kernels/convolution.ts';
import { directWeight } from '../../../packages/core/src/kernels/direct_convolution.ts';
import { Random } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';
import { expectBitsOnAnyThreads, expectThreeMaps, expectUsual, type ThreeMaps } from './three_maps.ts';

const plain: ConvolutionSizes = {
  batch: 2,
  groups: 1,
  inChannels: 16,
  outChannels: 16,
  inSize: [1, 8, 8],
  kernelSize: [1, 3, 3],
  outSize: [1, 4, 4],
  stride: [1, 2, 2],
  dilation: [1, 1, 1],
  padding: [0, 1, 1],
};

const maps: ThreeMaps = {
  forward: channelsLastConv,
  input: channelsLastInput,
  weight: (x, gradOutput, weight, sizes) => directWeight('float32', x, gradOutput, weight, sizes),
};

/** Sizes of any convolution of one group: outputs that end before or behind the image, strides and dilations of any kind. */
function randomSizes(random: Random): ConvolutionSizes {
  const axis = (longest: number) => {
    const [inSize, taps] = [random.integer(1, longest), random.integer(1, random.chance(0.2) ? 7 : 3)];
    const [stride, dilation] = [random.integer(1, random.chance(0.2) ? 4 : 2), random.chance(0.7) ? 1 : random.integer(2, 3)];
    const padding = random.integer(0, random.chance(0.1) ? 7 : (taps - 1) * dilation);
    const whole = Math.floor((inSize + 2 * padding - (taps - 1) * dilation - 1) / stride) + 1;
    return { inSize, taps, stride, dilation, padding, outSize: Math.max(1, whole + (random.chance(0.2) ? random.integer(-1, 2) : 0)) };
  };
  const deep = { inSize: 1, taps: 1, stride: 1, dilation: 1, padding: 0, outSize: 1 };
  const axes = [random.chance(0.7) ? deep : axis(4), axis(random.chance(0.2) ? 20 : 9), axis(random.chance(0.2) ? 20 : 9)];
  const triple = (key: keyof typeof deep) => [axes[0][key], axes[1][key], axes[2][key]] as const;
  const channels = () => random.integer(1, random.chance(0.3) ? 60 : 20);
  return {
    batch: random.integer(1, random.chance(0.2) ? 20 : 4),
    groups: 1,
    inChannels: channels(),
    outChannels: channels(),
    inSize: triple('inSize'),
    kernelSize: triple('taps'),
    outSize: triple('outSize'),
    stride: triple('stride'),
    dilation: triple('dilation'),
    padding: triple('padding'),
  };
}

describe('kernels: convolution with vectors over channels', () => {
  it('agrees with naive loops for random sizes', () => {
    const random = new Random('channels last');
    for (let i = 0; i < 80; i++) expectThreeMaps(maps, random, randomSizes(random));
  });

  const cases: Record<string, Partial<ConvolutionSizes>> = {
    'one place': { batch: 1, inSize: [1, 1, 1], outSize: [1, 1, 1] },
    'pointwise on tiny images': {
      batch: 30,
      inChannels: 40,
      kernelSize: [1, 1, 1],
      inSize: [1, 2, 2],
      outSize: [1, 2, 2],
      stride: [1, 1, 1],
      padding: [0, 0, 0],
    },
    'phases that no tap reaches': { kernelSize: [1, 1, 1], stride: [1, 2, 3], padding: [0, 0, 0], inSize: [1, 7, 8], outSize: [1, 4, 3] },
    'a stride and a dilation that have a divisor': {
      stride: [1, 2, 4],
      dilation: [1, 4, 2],
      inSize: [1, 19, 20],
      outSize: [1, 6, 5],
      padding: [0, 2, 1],
    },
    'more terms than are gathered at a time, in several blocks': { batch: 33, inChannels: 130, outChannels: 20 },
    'more rows than a share': { batch: 5, inChannels: 20, outChannels: 330 },
    'more rows than sums are kept of': {
      batch: 3,
      inChannels: 13,
      outChannels: 1040,
      kernelSize: [1, 1, 2],
      outSize: [1, 4, 4],
      padding: [0, 0, 0],
    },
    'a volume': { inSize: [5, 6, 7], kernelSize: [3, 2, 3], outSize: [3, 3, 4], stride: [2, 2, 2], padding: [1, 0, 1] },
  };
  for (const [name, change] of Object.entries(cases)) {
    it(`does ${name}`, () => expectThreeMaps(maps, new Random(name), { ...plain, ...change }));
  }

  it('gives the same bits with any number of threads', () => {
    expectBitsOnAnyThreads(maps, { ...plain, batch: 40, inChannels: 70, outChannels: 110 });
    const empty: Partial<ConvolutionSizes> = { kernelSize: [1, 1, 1], stride: [1, 3, 2], padding: [0, 0, 0] };
    expectBitsOnAnyThreads(maps, { ...plain, ...empty, batch: 3, inChannels: 200, outChannels: 40, inSize: [1, 9, 7], outSize: [1, 3, 4] });
  });

  it('keeps an infinity to the outputs that read it', () => {
    clearPlaces();
    const sizes: ConvolutionSizes = { ...plain, batch: 3, inChannels: 17, outChannels: 5 };
    const [image, outputs] = [sizes.inChannels * 64, 16];
    const x = place(
      'float32',
      Array.from({ length: sizes.batch * image }, (_, i) => (i === image + 16 * 64 + 9 ? Number.POSITIVE_INFINITY : 1)),
    );
    const weight = place(
      'float32',
      Array.from({ length: sizes.outChannels * sizes.inChannels * 9 }, () => 1),
    );
    const y = room('float32', sizes.batch * sizes.outChannels * outputs);
    channelsLastConv(x, weight, 0, y, sizes);
    // Place (1, 1) of the last channel of the second image: read by outputs (0, 0), (0, 1), (1, 0) and (1, 1).
    const reading = new Set([0, 1, 4, 5]);
    read('float32', y, sizes.batch * sizes.outChannels * outputs).forEach((value, i) => {
      const isReading = Math.floor(i / (sizes.outChannels * outputs)) === 1 && reading.has(i % outputs);
      expect(value === Number.POSITIVE_INFINITY, `${i}`).to.equal(isReading);
      expect(value, `${i}`).to.not.be.NaN;
    });
  });

  it('is what float32 convolutions of its sizes run, to the bit', () => {
    const sizes: ConvolutionSizes = { ...plain, batch: 5, inChannels: 40, outChannels: 50, inSize: [1, 6, 6], outSize: [1, 3, 3] };
    expect(servesChannelsLast('float32', sizes)).to.equal(true);
    expect(servesChannelsLastInput('float32', sizes)).to.equal(true);
    expectUsual({ ...maps, weight: (x, gradOutput, weight, s) => convWeight('float32', x, gradOutput, weight, s) }, sizes);
  });

  it('serves few outputs an image or short rows, of one group in float32, and strides of few phases', () => {
    const sizes: ConvolutionSizes = { ...plain, batch: 5, inChannels: 40, outChannels: 50, inSize: [1, 6, 6], outSize: [1, 3, 3] };
    const never: Partial<ConvolutionSizes>[] = [
      { groups: 2 },
      { batch: 0 },
      { inChannels: 11, outChannels: 11 },
      { inSize: [1, 16, 16], outSize: [1, 8, 8] },
      { kernelSize: [1, 1, 1], inSize: [1, 8, 8], outSize: [1, 4, 4] },
      { inSize: [1, 90, 90], stride: [1, 40, 40] },
    ];
    for (const change of never) {
      expect(servesChannelsLast('float32', { ...sizes, ...change }), JSON.stringify(change)).to.equal(false);
      expect(servesChannelsLastInput('float32', { ...sizes, ...change }), JSON.stringify(change)).to.equal(false);
    }
    expect(servesChannelsLast('float64', sizes)).to.equal(false);
    expect(servesChannelsLast('float32', { ...sizes, inSize: [1, 30, 14], outSize: [1, 15, 7] })).to.equal(true);
    // Of four phases three have no taps.
    const sparse: Partial<ConvolutionSizes> = { dilation: [1, 2, 2], padding: [0, 2, 2] };
    expect(servesChannelsLastInput('float32', { ...sizes, ...sparse, inSize: [1, 6, 6] })).to.equal(false);
    expect(servesChannelsLastInput('float32', { ...sizes, ...sparse, inSize: [1, 4, 4], outSize: [1, 2, 2] })).to.equal(true);
  });
});

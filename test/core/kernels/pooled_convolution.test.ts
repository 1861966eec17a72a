import { expect } from 'chai';
import { type ConvolutionSizes, conv, convInput, convWeight } from '../../../packages/core/src/kernels/convolution.ts';
import type { FloatDType } from '../../../packages/core/src/kernels/dtype.ts';
import { maxPoolPairs, maxPoolPairsGrad, maxPoolPairsSum, type PoolWindows } from '../../../packages/core/src/kernels/pool.ts';
import { convInputPooled, convReluPool, convWeightPooled, pooledMaps } from '../../../packages/core/src/kernels/pooled_convolution.ts';
import { vectorLanes } from '../../../packages/core/src/kernels/vector_lanes.ts';
import { sizeOf } from '../../../packages/core/src/shape.ts';
import { expectSameOnAnyThreads } from './any_threads.ts';
import { lengthsOf, randomSizes } from './convolution_reference.ts';
import { expectEqual, Random } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

const plain: ConvolutionSizes = {
  batch: 3,
  groups: 1,
  inChannels: 16,
  outChannels: 16,
  inSize: [1, 10, 10],
  kernelSize: [1, 3, 3],
  outSize: [1, 10, 10],
  stride: [1, 1, 1],
  dilation: [1, 1, 1],
  padding: [0, 1, 1],
};

/** Windows of 2x2 over the result of a convolution; what fills none is left out. */
function windowsOver({ batch, groups, outChannels, outSize }: ConvolutionSizes): PoolWindows {
  return {
    planes: batch * groups * outChannels,
    inSize: outSize,
    kernelSize: [1, 2, 2],
    outSize: [outSize[0], outSize[1] >> 1, outSize[2] >> 1],
    stride: [1, 2, 2],
    dilation: [1, 1, 1],
    padding: [0, 0, 0],
  };
}

function hasWindows({ outSize }: ConvolutionSizes): boolean {
  return Math.min(outSize[1], outSize[2]) >= 2;
}

/** Compares the maps that go together with a pooling with what they are made of, to the bit; returns their results. */
function expectPooled(random: Random, dtype: FloatDType, s: ConvolutionSizes): readonly number[][] {
  clearPlaces();
  const windows = windowsOver(s);
  const maps = pooledMaps(dtype, s, windows);
  if (maps === null) return expect.fail(`nothing goes together for ${JSON.stringify(s)}`);
  const lengths = lengthsOf(s);
  const pooled = windows.planes * sizeOf(windows.outSize);
  const what = `${dtype} ${JSON.stringify(s)}`;
  const x = place(dtype, random.values(dtype, lengths.x, random.chance(0.1)));
  const weight = place(dtype, random.values(dtype, lengths.weight));
  const bias = random.chance(0.7) ? place(dtype, random.values(dtype, s.groups * s.outChannels)) : 0;

  const [whole, wantY, wantWinners] = [room(dtype, lengths.y), room(dtype, pooled), room('uint8', pooled)];
  conv(dtype, x, weight, bias, whole, s);
  maxPoolPairs(dtype, whole, wantY, 0, wantWinners, true, windows);
  const [y, winners] = [room(dtype, pooled), room('uint8', pooled)];
  convReluPool(dtype, x, weight, bias, y, winners, s);
  expectEqual(read(dtype, y, pooled), read(dtype, wantY, pooled), `y ${what}`);
  expectEqual(read('uint8', winners, pooled), read('uint8', wantWinners, pooled), `winners ${what}`);
  const alone = room(dtype, pooled);
  convReluPool(dtype, x, weight, bias, alone, 0, s);
  expectEqual(read(dtype, alone, pooled), read(dtype, wantY, pooled), `y without winners ${what}`);
  const results = [read(dtype, y, pooled)];

  const g = random.values(dtype, pooled);
  const [gradient, spread] = [place(dtype, g), room(dtype, lengths.y)];
  maxPoolPairsGrad(dtype, gradient, winners, spread, windows);
  if (maps.input) {
    const [want, got] = [room(dtype, lengths.x), room(dtype, lengths.x)];
    convInput(dtype, spread, weight, 0, want, s);
    convInputPooled(gradient, winners, weight, got, s);
    expectEqual(read(dtype, got, lengths.x), read(dtype, want, lengths.x), `convInput ${what}`);
    results.push(read(dtype, got, lengths.x));
  }
  if (maps.weight) {
    const [want, got] = [room(dtype, lengths.weight), room(dtype, lengths.weight)];
    convWeight(dtype, x, spread, want, s);
    convWeightPooled(dtype, x, gradient, winners, got, s);
    expectEqual(read(dtype, got, lengths.weight), read(dtype, want, lengths.weight), `convWeight ${what}`);
    results.push(read(dtype, got, lengths.weight));
  }
  const [length, channels] = [sizeOf(windows.outSize), s.groups * s.outChannels];
  const sums = room(dtype, channels);
  maxPoolPairsSum(dtype, gradient, winners, sums, s.batch, channels, length);
  const taken = read('uint8', winners, pooled);
  const want = new Float64Array(channels);
  g.forEach((term, at) => {
    if (taken[at] !== 255) want[Math.floor(at / length) % channels] += term;
  });
  read(dtype, sums, channels).forEach((sum, channel) => {
    expect(sum, `sum ${channel} ${what}`).to.be.closeTo(want[channel], 1e-6 * (1 + s.batch * length));
  });
  return results;
}

describe('kernels: convolution with ReLU and max pooling', () => {
  it('gives by tiles what convolution, ReLU, pooling and their gradients do one by one, for random sizes', () => {
    const random = new Random('pooled winograd');
    let count = 0;
    while (count < 60) {
      const axis = () => {
        const [inSize, padding] = [random.integer(1, random.chance(0.2) ? 40 : 14), random.integer(0, random.chance(0.2) ? 7 : 2)];
        return { inSize, padding, outSize: Math.max(1, inSize + padding - 2 + random.integer(0, random.chance(0.1) ? 7 : 2)) };
      };
      const [high, wide] = [axis(), axis()];
      const depth = random.integer(1, random.chance(0.2) ? 3 : 1);
      const s: ConvolutionSizes = {
        ...plain,
        batch: random.integer(1, random.chance(0.2) ? 12 : 3),
        inChannels: random.integer(12, random.chance(0.3) ? 45 : 20),
        outChannels: random.integer(12, random.chance(0.3) ? 75 : 20),
        inSize: [depth, high.inSize, wide.inSize],
        kernelSize: [random.integer(1, depth), 3, 3],
        outSize: [depth, high.outSize, wide.outSize],
        padding: [random.integer(0, depth - 1), high.padding, wide.padding],
      };
      if (!hasWindows(s) || pooledMaps('float32', s, windowsOver(s))?.input !== true) continue;
      expectPooled(random, 'float32', s);
      count++;
    }
  });

  for (const dtype of ['float32', 'float64'] as const) {
    it(`does so directly, for random sizes (${dtype})`, () => {
      const random = new Random(`pooled direct ${dtype}`);
      for (let count = 0; count < 120; ) {
        const s = randomSizes(random);
        if (!hasWindows(s) || pooledMaps(dtype, s, windowsOver(s)) === null) continue;
        expectPooled(random, dtype, s);
        count++;
      }
    });
  }

  const cases: Record<string, Partial<ConvolutionSizes>> = {
    'tiles whose windows end before them': { inSize: [1, 14, 14], outSize: [1, 14, 14] },
    'rows and columns that fill no window': { inSize: [1, 9, 11], outSize: [1, 9, 11] },
    'rows of many windows': { inSize: [1, 6, 150], outSize: [1, 6, 150] },
    'blocks of tiles that begin within an image': { batch: 2, inSize: [1, 40, 38], outSize: [1, 40, 38] },
    'padding beyond the kernel': { padding: [0, 5, 4], outSize: [1, 18, 16] },
    'the first layer of a net': { batch: 20, inChannels: 1, outChannels: 32, inSize: [1, 28, 28], outSize: [1, 28, 28] },
    'three channels in halves of an image': { inChannels: 3, outChannels: 9, inSize: [1, 46, 44], outSize: [1, 46, 44] },
    'small images together': { batch: 70, inChannels: 2, outChannels: 5, inSize: [1, 5, 5], outSize: [1, 5, 5] },
    'slices one by one': { inChannels: 2, outChannels: 6, inSize: [3, 12, 9], kernelSize: [2, 3, 3], outSize: [2, 12, 9] },
  };
  for (const [name, change] of Object.entries(cases)) {
    it(`does ${name}`, () => {
      expectPooled(new Random(name), 'float32', { ...plain, ...change });
    });
  }

  it('gives the same bits with any number of threads', () => {
    for (const change of [{ outChannels: 70 }, { inChannels: 1, outChannels: 32 }]) {
      const s: ConvolutionSizes = { ...plain, batch: 24, inSize: [1, 18, 18], outSize: [1, 18, 18], ...change };
      expectSameOnAnyThreads(() => expectPooled(new Random('threads'), 'float32', s), JSON.stringify(change));
    }
  });

  it('leaves the rest to the kernels one by one', () => {
    const serves = (change: Partial<ConvolutionSizes>, kernelSize: readonly number[] = [1, 2, 2]) => {
      const s = { ...plain, ...change };
      const windows = windowsOver(s);
      const outSize = kernelSize.map((size, d) => Math.floor(s.outSize[d] / size));
      return pooledMaps('float32', s, { ...windows, kernelSize, stride: kernelSize, outSize });
    };
    expect(serves({})).to.deep.equal({ input: true, weight: true });
    expect(serves({ dilation: [1, 2, 2], padding: [0, 2, 2] })).to.equal(null);
    const tiny: Partial<ConvolutionSizes> = { batch: 30, inChannels: 64, outChannels: 64, inSize: [1, 2, 2], outSize: [1, 2, 2] };
    expect(serves(tiny)).to.deep.equal({ input: true, weight: vectorLanes() === 4 });
    expect(serves({ ...tiny, stride: [1, 2, 2], inSize: [1, 4, 4] })).to.equal(null);
    const depthwise: Partial<ConvolutionSizes> = { groups: 32, inChannels: 1, outChannels: 1, inSize: [1, 18, 18], outSize: [1, 6, 6] };
    expect(serves({ ...depthwise, stride: [1, 3, 3] })).to.equal(null);
    const strided: Partial<ConvolutionSizes> = {
      kernelSize: [1, 4, 4],
      stride: [1, 2, 2],
      inSize: [1, 24, 24],
      outSize: [1, 12, 12],
      padding: [0, 1, 1],
    };
    expect(serves({ ...strided, batch: 24, inChannels: 16, outChannels: 16 })).to.equal(null);
    expect(serves({ batch: 0 })).to.equal(null);
    expect(serves({}, [1, 3, 2])).to.equal(null);
    expect(serves({}, [1, 3, 3])).to.equal(null);
  });
});

import { expect } from 'chai';
import {
  type ConvolutionSizes,
  convGradients,
  convInput,
  convWeight,
  servesConvGradients,
} from '../../../packages/core/src/kernels/convolution.ts';
import { servesDepthwise } from '../../../packages/core/src/kernels/depthwise.ts';
import type { FloatDType } from '../../../packages/core/src/kernels/dtype.ts';
import { scratch, views } from '../../../packages/core/src/kernels/memory.ts';
import { isWholeImage } from '../../../packages/core/src/kernels/whole_image.ts';
import { expectSameOnAnyThreads } from './any_threads.ts';
import { plain, randomNumbers } from './convolution_maps.ts';
import { forEachRun, lengthsOf } from './convolution_reference.ts';
import { Random } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

const depthwise: ConvolutionSizes = { ...plain, groups: 5, inChannels: 1, outChannels: 1, inSize: [1, 28, 28], outSize: [1, 28, 28] };

/** Images of this size with a border of `padding`, and as many outputs as there are. */
function sized(height: number, width: number, padding = 1): ConvolutionSizes {
  const outSize = [1, height + 2 * padding - 2, width + 2 * padding - 2] as const;
  return { ...depthwise, inSize: [1, height, width], outSize, padding: [0, padding, padding] };
}

type Numbers = Readonly<Record<'x' | 'weight' | 'y', readonly number[]>>;

/** All gradients from y as the output's, with working memory full of NaN. */
function gradientsOf(dtype: FloatDType, s: ConvolutionSizes, numbers: Numbers, hasBias = true) {
  clearPlaces();
  const lengths = lengthsOf(s);
  const operands = { x: place(dtype, numbers.x), weight: place(dtype, numbers.weight), gradOutput: place(dtype, numbers.y) };
  const x = room(dtype, lengths.x);
  const weight = room(dtype, lengths.weight);
  const bias = hasBias ? room(dtype, s.groups) : 0;
  const poisoned = 1 << 20;
  const start = scratch(poisoned);
  views().u8.fill(0xff, start, start + poisoned);
  convGradients(dtype, operands, { x, weight, bias }, s);
  return {
    x: [...read(dtype, x, lengths.x)],
    weight: [...read(dtype, weight, lengths.weight)],
    bias: hasBias ? [...read(dtype, bias, s.groups)] : null,
  };
}

/** Compares with naive loops in float64: each error with the sum of the sizes of its terms. */
function expectGradients(random: Random, dtype: FloatDType, s: ConvolutionSizes): void {
  const numbers = randomNumbers(random, dtype, s);
  const lengths = lengthsOf(s);
  const want = { x: new Float64Array(lengths.x), weight: new Float64Array(lengths.weight), bias: new Float64Array(s.groups) };
  const sizes = { x: new Float64Array(lengths.x), weight: new Float64Array(lengths.weight), bias: new Float64Array(s.groups) };
  const { x, weight, y } = numbers;
  forEachRun(s, (i, _iStep, j, _jStep, k) => {
    want.x[i] += y[k] * weight[j];
    sizes.x[i] += Math.abs(y[k] * weight[j]);
    want.weight[j] += y[k] * x[i];
    sizes.weight[j] += Math.abs(y[k] * x[i]);
  });
  const plane = lengths.y / (s.batch * s.groups);
  y.forEach((value, k) => {
    const group = Math.floor(k / plane) % s.groups;
    want.bias[group] += value;
    sizes.bias[group] += Math.abs(value);
  });
  const got = gradientsOf(dtype, s, numbers);
  const tolerance = dtype === 'float32' ? 2e-6 : 1e-14;
  for (const name of ['x', 'weight', 'bias'] as const) {
    want[name].forEach((value, i) => {
      const result = got[name]?.[i] ?? Number.NaN;
      if (!(Math.abs(result - value) <= tolerance * sizes[name][i])) {
        expect.fail(`${dtype} ${JSON.stringify(s)}: gradient ${i} by ${name} is ${result}, not ${value}`);
      }
    });
  }
}

describe('kernels: all gradients of a depthwise convolution in one pass', () => {
  for (const dtype of ['float32', 'float64'] as const) {
    it(`agrees with naive loops in ${dtype} where rows fill vectors, and where the last lies over the one before it`, () => {
      const random = new Random(`gradients ${dtype}`);
      for (const width of [9, 12, 14, 16, 17, 28, 33]) expectGradients(random, dtype, sized(11, width));
    });

    it(`agrees with naive loops in ${dtype} for random sizes: borders of any width, outputs that end before or behind the image`, () => {
      const random = new Random(`random gradients ${dtype}`);
      for (let i = 0; i < 200; i++) {
        const axis = () => {
          const [inSize, padding] = [random.integer(1, random.chance(0.2) ? 40 : 18), random.integer(0, random.chance(0.1) ? 9 : 2)];
          return { inSize, padding, outSize: Math.max(1, inSize + 2 * padding - 2 + (random.chance(0.2) ? random.integer(-2, 2) : 0)) };
        };
        const [high, wide] = [axis(), axis()];
        const s: ConvolutionSizes = {
          ...depthwise,
          batch: random.integer(1, random.chance(0.2) ? 20 : 3),
          groups: random.integer(1, random.chance(0.2) ? 70 : 5),
          inSize: [1, high.inSize, wide.inSize],
          outSize: [1, high.outSize, wide.outSize],
          padding: [0, high.padding, wide.padding],
        };
        const others = isWholeImage(s) || servesDepthwise(dtype, s);
        if (servesConvGradients(dtype, s)) expectGradients(random, dtype, s);
        else expect(others || s.batch * s.groups < 16, JSON.stringify(s)).to.equal(true);
      }
    });
  }

  it('takes tall and wide images in blocks of rows', () => {
    const random = new Random('tall');
    for (const [height, width] of [
      [700, 20],
      [700, 12],
      [900, 5],
      [130, 90],
      [33, 700],
      [7, 5000],
    ] as const) {
      for (const dtype of ['float32', 'float64'] as const) expectGradients(random, dtype, { ...sized(height, width), batch: 1, groups: 3 });
    }
  });

  it('gives the gradients of the maps one by one, and none by a bias that is not there', () => {
    const numbers = randomNumbers(new Random('maps'), 'float64', depthwise);
    const got = gradientsOf('float64', depthwise, numbers, false);
    const lengths = lengthsOf(depthwise);
    const [x, weight, y] = [place('float64', numbers.x), place('float64', numbers.weight), place('float64', numbers.y)];
    const [dx, dw] = [room('float64', lengths.x), room('float64', lengths.weight)];
    convInput('float64', y, weight, 0, dx, depthwise);
    convWeight('float64', x, y, dw, depthwise);
    const distance = (a: readonly number[], b: readonly number[]) =>
      a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
    expect(distance(got.x, [...read('float64', dx, lengths.x)])).to.be.below(1e-13);
    expect(distance(got.weight, [...read('float64', dw, lengths.weight)])).to.be.below(1e-11);
    expect(got.bias).to.equal(null);
  });

  it('never sees the planes beside one', () => {
    for (const length of [9, 14, 28]) {
      const s = { ...sized(length, length), batch: 1, groups: 3 };
      const numbers = randomNumbers(new Random(`beside ${length}`), 'float32', s);
      const area = length * length;
      for (let i = 0; i < 3 * area; i++) if (Math.floor(i / area) !== 1) numbers.x[i] = numbers.y[i] = Number.NaN;
      const got = gradientsOf('float32', s, numbers);
      expect(got.x.slice(area, 2 * area).every(Number.isFinite), `by x, ${length}`).to.equal(true);
      expect(got.weight.slice(9, 18).every(Number.isFinite), `by weight, ${length}`).to.equal(true);
      expect(Number.isFinite(got.bias?.[1]), `by bias, ${length}`).to.equal(true);
    }
  });

  it('gives the same bits with any number of threads', () => {
    // Rows of whole vectors, and such as run over their ends.
    for (const side of [28, 14, 6]) {
      const s = { ...sized(side, side), batch: 3, groups: Math.ceil(40_000 / side ** 2) };
      const numbers = randomNumbers(new Random('threads'), 'float32', s);
      expectSameOnAnyThreads(() => gradientsOf('float32', s, numbers), `${side}x${side}`);
    }
  });

  it('does not serve other kernels, strides, groups, ranks, empty batches, or fewer planes than tasks', () => {
    expect(servesConvGradients('float32', depthwise)).to.equal(true);
    const others: Partial<ConvolutionSizes>[] = [
      { kernelSize: [1, 3, 5] },
      { kernelSize: [3, 3, 3] },
      { stride: [1, 1, 2] },
      { dilation: [1, 2, 2] },
      { inChannels: 2 },
      { outChannels: 2 },
      { batch: 0 },
      { batch: 1, groups: 3, inSize: [1, 200, 200], outSize: [1, 200, 200] },
      { inSize: [2, 28, 28] },
      { outSize: [2, 28, 28] },
    ];
    for (const change of others)
      expect(servesConvGradients('float32', { ...depthwise, ...change }), JSON.stringify(change)).to.equal(false);
  });
});

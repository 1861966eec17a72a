import { expect } from 'chai';
import type { DType } from '../../../packages/core/src/kernels/dtype.ts';
import { cast, copy, fill } from '../../../packages/core/src/kernels/movement.ts';
import { contiguousStrides, sizeOf } from '../../../packages/core/src/shape.ts';
import { expectEqual, forEachIndex, offsetOf, Random } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'uint8'];
const bytes: Record<DType, number> = { float32: 4, float64: 8, int32: 4, uint8: 1 };

/** One side of a copy: strides of a permuted, stepped, flipped, or (to read) repeated array that is large enough. */
interface Side {
  readonly strides: number[];
  /** Element of index 0. */
  readonly origin: number;
  readonly size: number;
}

function randomSide(random: Random, shape: readonly number[], repeats: boolean): Side {
  const order = shape.map((_, dim) => dim);
  if (random.chance(0.6)) order.sort(() => random.real(-1, 1));
  const strides = shape.map(() => 0);
  let [step, origin] = [random.chance(0.2) ? 2 : 1, 0];
  for (const dim of order.reverse()) {
    if (repeats && random.chance(0.15)) continue;
    strides[dim] = random.chance(0.2) ? -step : step;
    if (strides[dim] < 0) origin += step * Math.max(shape[dim] - 1, 0);
    step *= shape[dim] * (random.chance(0.1) ? 2 : 1);
  }
  return { strides, origin, size: Math.max(step, 1) };
}

function expectCopy(dtype: DType, shape: readonly number[], from: Side, to: Side, random: Random): void {
  clearPlaces();
  const x = random.values(dtype, from.size, true);
  const y = random.values(dtype, to.size);
  const [xPlace, yPlace] = [place(dtype, x), place(dtype, y)];
  copy(dtype, xPlace + from.origin * bytes[dtype], yPlace + to.origin * bytes[dtype], shape, from.strides, to.strides);
  forEachIndex(shape, (index) => {
    y[to.origin + offsetOf(index, to.strides)] = x[from.origin + offsetOf(index, from.strides)];
  });
  expectEqual(read(dtype, yPlace, to.size), y, `copy of [${shape}] strides [${from.strides}] to strides [${to.strides}]`);
}

describe('movement kernels', () => {
  beforeEach(clearPlaces);

  for (const dtype of dtypes) {
    it(`copies ${dtype} between any two strided places, and writes nothing else`, () => {
      const random = new Random(`copy ${dtype}`);
      for (let i = 0; i < 300; i++) {
        const shape = random.shape(5);
        expectCopy(dtype, shape, randomSide(random, shape, true), randomSide(random, shape, false), random);
      }
    });

    it(`transposes ${dtype} of any size`, () => {
      const random = new Random(`transpose ${dtype}`);
      const sizes = [1, 3, 4, 15, 16, 17, 33, 70];
      for (const rows of sizes) {
        for (const cols of sizes) {
          const shape = [2, cols, rows];
          const from = { strides: [rows * cols, 1, cols], origin: 0, size: 2 * rows * cols };
          expectCopy(dtype, shape, from, { strides: contiguousStrides(shape), origin: 0, size: 2 * rows * cols }, random);
        }
      }
    });

    it(`copies and repeats long rows of ${dtype}`, () => {
      const random = new Random(`rows ${dtype}`);
      for (const length of [255, 1024, 5000]) {
        const shape = [3, length];
        const to = { strides: [length + 7, 1], origin: 0, size: 3 * (length + 7) };
        expectCopy(dtype, shape, { strides: [length, 1], origin: 0, size: sizeOf(shape) }, to, random);
        expectCopy(dtype, shape, { strides: [1, 0], origin: 0, size: 3 }, to, random);
      }
    });

    it(`fills ${dtype}`, () => {
      for (const size of [0, 1, 15, 16, 17, 1000]) {
        clearPlaces();
        const y = room(dtype, size);
        fill(dtype, y, size, 7);
        expectEqual(read(dtype, y, size), new Array(size).fill(7), `fill of ${size}`);
      }
    });
  }

  it('fills floats with what is not finite', () => {
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      const y = room('float32', 9);
      fill('float32', y, 9, value);
      expectEqual(read('float32', y, 9), new Array(9).fill(value), `fill with ${value}`);
    }
  });

  it('copies the bits of a NaN as they are', () => {
    const payload = [1, 0, 0xc0, 0x7f, 2, 0, 0xa0, 0x7f];
    const [x, y] = [place('uint8', payload), room('uint8', 8)];
    copy('float32', x, y, [2], [1], [1]);
    expect(read('uint8', y, 8)).to.deep.equal(payload);
  });
});

const saturate = (value: number): number => (Number.isNaN(value) ? 0 : Math.max(-2147483648, Math.min(2147483647, Math.trunc(value))));

const conversions: Record<DType, (value: number) => number> = {
  float32: Math.fround,
  float64: (value) => value,
  int32: saturate,
  uint8: (value) => saturate(value) & 255,
};

const sources: Record<DType, readonly number[]> = {
  float32: [0, -0, 0.5, -0.5, 1.9, -1.9, 255, 256, 300.7, -1, 2147483520, 2147483648, -2147483648, 3e9, -3e38, 1 / 0, -1 / 0, Number.NaN],
  float64: [0, 2.5, -2.5, 2147483646.7, 2147483647, 2147483647.9, 2147483648, -2147483648.9, 1e300, -1 / 0, Number.NaN, 0.1, -3.9],
  int32: [0, 1, -1, 255, 256, -256, 16777217, 2147483647, -2147483648],
  uint8: [0, 1, 127, 128, 255],
};

describe('the cast kernel', () => {
  beforeEach(clearPlaces);

  for (const from of dtypes) {
    for (const to of dtypes) {
      it(`converts ${from} to ${to}`, () => {
        const x = Array.from({ length: 101 }, (_, i) => sources[from][i % sources[from].length]);
        const stored = x.map((value) => (from === 'float32' ? Math.fround(value) : value));
        for (const size of [0, 1, 101]) {
          clearPlaces();
          const y = room(to, size);
          cast(from, to, place(from, x), y, size);
          expectEqual(read(to, y, size), stored.slice(0, size).map(conversions[to]), `${from} to ${to}`);
        }
      });
    }
  }
});

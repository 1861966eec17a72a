import { expect } from 'chai';
import type { DType } from '../../../packages/core/src/kernels/dtype.ts';
import type { NumberDType } from '../../../packages/core/src/kernels/pointwise.ts';
import { argReduce, cumsum, type ReduceOp, reduce, reduceLogical } from '../../../packages/core/src/kernels/reduction.ts';
import { expectClose, expectEqual, Random, roundTo } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

const numberDTypes: readonly NumberDType[] = ['float32', 'float64', 'int32'];
const dtypes: readonly DType[] = [...numberDTypes, 'uint8'];

/** Sizes [outer, length, inner]: rows, columns, tails of vectors and blocks, and reductions long enough to be split into parts. */
const sizes: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [3, 7, 1],
  [5, 16, 1],
  [9, 49, 1],
  [18, 196, 1],
  [7, 300, 1],
  [6, 513, 1],
  [21, 15, 1],
  [2, 1023, 1],
  [4, 2050, 1],
  [1, 70_001, 1],
  [1, 150_000, 1],
  [2, 5, 3],
  [3, 4, 16],
  [2, 9, 255],
  [2, 33, 257],
  [1, 1000, 70],
  [1, 10_000, 9],
  [20, 3, 1000],
  [0, 5, 3],
  [4, 5, 0],
];

const folds: Record<ReduceOp, { start: number; step: (a: number, b: number) => number }> = {
  sum: { start: 0, step: (a, b) => a + b },
  prod: { start: 1, step: (a, b) => a * b },
  max: { start: Number.NEGATIVE_INFINITY, step: (a, b) => (Number.isNaN(a) || b <= a ? a : b) },
  min: { start: Number.POSITIVE_INFINITY, step: (a, b) => (Number.isNaN(a) || b >= a ? a : b) },
};

/** The lines along the middle dimension, in the order of [outer, inner]. */
function lines(x: readonly number[], outer: number, length: number, inner: number): number[][] {
  const result: number[][] = [];
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) result.push(Array.from({ length }, (_, l) => x[(o * length + l) * inner + i]));
  }
  return result;
}

/** Elements for a reduction: factors near 1 for a product, few enough specials that not every result is NaN. */
function operand(random: Random, op: ReduceOp, dtype: DType, size: number, length: number): number[] {
  if (op === 'prod' && dtype !== 'int32') return Array.from({ length: size }, () => roundTo(dtype, random.real(0.99, 1.0101)));
  if (op === 'prod') return Array.from({ length: size }, () => (random.chance(3 / length) ? -2 : 1));
  const values = random.values(dtype, size);
  if (op !== 'sum' && dtype !== 'int32') {
    for (let i = 0; i < size / 500; i++) values[random.integer(0, size - 1)] = random.pick([Number.NaN, 1 / 0, -1 / 0, 3]);
  }
  return values;
}

describe('reduction kernels', () => {
  beforeEach(clearPlaces);

  for (const dtype of numberDTypes) {
    for (const op of ['sum', 'prod', 'max', 'min'] as const) {
      it(`${op} of ${dtype} along any dimension`, () => {
        const random = new Random(`${op} ${dtype}`);
        for (const [outer, length, inner] of sizes) {
          clearPlaces();
          const x = operand(random, op, dtype, outer * length * inner, length);
          const y = room(dtype, outer * inner);
          const overflowed = reduce(op, dtype, place(dtype, x), y, outer, length, inner);
          const { start, step } = folds[op];
          const want = lines(x, outer, length, inner).map((line) => roundTo(dtype, line.reduce(step, start)));
          const tolerance = dtype === 'int32' ? 0 : dtype === 'float32' ? 2e-5 : 1e-12;
          expectClose(read(dtype, y, outer * inner), want, tolerance, `${op} of [${outer}, ${length}, ${inner}]`);
          expect(overflowed).to.equal(false);
        }
      });
    }

    it(`an empty sum of ${dtype} is 0, an empty product 1`, () => {
      const x = place(dtype, []);
      for (const inner of [1, 5]) {
        const [sum, product] = [room(dtype, 2 * inner), room(dtype, 2 * inner)];
        reduce('sum', dtype, x, sum, 2, 0, inner);
        reduce('prod', dtype, x, product, 2, 0, inner);
        expect(read(dtype, sum, 2 * inner)).to.deep.equal(new Array(2 * inner).fill(0));
        expect(read(dtype, product, 2 * inner)).to.deep.equal(new Array(2 * inner).fill(1));
      }
    });

    it(`argmax and argmin of ${dtype} are the first of equals, or the first NaN`, () => {
      const random = new Random(`arg ${dtype}`);
      for (const op of ['argmax', 'argmin'] as const) {
        for (const [outer, length, inner] of sizes) {
          clearPlaces();
          const size = outer * inner;
          const x = random.values(dtype, outer * length * inner, random.chance(0.5)).map((v) => (random.chance(0.5) ? Math.round(v) : v));
          const [values, indices] = [room(dtype, size), room('int32', size)];
          argReduce(op, dtype, place(dtype, x), values, indices, outer, length, inner);
          const { start, step } = folds[op === 'argmax' ? 'max' : 'min'];
          const all = lines(x, outer, length, inner);
          const best = all.map((line) => line.reduce(step, start));
          const what = `${op} of [${outer}, ${length}, ${inner}]`;
          expectEqual(read(dtype, values, size), best, what);
          const first = all.map((line, i) => line.findIndex((v) => v === best[i] || (Number.isNaN(v) && Number.isNaN(best[i]))));
          expectEqual(read('int32', indices, size), first, what);
        }
      }
    });

    it(`running sums of ${dtype}, forwards and from the end`, () => {
      const random = new Random(`cumsum ${dtype}`);
      for (const [outer, length, inner] of sizes) {
        for (const reverse of [false, true]) {
          clearPlaces();
          const size = outer * length * inner;
          const x = random.values(dtype, size);
          const y = room(dtype, size);
          expect(cumsum(dtype, place(dtype, x), y, outer, length, inner, reverse)).to.equal(false);
          const want = lines(x, outer, length, inner).map((line) => {
            let sum = 0;
            const sums = (reverse ? line.reverse() : line).map((v) => {
              sum += v;
              return roundTo(dtype, sum);
            });
            return reverse ? sums.reverse() : sums;
          });
          const got = lines(read(dtype, y, size), outer, length, inner);
          const tolerance = dtype === 'float32' ? 1e-6 : 1e-12;
          for (const [i, line] of got.entries()) {
            expectClose(line, want[i], tolerance, `cumsum of [${outer}, ${length}, ${inner}]`);
          }
        }
      }
    });
  }

  for (const dtype of dtypes) {
    it(`any and all of ${dtype} give uint8`, () => {
      const random = new Random(`logical ${dtype}`);
      for (const op of ['any', 'all'] as const) {
        for (const [outer, length, inner] of [...sizes, [3, 0, 2], [3, 0, 1]] as const) {
          clearPlaces();
          const size = outer * length * inner;
          const common = op === 'any' ? 0 : 1;
          const x = Array.from({ length: size }, () => (random.chance(1 / (2 * length)) ? 1 - common : common));
          const y = room('uint8', outer * inner);
          reduceLogical(op, dtype, place(dtype, x), y, outer, length, inner);
          const want = lines(x, outer, length, inner).map((line) => Number(op === 'any' ? line.some(Boolean) : line.every(Boolean)));
          expectEqual(read('uint8', y, outer * inner), want, `${op} of [${outer}, ${length}, ${inner}]`);
        }
      }
    });
  }

  it('NaN counts as true', () => {
    const y = room('uint8', 1);
    reduceLogical('any', 'float32', place('float32', [0, Number.NaN, -0]), y, 1, 3, 1);
    expect(read('uint8', y, 1)).to.deep.equal([1]);
  });

  it('gives only what is wanted of value and index', () => {
    const x = place('float32', [1, 5, 2]);
    const [values, indices] = [room('float32', 1), room('int32', 1)];
    argReduce('argmax', 'float32', x, 0, indices, 1, 3, 1);
    argReduce('argmax', 'float32', x, values, 0, 1, 3, 1);
    expect([...read('float32', values, 1), ...read('int32', indices, 1)]).to.deep.equal([5, 1]);
  });

  it('a float32 sum of a million terms is right to a few units in the last place', () => {
    const random = new Random('long sum');
    for (const [length, inner] of [
      [1_000_000, 1],
      [200_000, 5],
    ] as const) {
      clearPlaces();
      const x = Array.from({ length: length * inner }, () => Math.fround(random.real()));
      const y = room('float32', inner);
      reduce('sum', 'float32', place('float32', x), y, 1, length, inner);
      const want = lines(x, 1, length, inner).map((line) => line.reduce((a, b) => a + b, 0));
      for (const [i, sum] of read('float32', y, inner).entries()) expect(Math.abs(sum / want[i] - 1)).to.be.lessThan(3e-7);
    }
  });

  describe('of int32 that leave its range', () => {
    const overflows = (op: 'sum' | 'prod', x: readonly number[]): boolean => {
      const rows = reduce(op, 'int32', place('int32', x), room('int32', 1), 1, x.length, 1);
      const columns = reduce(
        op,
        'int32',
        place(
          'int32',
          x.flatMap((v) => [0, v]),
        ),
        room('int32', 2),
        1,
        x.length,
        2,
      );
      expect(rows).to.equal(columns);
      return rows;
    };

    it('are reported', () => {
      expect(overflows('sum', [2147483647, 1])).to.equal(true);
      expect(overflows('sum', [-2147483648, -1])).to.equal(true);
      expect(overflows('prod', [65536, 32768])).to.equal(true);
      expect(overflows('prod', new Array(100).fill(-1000))).to.equal(true);
      const y = room('int32', 3);
      expect(cumsum('int32', place('int32', [2147483647, 1, -5]), y, 1, 3, 1)).to.equal(true);
    });

    it('and come back are exact', () => {
      expect(overflows('sum', [2147483647, 2147483647, -2147483648, -2147483646])).to.equal(false);
      expect(overflows('prod', [65536, 32768, -1])).to.equal(false);
      expect(overflows('prod', [...new Array(100).fill(-1000), 0])).to.equal(false);
      const y = room('int32', 1);
      reduce('prod', 'int32', place('int32', [65536, 32768, -1]), y, 1, 3, 1);
      expect(read('int32', y, 1)).to.deep.equal([-2147483648]);
    });
  });
});

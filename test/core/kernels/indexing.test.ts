import type { DType } from '../../../packages/core/src/kernels/dtype.ts';
import { gather, indexAdd, indexSelect, scatterAdd } from '../../../packages/core/src/kernels/indexing.ts';
import type { NumberDType } from '../../../packages/core/src/kernels/pointwise.ts';
import { expectClose, expectEqual, forEachIndex, Random, roundTo } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

const numberDTypes: readonly NumberDType[] = ['float32', 'float64', 'int32'];
const dtypes: readonly DType[] = [...numberDTypes, 'uint8'];

/** [outer, length, inner, count]. */
function sizes(random: Random): (readonly [number, number, number, number])[] {
  const fixed = [
    [1, 1, 1, 1],
    [1, 10, 64, 300],
    [6, 784, 1, 196],
    [2, 5, 100, 3],
    [0, 3, 2, 4],
    [2, 3, 0, 4],
    [2, 3, 5, 0],
  ] as const;
  const drawn = () => [random.integer(1, 4), random.integer(1, 9), random.integer(1, 40), random.integer(1, 12)] as const;
  return [...fixed, ...Array.from({ length: 40 }, drawn)];
}

const tolerance = { float32: 1e-5, float64: 1e-13, int32: 0 } as const;

describe('indexing kernels', () => {
  beforeEach(clearPlaces);

  for (const dtype of dtypes) {
    it(`indexSelect of ${dtype} takes whole slices`, () => {
      const random = new Random(`select ${dtype}`);
      for (const [outer, length, inner, count] of sizes(random)) {
        clearPlaces();
        const x = random.values(dtype, outer * length * inner, true);
        const indices = Array.from({ length: count }, () => random.integer(0, length - 1));
        const y = room(dtype, outer * count * inner);
        indexSelect(dtype, place(dtype, x), place('int32', indices), y, outer, length, inner, count);
        const want: number[] = [];
        forEachIndex([outer, count, inner], ([o, c, i]) => want.push(x[(o * length + indices[c]) * inner + i]));
        expectEqual(read(dtype, y, want.length), want, `indexSelect of [${outer}, ${length}, ${inner}], ${count}`);
      }
    });

    it(`gather of ${dtype} takes one element an index`, () => {
      const random = new Random(`gather ${dtype}`);
      for (const [outer, length, inner, count] of sizes(random)) {
        clearPlaces();
        const x = random.values(dtype, outer * length * inner, true);
        const indices = Array.from({ length: outer * count * inner }, () => random.integer(0, length - 1));
        const y = room(dtype, indices.length);
        gather(dtype, place(dtype, x), place('int32', indices), y, outer, length, inner, count);
        const want: number[] = [];
        forEachIndex([outer, count, inner], ([o, , i], flat) => want.push(x[(o * length + indices[flat]) * inner + i]));
        expectEqual(read(dtype, y, want.length), want, `gather of [${outer}, ${length}, ${inner}], ${count}`);
      }
    });
  }

  for (const dtype of numberDTypes) {
    for (const accumulate of [false, true]) {
      const start = accumulate ? 'what is there' : '0';

      it(`indexAdd of ${dtype} adds slices to ${start}`, () => {
        const random = new Random(`add ${dtype}`);
        for (const [outer, length, inner, count] of sizes(random)) {
          clearPlaces();
          const x = random.values(dtype, outer * count * inner);
          const y = random.values(dtype, outer * length * inner);
          const indices = Array.from({ length: count }, () => random.integer(0, length - 1));
          const result = place(dtype, y);
          indexAdd(dtype, place(dtype, x), place('int32', indices), result, outer, length, inner, count, accumulate);
          const want = accumulate ? [...y] : y.map(() => 0);
          forEachIndex([outer, count, inner], ([o, c, i], flat) => {
            want[(o * length + indices[c]) * inner + i] += x[flat];
          });
          const rounded = want.map((v) => roundTo(dtype, v));
          expectClose(read(dtype, result, y.length), rounded, tolerance[dtype], `indexAdd to [${outer}, ${length}, ${inner}], ${count}`);
        }
      });

      it(`scatterAdd of ${dtype} adds elements to ${start}`, () => {
        const random = new Random(`scatter ${dtype}`);
        for (const [outer, length, inner, count] of sizes(random)) {
          clearPlaces();
          const x = random.values(dtype, outer * count * inner);
          const y = random.values(dtype, outer * length * inner);
          const indices = x.map(() => random.integer(0, length - 1));
          const result = place(dtype, y);
          scatterAdd(dtype, place(dtype, x), place('int32', indices), result, outer, length, inner, count, accumulate);
          const want = accumulate ? [...y] : y.map(() => 0);
          forEachIndex([outer, count, inner], ([o, , i], flat) => {
            want[(o * length + indices[flat]) * inner + i] += x[flat];
          });
          const rounded = want.map((v) => roundTo(dtype, v));
          expectClose(read(dtype, result, y.length), rounded, tolerance[dtype], `scatterAdd to [${outer}, ${length}, ${inner}], ${count}`);
        }
      });
    }
  }
});

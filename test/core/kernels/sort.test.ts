import type { NumberDType } from '../../../packages/core/src/kernels/pointwise.ts';
import { sort } from '../../../packages/core/src/kernels/sort.ts';
import { expectEqual, Random } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

const dtypes: readonly NumberDType[] = ['float32', 'float64', 'int32'];
const sizes: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [3, 2, 1],
  [4, 48, 1],
  [4, 49, 1],
  [2, 1000, 1],
  [1, 30_000, 1],
  [2, 20, 3],
  [2, 100, 5],
  [0, 4, 2],
  [2, 0, 3],
];

/** NaN above all numbers; 0 for equals, which the sort of JavaScript keeps in order. */
function order(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

describe('the sort kernel', () => {
  beforeEach(clearPlaces);

  for (const dtype of dtypes) {
    for (const descending of [false, true]) {
      it(`sorts ${dtype} ${descending ? 'downwards' : 'upwards'}, stable, NaN as the largest`, () => {
        const random = new Random(`sort ${dtype}`);
        for (const [outer, length, inner] of sizes) {
          clearPlaces();
          const size = outer * length * inner;
          const x = random.values(dtype, size, true).map((v) => (random.chance(0.5) ? Math.round(v) : v));
          const [values, indices] = [room(dtype, size), room('int32', size)];
          sort(dtype, place(dtype, x), values, indices, outer, length, inner, descending);
          const [wantValues, wantIndices] = [new Array<number>(size), new Array<number>(size)];
          for (let o = 0; o < outer; o++) {
            for (let i = 0; i < inner; i++) {
              const at = (l: number): number => (o * length + l) * inner + i;
              const sorted = Array.from({ length }, (_, l) => l).sort((a, b) =>
                descending ? order(x[at(b)], x[at(a)]) : order(x[at(a)], x[at(b)]),
              );
              sorted.forEach((from, to) => {
                wantValues[at(to)] = x[at(from)];
                wantIndices[at(to)] = from;
              });
            }
          }
          const what = `sort of [${outer}, ${length}, ${inner}]`;
          expectEqual(read(dtype, values, size), wantValues, what);
          expectEqual(read('int32', indices, size), wantIndices, what);
        }
      });
    }
  }

  it('sorts int32 of all magnitudes', () => {
    const random = new Random('magnitudes');
    const x = Array.from({ length: 500 }, () => Math.trunc(random.real(-1, 1) * 2 ** random.integer(0, 31)));
    const [values, indices] = [room('int32', 500), room('int32', 500)];
    sort('int32', place('int32', x), values, indices, 1, 500, 1);
    expectEqual(
      read('int32', values, 500),
      [...x].sort((a, b) => a - b),
      'sort',
    );
  });
});

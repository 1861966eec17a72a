import { expect } from 'chai';
import { logSumExp, type SoftmaxOp, softmax, softmaxGrad } from '../../../packages/core/src/kernels/softmax.ts';
import { expectClose, expectEqual, Random } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

const sizes: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [64, 10, 1],
  [3, 37, 1],
  [2, 5000, 1],
  [2, 4, 3],
  [2, 10, 64],
  [1, 7, 131],
  [1, 3000, 6],
  [0, 3, 2],
  [2, 3, 0],
  [3, 0, 1],
];

/** Calls `visit` with the places of every line along the middle dimension. */
function forEachLine(outer: number, length: number, inner: number, visit: (places: number[]) => void): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) visit(Array.from({ length }, (_, l) => (o * length + l) * inner + i));
  }
}

function exactLogSumExp(line: readonly number[]): number {
  const largest = Math.max(...line);
  if (!Number.isFinite(largest)) return largest;
  return largest + Math.log(line.reduce((sum, v) => sum + Math.exp(v - largest), 0));
}

function exactSoftmax(op: SoftmaxOp, x: readonly number[], outer: number, length: number, inner: number): number[] {
  const y = new Array<number>(x.length);
  forEachLine(outer, length, inner, (places) => {
    const total = exactLogSumExp(places.map((p) => x[p]));
    for (const p of places) y[p] = op === 'softmax' ? Math.exp(x[p] - total) : x[p] - total;
  });
  return y;
}

describe('softmax kernels', () => {
  beforeEach(clearPlaces);

  for (const dtype of ['float32', 'float64'] as const) {
    const tolerance = dtype === 'float32' ? 2e-6 : 1e-14;

    for (const op of ['softmax', 'logSoftmax'] as const) {
      it(`${op} of ${dtype} along any dimension, in place too`, () => {
        const random = new Random(`${op} ${dtype}`);
        for (const [outer, length, inner] of sizes) {
          clearPlaces();
          const x = random.values(dtype, outer * length * inner).map((v) => (random.chance(0.05) ? Number.NEGATIVE_INFINITY : 5 * v));
          const want = exactSoftmax(op, x, outer, length, inner);
          const [from, y] = [place(dtype, x), room(dtype, x.length)];
          softmax(op, dtype, from, y, outer, length, inner);
          expectClose(read(dtype, y, x.length), want, tolerance, `${op} of [${outer}, ${length}, ${inner}]`);
          softmax(op, dtype, from, from, outer, length, inner);
          expectEqual(read(dtype, from, x.length), read(dtype, y, x.length), 'in place');
        }
      });

      it(`the gradient of ${op} of ${dtype}, in place too`, () => {
        const random = new Random(`${op} gradient ${dtype}`);
        for (const [outer, length, inner] of sizes) {
          clearPlaces();
          const size = outer * length * inner;
          const y = exactSoftmax(op, random.values(dtype, size), outer, length, inner);
          const g = random.values(dtype, size);
          const want = new Array<number>(size);
          forEachLine(outer, length, inner, (places) => {
            const sum = places.reduce((total, p) => total + g[p] * (op === 'softmax' ? y[p] : 1), 0);
            for (const p of places) want[p] = op === 'softmax' ? y[p] * (g[p] - sum) : g[p] - Math.exp(y[p]) * sum;
          });
          const [yPlace, gPlace, result] = [place(dtype, y), place(dtype, g), room(dtype, size)];
          softmaxGrad(op, dtype, yPlace, gPlace, result, outer, length, inner);
          expectClose(read(dtype, result, size), want, 5 * tolerance, `${op} gradient of [${outer}, ${length}, ${inner}]`);
          softmaxGrad(op, dtype, yPlace, gPlace, gPlace, outer, length, inner);
          expectEqual(read(dtype, gPlace, size), read(dtype, result, size), 'in place');
        }
      });
    }

    it(`logSumExp of ${dtype} along any dimension`, () => {
      const random = new Random(`logSumExp ${dtype}`);
      for (const [outer, length, inner] of sizes) {
        clearPlaces();
        const x = random.values(dtype, outer * length * inner);
        const y = room(dtype, outer * inner);
        logSumExp(dtype, place(dtype, x), y, outer, length, inner);
        const want: number[] = [];
        forEachLine(outer, length, inner, (places) => want.push(exactLogSumExp(places.map((p) => x[p]))));
        expectClose(read(dtype, y, outer * inner), want, tolerance, `logSumExp of [${outer}, ${length}, ${inner}]`);
      }
    });

    it(`large numbers of ${dtype} do not overflow, and what is not finite gives what PyTorch gives`, () => {
      const infinity = Number.POSITIVE_INFINITY;
      const rows = [
        [1000, 1000, -1000],
        [-infinity, -infinity, -infinity],
        [infinity, 0, 1],
        [Number.NaN, 0, 1],
        [-infinity, 0, 0],
      ];
      const nan = [Number.NaN, Number.NaN, Number.NaN];
      const wantSoftmax = [[0.5, 0.5, 0], nan, nan, nan, [0, 0.5, 0.5]];
      const wantSum = [1000 + Math.LN2, -infinity, infinity, Number.NaN, Math.LN2];
      for (const inner of [1, 2]) {
        clearPlaces();
        const x = place(
          dtype,
          rows.flat().flatMap((v) => new Array(inner).fill(v)),
        );
        const [y, sums] = [room(dtype, 15 * inner), room(dtype, 5 * inner)];
        softmax('softmax', dtype, x, y, 5, 3, inner);
        logSumExp(dtype, x, sums, 5, 3, inner);
        const first = (values: number[]): number[] => values.filter((_, i) => i % inner === 0);
        expectClose(first(read(dtype, y, 15 * inner)), wantSoftmax.flat(), tolerance, 'softmax');
        expectClose(first(read(dtype, sums, 5 * inner)), wantSum, tolerance, 'logSumExp');
      }
    });
  }

  it('a softmax of float32 sums to 1', () => {
    const x = new Random('sums').values('float32', 100_000);
    const y = room('float32', x.length);
    softmax('softmax', 'float32', place('float32', x), y, 1, x.length, 1);
    const sum = read('float32', y, x.length).reduce((a, b) => a + b, 0);
    expect(Math.abs(sum - 1)).to.be.lessThan(1e-6);
  });
});

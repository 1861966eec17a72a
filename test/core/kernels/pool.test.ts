import { expect } from 'chai';
import { scatterAdd } from '../../../packages/core/src/kernels/indexing.ts';
import {
  type AvgPoolDivisor,
  arePairs,
  avgPool,
  avgPoolGrad,
  maxPool,
  maxPoolPairs,
  maxPoolPairsGrad,
  maxPoolPairsPick,
  type PoolWindows,
} from '../../../packages/core/src/kernels/pool.ts';
import { sizeOf } from '../../../packages/core/src/shape.ts';
import { expectClose, expectEqual, forEachIndex, Random } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

interface RandomWindows extends PoolWindows {
  readonly paddingAfter: readonly number[];
}

/** Windows as the layers allow them: padding of at most half a kernel, sizes rounded down or up, none that begins behind the image. */
function randomWindows(random: Random, dims: number, dilates: boolean): RandomWindows {
  const missing = { in: 1, kernel: 1, out: 1, stride: 1, dilation: 1, padding: 0 };
  const axis = () => {
    const kernel = random.integer(1, 4);
    const stride = random.integer(1, 3);
    const dilation = dilates ? random.integer(1, 2) : 1;
    const padding = random.integer(0, Math.floor(kernel / 2));
    const extent = dilation * (kernel - 1) + 1;
    const size = Math.max(1, extent - 2 * padding) + random.integer(0, random.chance(0.2) ? 40 : 8);
    const rounded = random.chance(0.5) ? Math.ceil : Math.floor;
    let out = rounded((size + 2 * padding - extent) / stride) + 1;
    if ((out - 1) * stride >= size + padding) out--;
    return { in: size, kernel, out, stride, dilation, padding };
  };
  const axes = [0, 1, 2].map((dim) => (dim >= 3 - dims ? axis() : missing));
  const padding = axes.map((a) => a.padding);
  return {
    planes: random.integer(0, 3),
    inSize: axes.map((a) => a.in),
    kernelSize: axes.map((a) => a.kernel),
    outSize: axes.map((a) => a.out),
    stride: axes.map((a) => a.stride),
    dilation: axes.map((a) => a.dilation),
    padding,
    paddingAfter: padding,
  };
}

/** Calls `visit` for every tap of an output that is inside the image, in row-major order, with its place in the plane. */
function forEachTap(w: PoolWindows, output: readonly number[], visit: (place: number) => void): void {
  forEachIndex(w.kernelSize, (tap) => {
    const at = tap.map((k, dim) => output[dim] * w.stride[dim] - w.padding[dim] + k * w.dilation[dim]);
    if (at.every((position, dim) => position >= 0 && position < w.inSize[dim])) {
      visit((at[0] * w.inSize[1] + at[1]) * w.inSize[2] + at[2]);
    }
  });
}

/** Whether every window has a tap in the image: a dilated one may straddle it. */
function touchesEverywhere(w: PoolWindows): boolean {
  let touches = true;
  forEachIndex(w.outSize, (output) => {
    let taps = 0;
    forEachTap(w, output, () => taps++);
    touches &&= taps > 0;
  });
  return touches;
}

function divisorOf(w: PoolWindows, divisor: AvgPoolDivisor, output: readonly number[]): number {
  if (divisor.divisorOverride !== 0) return divisor.divisorOverride;
  let count = 0;
  if (!divisor.countIncludePad) {
    forEachTap(w, output, () => count++);
    return count;
  }
  return output.reduce((product, o, dim) => {
    const start = o * w.stride[dim] - w.padding[dim];
    return product * (Math.min(start + w.kernelSize[dim], w.inSize[dim] + divisor.paddingAfter[dim]) - start);
  }, 1);
}

const names = ['', '1-D', '2-D', '3-D'];

describe('pooling kernels', () => {
  beforeEach(clearPlaces);

  for (const dtype of ['float32', 'float64'] as const) {
    function expectMaxPool(x: readonly number[], w: PoolWindows): void {
      clearPlaces();
      const [inPlane, outPlane] = [sizeOf(w.inSize), sizeOf(w.outSize)];
      const [y, indices] = [room(dtype, w.planes * outPlane), room('int32', w.planes * outPlane)];
      const from = place(dtype, x);
      maxPool(dtype, from, y, indices, w);
      const [values, places]: [number[], number[]] = [[], []];
      forEachIndex([w.planes, ...w.outSize], ([plane, ...output]) => {
        const taps: number[] = [];
        forEachTap(w, output, (tap) => taps.push(tap));
        const at = (tap: number): number => x[plane * inPlane + tap];
        const best = taps.reduce((a, b) => (at(b) > at(a) || Number.isNaN(at(b)) ? b : a));
        values.push(at(best));
        places.push(best);
      });
      const what = `maxPool ${JSON.stringify(w)}`;
      expectEqual(read(dtype, y, values.length), values, what);
      expectEqual(read('int32', indices, places.length), places, what);
      const alone = room(dtype, values.length);
      maxPool(dtype, from, alone, 0, w);
      expectEqual(read(dtype, alone, values.length), values, `${what} without indices`);
    }

    function expectAvgPool(w: RandomWindows, random: Random): void {
      clearPlaces();
      const divisor = {
        countIncludePad: random.chance(0.5),
        divisorOverride: random.chance(0.2) ? 5 : 0,
        paddingAfter: w.paddingAfter,
      };
      const [inPlane, outPlane] = [sizeOf(w.inSize), sizeOf(w.outSize)];
      const x = random.values(dtype, w.planes * inPlane);
      const g = random.values(dtype, w.planes * outPlane);
      const y: number[] = [];
      const dx = x.map(() => 0);
      forEachIndex([w.planes, ...w.outSize], ([plane, ...output], flat) => {
        const by = divisorOf(w, divisor, output);
        let sum = 0;
        forEachTap(w, output, (tap) => {
          sum += x[plane * inPlane + tap];
          dx[plane * inPlane + tap] += g[flat] / by;
        });
        y.push(sum / by);
      });
      const [got, gotGradient] = [room(dtype, y.length), room(dtype, x.length)];
      const { planes, inSize, kernelSize, outSize, stride, dilation, padding } = w;
      const windows = { planes, inSize, kernelSize, outSize, stride, dilation, padding };
      avgPool(dtype, place(dtype, x), got, windows, divisor);
      avgPoolGrad(dtype, place(dtype, g), gotGradient, windows, divisor);
      const tolerance = dtype === 'float32' ? 2e-6 : 1e-14;
      const what = JSON.stringify({ ...w, ...divisor });
      expectClose(read(dtype, got, y.length), y, tolerance, `avgPool ${what}`);
      expectClose(read(dtype, gotGradient, x.length), dx, tolerance, `avgPoolGrad ${what}`);
    }

    for (const dims of [1, 2, 3]) {
      it(`${names[dims]} maxPool of ${dtype}: the last NaN wins, then the first of equals`, () => {
        const random = new Random(`max pool ${dims} ${dtype}`);
        for (let i = 0; i < 100; i++) {
          const w = randomWindows(random, dims, true);
          if (!touchesEverywhere(w)) continue;
          const x = random.values(dtype, w.planes * sizeOf(w.inSize), true).map((v) => (random.chance(0.5) ? Math.round(v) : v));
          expectMaxPool(x, w);
        }
      });

      it(`${names[dims]} avgPool of ${dtype} and its adjoint`, () => {
        const random = new Random(`avg pool ${dims} ${dtype}`);
        for (let i = 0; i < 100; i++) expectAvgPool(randomWindows(random, dims, false), random);
      });
    }

    it(`avgPool of ${dtype} by windows that are as wide as the image, larger than vectors, far apart, or squares side by side`, () => {
      const random = new Random(`large windows ${dtype}`);
      const window = (planes: number, inSize: number[], kernelSize: number[], stride: number[], padding: number[]): RandomWindows => {
        const outSize = inSize.map((size, dim) => Math.floor((size + 2 * padding[dim] - kernelSize[dim]) / stride[dim]) + 1);
        return { planes, inSize, kernelSize, outSize, stride, dilation: [1, 1, 1], padding, paddingAfter: padding };
      };
      for (const planes of [1, 3, 4, 9]) {
        for (const [inSize, kernelSize, stride, padding] of [
          [
            [1, 7, 7],
            [1, 7, 7],
            [1, 7, 7],
            [0, 0, 0],
          ],
          [
            [3, 5, 6],
            [3, 5, 6],
            [1, 1, 1],
            [0, 0, 0],
          ],
          [
            [1, 6, 10],
            [1, 2, 2],
            [1, 2, 2],
            [0, 0, 0],
          ],
          [
            [1, 7, 71],
            [1, 2, 2],
            [1, 2, 2],
            [0, 0, 0],
          ],
          [
            [1, 1, 1300],
            [1, 1, 1300],
            [1, 1, 1],
            [0, 0, 0],
          ],
          [
            [1, 9, 5],
            [1, 3, 5],
            [1, 2, 1],
            [0, 1, 0],
          ],
          [
            [1, 9, 5],
            [1, 2, 5],
            [1, 4, 1],
            [0, 0, 0],
          ],
          [
            [4, 3, 5],
            [2, 3, 5],
            [2, 1, 1],
            [1, 0, 0],
          ],
          [
            [1, 28, 28],
            [1, 14, 14],
            [1, 14, 14],
            [0, 0, 0],
          ],
          [
            [1, 21, 70],
            [1, 6, 20],
            [1, 7, 23],
            [0, 3, 10],
          ],
          [
            [1, 9, 40],
            [1, 4, 33],
            [1, 2, 3],
            [0, 2, 16],
          ],
          [
            [5, 6, 7],
            [2, 2, 2],
            [2, 2, 2],
            [0, 0, 0],
          ],
          [
            [5, 6, 7],
            [2, 2, 2],
            [3, 3, 3],
            [1, 1, 1],
          ],
        ] as const) {
          expectAvgPool(window(planes, [...inSize], [...kernelSize], [...stride], [...padding]), random);
        }
      }
    });

    /** Everything that pairs of columns have: with and without ReLU behind them, the gradient, and its adjoint. */
    function expectPairs(x: readonly number[], w: PoolWindows, random: Random): void {
      expectMaxPool(x, w);
      const [inPlane, outPlane, what] = [sizeOf(w.inSize), sizeOf(w.outSize), JSON.stringify(w)];
      const g = random.values(dtype, w.planes * outPlane);
      for (const relu of [false, true]) {
        clearPlaces();
        const [values, winners, picked]: [number[], number[], number[]] = [[], [], []];
        const dx = x.map(() => 0);
        forEachIndex([w.planes, ...w.outSize], ([plane, ...output], flat) => {
          const taps: number[] = [];
          forEachTap(w, output, (tap) => taps.push(plane * inPlane + tap));
          const best = taps.reduce((a, b) => (x[b] > x[a] || Number.isNaN(x[b]) ? b : a));
          const stopped = relu && x[best] <= 0;
          values.push(stopped ? 0 : x[best]);
          winners.push(stopped ? 255 : taps.indexOf(best));
          picked.push(stopped ? 0 : x[best]);
          if (!stopped) dx[best] = g[flat];
        });
        const [from, y, kept] = [place(dtype, x), room(dtype, values.length), room('uint8', values.length)];
        maxPoolPairs(dtype, from, y, 0, kept, relu, w);
        expectEqual(read(dtype, y, values.length), values, `maxPoolPairs ${relu} ${what}`);
        expectEqual(read('uint8', kept, values.length), winners, `winners ${relu} ${what}`);
        const [gradient, again] = [room(dtype, x.length), room(dtype, values.length)];
        maxPoolPairsGrad(dtype, place(dtype, g), kept, gradient, w);
        expectEqual(read(dtype, gradient, x.length), dx, `maxPoolPairsGrad ${relu} ${what}`);
        maxPoolPairsPick(dtype, from, kept, again, w);
        expectEqual(read(dtype, again, values.length), picked, `maxPoolPairsPick ${relu} ${what}`);
      }
    }

    it(`maxPool of ${dtype} by pairs of columns, on images of any width`, () => {
      const random = new Random(`pairs ${dtype}`);
      for (const [depth, height, width, rows] of [
        [1, 2, 2, 2],
        [1, 5, 9, 2],
        [1, 28, 28, 2],
        [1, 14, 14, 2],
        [1, 10, 10, 2],
        [1, 7, 15, 2],
        [1, 4, 33, 2],
        [1, 3, 70, 2],
        [1, 7, 3, 2],
        [1, 1, 40, 1],
        [1, 1, 3, 1],
        [1, 9, 12, 3],
        [3, 5, 6, 2],
      ] as const) {
        const kernelSize = [1, rows, 2];
        const outSize = [depth, Math.floor(height / rows), Math.floor(width / 2)];
        const inSize = [depth, height, width];
        const w = { planes: 5, inSize, kernelSize, outSize, stride: kernelSize, dilation: [1, 1, 1], padding: [0, 0, 0] };
        expect(arePairs(w)).to.equal(true);
        const count = 5 * sizeOf(inSize);
        const x = random.values(dtype, count, true).map((v) => (random.chance(0.5) ? Math.round(v) : v));
        expectPairs(x, w, random);
        expectPairs(new Array<number>(count).fill(Number.NEGATIVE_INFINITY), w, random);
      }
    });

    it(`maxPool of ${dtype} by pairs in several tasks`, () => {
      const random = new Random(`many pairs ${dtype}`);
      const [kernelSize, one] = [
        [1, 2, 2],
        [1, 1, 1],
      ];
      for (const side of [14, 28]) {
        const inSize = [1, side, side];
        const outSize = [1, side / 2, side / 2];
        const w = { planes: 420, inSize, kernelSize, outSize, stride: kernelSize, dilation: one, padding: [0, 0, 0] };
        expectPairs(random.values(dtype, 420 * side * side, true), w, random);
      }
    });

    it(`only windows of ${dtype} that share no element, lie inside and are two columns wide are pairs`, () => {
      const kernelSize = [1, 2, 2];
      const plane = {
        planes: 1,
        inSize: [1, 6, 6],
        outSize: [1, 3, 3],
        kernelSize,
        stride: kernelSize,
        dilation: [1, 1, 1],
        padding: [0, 0, 0],
      };
      expect(arePairs(plane)).to.equal(true);
      expect(arePairs({ ...plane, outSize: [1, 1, 3], stride: [1, 1, 2] })).to.equal(true);
      expect(arePairs({ ...plane, outSize: [1, 5, 3], stride: [1, 1, 2] })).to.equal(false);
      expect(arePairs({ ...plane, padding: [0, 1, 0] })).to.equal(false);
      expect(arePairs({ ...plane, outSize: [1, 2, 3], dilation: [1, 2, 1] })).to.equal(false);
      expect(arePairs({ ...plane, inSize: [1, 6, 5] })).to.equal(false);
      expect(arePairs({ ...plane, inSize: [1, 256, 6], kernelSize: [1, 128, 2], stride: [1, 128, 2], outSize: [1, 2, 3] })).to.equal(false);
      expect(arePairs({ ...plane, inSize: [2, 6, 6], kernelSize: [2, 2, 2], stride: [2, 2, 2] })).to.equal(false);
      expect(arePairs({ ...plane, kernelSize: [1, 2, 3], stride: [1, 2, 3], outSize: [1, 3, 2] })).to.equal(false);
    });

    it(`a window of ${dtype} that straddles the image gives -infinity, and an index in it`, () => {
      const one = [1, 1, 1];
      const windows = { planes: 1, inSize: one, kernelSize: [1, 2, 2], outSize: one, stride: one, dilation: [1, 2, 2], padding: [0, 1, 1] };
      const [y, indices] = [room(dtype, 1), room('int32', 1)];
      maxPool(dtype, place(dtype, [3]), y, indices, windows);
      expect([...read(dtype, y, 1), ...read('int32', indices, 1)]).to.deep.equal([Number.NEGATIVE_INFINITY, 0]);
    });

    it(`the gradient of maxPool of ${dtype} is scatterAdd over its planes`, () => {
      const w = {
        planes: 2,
        inSize: [1, 4, 4],
        kernelSize: [1, 3, 3],
        outSize: [1, 2, 2],
        stride: [1, 1, 1],
        dilation: [1, 1, 1],
        padding: [0, 0, 0],
      };
      const x = Array.from({ length: 32 }, (_, i) => (i % 16 === 5 ? 9 : i % 7));
      const [y, indices, dx] = [room(dtype, 8), room('int32', 8), room(dtype, 32)];
      maxPool(dtype, place(dtype, x), y, indices, w);
      scatterAdd(dtype, place(dtype, [1, 2, 3, 4, 5, 6, 7, 8]), indices, dx, 2, 16, 1, 4);
      const want = new Array(32).fill(0);
      want[5] = 10;
      want[21] = 26;
      expect(read(dtype, dx, 32)).to.deep.equal(want);
    });
  }
});

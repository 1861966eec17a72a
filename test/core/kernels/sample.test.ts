import { type SampleSizes, sampleGather, sampleScatter } from '../../../packages/core/src/kernels/sample.ts';
import { sizeOf } from '../../../packages/core/src/shape.ts';
import { expectClose, expectEqual, forEachIndex, Random } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

/** The hat function max(0, 1 - |t - i|), or its derivative by t towards larger t. */
function hat(order: number, t: number, i: number): number {
  if (order === 0) return Math.max(0, 1 - Math.abs(t - i));
  if (i - 1 <= t && t < i) return 1;
  return i <= t && t < i + 1 ? -1 : 0;
}

interface Case extends SampleSizes {
  readonly positions: readonly number[];
}

function randomCase(random: Random): Case {
  const rank = random.integer(1, 3);
  const dims = (value: (dim: number) => number, missing: number) => [0, 1, 2].map((dim) => (dim < 3 - rank ? missing : value(dim)));
  const nearest = random.chance(0.2);
  const sharedPositions = random.chance(0.3);
  const [batch, groups, taps] = [random.integer(0, 3), random.integer(1, 3), random.integer(1, 3)];
  const points = random.chance(0.2) ? random.integer(120, 300) : random.integer(1, 9);
  const inSize = dims(() => random.integer(1, 6), 1);
  const images = sharedPositions ? 1 : batch;
  const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 31, -(2 ** 31), -1, 0, 2];
  const positions = Array.from({ length: images * groups * taps * rank * points }, () => {
    if (random.chance(0.1)) return random.pick(specials);
    return random.integer(-2, 7) + random.integer(0, 7) / 8;
  });
  return {
    ...{ batch, groups, channels: random.integer(1, 20), taps, points, rank, inSize, nearest, sharedPositions, positions },
    order: dims(() => (nearest ? 0 : random.integer(0, 1)), 0),
  };
}

/** Calls `visit` for every sample and every pixel that has a weight in it, with their places and the weight. */
function forEachWeight(c: Case, visit: (sample: number, pixel: number, weight: number) => void): void {
  const shape = [c.batch, c.groups, c.channels, c.taps, c.points];
  const volume = sizeOf(c.inSize);
  forEachIndex(shape, ([image, group, channel, tap, point], sample) => {
    const row = ((c.sharedPositions ? 0 : image) * c.groups + group) * c.taps + tap;
    const position = Array.from({ length: c.rank }, (_, d) => c.positions[(row * c.rank + d) * c.points + point]);
    if (!position.every((t) => Math.abs(t) <= 2 ** 30)) return;
    const plane = (image * c.groups + group) * c.channels + channel;
    forEachIndex(c.inSize, (at, pixel) => {
      const factors = position.map((t, d) => {
        const dim = 3 - c.rank + d;
        if (c.nearest) return Math.floor(t) === at[dim] ? 1 : 0;
        return hat(c.order[dim], t, at[dim]);
      });
      const weight = factors.reduce((product, factor) => product * factor, 1);
      if (weight !== 0) visit(sample, plane * volume + pixel, weight);
    });
  });
}

describe('sampling kernels', () => {
  beforeEach(clearPlaces);

  for (const [dtype, tolerance] of [
    ['float64', 1e-13],
    ['float32', 1e-5],
  ] as const) {
    it(`gather and scatter by products of hat functions and their derivatives: ${dtype}`, () => {
      const random = new Random(`sample ${dtype}`);
      for (let trial = 0; trial < 60; trial++) {
        clearPlaces();
        const c = randomCase(random);
        const images = c.batch * c.groups * c.channels * sizeOf(c.inSize);
        const samples = c.batch * c.groups * c.channels * c.taps * c.points;
        const [x, g] = [random.values(dtype, images), random.values(dtype, samples)];
        const [gathered, scattered] = [new Array<number>(samples).fill(0), new Array<number>(images).fill(0)];
        forEachWeight(c, (sample, pixel, weight) => {
          gathered[sample] += weight * x[pixel];
          scattered[pixel] += weight * g[sample];
        });
        const positions = place(dtype, c.positions);
        const [y, dx] = [room(dtype, samples), room(dtype, images)];
        sampleGather(dtype, place(dtype, x), positions, y, c);
        sampleScatter(dtype, place(dtype, g), positions, dx, c);
        expectClose(read(dtype, y, samples), gathered, tolerance, `trial ${trial}: gather`);
        // A pixel may be the sum of a few thousand samples of either sign.
        expectClose(read(dtype, dx, images), scattered, 100 * tolerance, `trial ${trial}: scatter`);
      }
    });
  }

  it('leaves out pixels beyond the border, whatever stands behind the image in memory', () => {
    const x = place('float64', [1, 2, Number.NaN, Number.NaN]);
    const y = room('float64', 3);
    const sizes = { batch: 1, groups: 1, channels: 1, taps: 1, points: 3, rank: 1, inSize: [1, 1, 2], order: [0, 0, 0] };
    sampleGather('float64', x, place('float64', [1.5, -0.5, 1]), y, { ...sizes, nearest: false, sharedPositions: false });
    expectEqual(read('float64', y, 3), [1, 0.5, 2], 'gather');
  });
});

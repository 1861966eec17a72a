import { fold, unfold } from '../../../packages/core/src/kernels/patches.ts';
import type { PoolWindows } from '../../../packages/core/src/kernels/pool.ts';
import { sizeOf } from '../../../packages/core/src/shape.ts';
import { expectClose, expectEqual, forEachIndex, Random } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

/** Windows over any padding, some of them outside the image altogether. */
function randomWindows(random: Random): PoolWindows {
  const dims = random.integer(1, 3);
  const axes = [0, 1, 2].map((dim) => {
    if (dim < 3 - dims) return { in: 1, kernel: 1, out: 1, stride: 1, dilation: 1, padding: 0 };
    const [kernel, stride, dilation] = [random.integer(1, 3), random.integer(1, 4), random.integer(1, 3)];
    const [padding, size] = [random.integer(0, 5), random.integer(1, random.chance(0.2) ? 30 : 6)];
    const room = size + padding + random.integer(0, 5) - dilation * (kernel - 1) - 1;
    return { in: size, kernel, out: Math.max(1, Math.floor(room / stride) + 1), stride, dilation, padding };
  });
  return {
    planes: random.integer(0, 3),
    inSize: axes.map((axis) => axis.in),
    kernelSize: axes.map(({ kernel }) => kernel),
    outSize: axes.map(({ out }) => out),
    stride: axes.map(({ stride }) => stride),
    dilation: axes.map(({ dilation }) => dilation),
    padding: axes.map(({ padding }) => padding),
  };
}

/** For every element of the columns its place in the images, or -1 in the padding. */
function placesOf({ planes, inSize, kernelSize, outSize, stride, dilation, padding }: PoolWindows): number[] {
  const places: number[] = [];
  forEachIndex([planes, ...kernelSize, ...outSize], ([plane, ...rest]) => {
    const at = [0, 1, 2].map((dim) => rest[3 + dim] * stride[dim] + rest[dim] * dilation[dim] - padding[dim]);
    const inside = at.every((position, dim) => position >= 0 && position < inSize[dim]);
    places.push(inside ? ((plane * inSize[0] + at[0]) * inSize[1] + at[1]) * inSize[2] + at[2] : -1);
  });
  return places;
}

describe('patch kernels', () => {
  beforeEach(clearPlaces);

  for (const dtype of ['float32', 'float64', 'int32', 'uint8'] as const) {
    it(`unfold of ${dtype} copies bit by bit`, () => {
      const random = new Random(`unfold ${dtype}`);
      for (let i = 0; i < 150; i++) {
        clearPlaces();
        const windows = randomWindows(random);
        const x = random.values(dtype, windows.planes * sizeOf(windows.inSize), true);
        const want = placesOf(windows).map((at) => (at < 0 ? 0 : x[at]));
        const y = room(dtype, want.length);
        unfold(dtype, place(dtype, x), y, windows);
        expectEqual(read(dtype, y, want.length), want, `unfold ${JSON.stringify(windows)}`);
      }
    });
  }

  for (const dtype of ['float32', 'float64', 'int32'] as const) {
    it(`fold of ${dtype} adds up`, () => {
      const random = new Random(`fold ${dtype}`);
      for (let i = 0; i < 150; i++) {
        clearPlaces();
        const windows = randomWindows(random);
        const places = placesOf(windows);
        const y = random.values(dtype, places.length);
        const want = new Array<number>(windows.planes * sizeOf(windows.inSize)).fill(0);
        places.forEach((at, index) => {
          if (at >= 0) want[at] += y[index];
        });
        const x = room(dtype, want.length);
        fold(dtype, place(dtype, y), x, windows);
        // At most 27 terms, added in the same order.
        expectClose(read(dtype, x, want.length), want, dtype === 'float32' ? 1e-5 : 0, `fold ${JSON.stringify(windows)}`);
      }
    });
  }

  it('share the lines of large images among tasks', () => {
    const windows = {
      planes: 3,
      inSize: [1, 60, 500],
      kernelSize: [1, 3, 2],
      outSize: [1, 60, 250],
      stride: [1, 1, 2],
      dilation: [1, 1, 3],
      padding: [0, 1, 2],
    };
    const random = new Random('large');
    const places = placesOf(windows);
    const x = random.values('float64', 3 * 60 * 500);
    const y = room('float64', places.length);
    unfold('float64', place('float64', x), y, windows);
    const columns = places.map((at) => (at < 0 ? 0 : x[at]));
    expectEqual(read('float64', y, places.length), columns, 'unfold');
    const want = x.map(() => 0);
    places.forEach((at, index) => {
      if (at >= 0) want[at] += columns[index];
    });
    const image = room('float64', x.length);
    fold('float64', y, image, windows);
    expectEqual(read('float64', image, x.length), want, 'fold');
  });
});

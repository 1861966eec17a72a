import { type Tensor, tensor, zeros } from '@convgrad/core';
import { gridSample, interpolate } from '@convgrad/nn';
import fc from 'fast-check';
import { untyped } from '../errors/untyped.ts';
import { normal } from './numbers.ts';
import { check, numbers } from './random_calls.ts';
import { longest, mostly, numbersOf, perDimension, spatial } from './random_options.ts';
import { flat, places } from './reference_convolution.ts';
import { clamped, hatSample, mirrored, nearestSample } from './reference_sampling.ts';

const rank = fc.integer({ min: 1, max: 3 });

/** The value at a place of a plane of an image [N, C, spatial..]. */
function planeOf(x: Tensor, plane: readonly number[]): (at: readonly number[]) => number {
  const data = numbers(x);
  return (at) => data[flat([...plane, ...at], x.shape)];
}

const dtype = mostly(fc.constant('float64' as const), fc.constantFrom('float32' as const, 'int32' as const));

describe('thousands of random samplings give the right result or a typed error:', () => {
  const coordinate = mostly(
    fc.double({ min: -3, max: 3, noNaN: true }),
    fc.constantFrom(-1, 0, 1, 0.5, -0.25, 8, -9, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    3,
  );

  const gridCalls = rank.chain((dims) =>
    fc.record({
      dims: fc.constant(dims),
      batch: fc.integer({ min: 0, max: 2 }),
      channels: fc.integer({ min: 0, max: 2 }),
      size: spatial(dims, 5),
      gridBatch: mostly(fc.constant(0), fc.constantFrom(1, 2)),
      outSize: mostly(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: dims, maxLength: dims }), spatial(dims, 3)),
      coordinates: mostly(fc.constant(dims), fc.integer({ min: 1, max: 4 })),
      values: fc.array(coordinate, { minLength: 1, maxLength: 40 }),
      mode: mostly(fc.constantFrom('bilinear', 'nearest', undefined), fc.constantFrom('bicubic', 1, null)),
      paddingMode: mostly(fc.constantFrom('zeros', 'border', 'reflection', undefined), fc.constantFrom('reflect', 0, null)),
      alignCorners: fc.boolean(),
      dtype,
    }),
  );

  type GridCall = typeof gridCalls extends fc.Arbitrary<infer T> ? T : never;

  const imageOf = ({ batch, channels, size }: Pick<GridCall, 'batch' | 'channels' | 'size'>) => normal([batch, channels, ...size], 1);

  /** The given coordinates, over and over. */
  function gridOf({ batch, gridBatch, outSize, coordinates, values }: GridCall): { shape: readonly number[]; data: readonly number[] } {
    const shape = [batch + gridBatch, ...outSize, coordinates];
    const size = shape.reduce((product, length) => product * length, 1);
    return { shape, data: Array.from({ length: size }, (_, at) => values[at % values.length]) };
  }

  /** Pixels along a dimension; not a number where nothing is sampled. */
  function positionOf(u: number, length: number, { paddingMode, alignCorners }: GridCall): number {
    const pixels = alignCorners ? ((u + 1) * (length - 1)) / 2 : ((u + 1) * length - 1) / 2;
    if (paddingMode === 'border') return clamped(pixels, length);
    if (!Number.isFinite(pixels)) return Number.NaN;
    if (paddingMode !== 'reflection') return pixels;
    return clamped(alignCorners ? mirrored(pixels, 0, length - 1) : mirrored(pixels, -0.5, length - 0.5), length);
  }

  it('gridSample', () => {
    check(
      gridCalls,
      3000,
      (call) => {
        const { shape, data } = gridOf(call);
        const grid = tensor([...data], { shape: [...shape], dtype: 'float64' });
        const { mode, paddingMode, alignCorners } = call;
        return untyped(gridSample, imageOf(call), call.dtype === 'float64' ? grid : zeros(shape, { dtype: call.dtype }), {
          mode,
          paddingMode,
          alignCorners,
        });
      },
      (call) => {
        const { dims, batch, channels, size, gridBatch, outSize, mode, paddingMode } = call;
        if (call.dtype !== 'float64' || gridBatch > 0 || call.coordinates !== dims) return null;
        if (![undefined, 'bilinear', 'nearest'].some((known) => known === mode)) return null;
        if (![undefined, 'zeros', 'border', 'reflection'].some((known) => known === paddingMode)) return null;
        if (size.length !== dims || outSize.length !== dims || size.includes(0)) return null;
        const x = imageOf(call);
        const grid = gridOf(call);
        const sample = mode === 'nearest' ? nearestSample : hatSample;
        const data = places([batch, channels, ...outSize]).map(([n, c, ...place]) => {
          const first = flat([n, ...place, 0], grid.shape);
          // The last spatial dimension is named first.
          const position = size.map((length, dim) => positionOf(grid.data[first + dims - 1 - dim], length, call));
          return position.some(Number.isNaN) ? 0 : sample(planeOf(x, [n, c]), size, position);
        });
        return { shape: [batch, channels, ...outSize], data };
      },
    );
  });

  const factor = mostly(fc.double({ min: 0.2, max: 3, noNaN: true }), fc.constantFrom(1, 2, 0.5, 0, -1, Number.NaN, 1e300, null, '2'), 8);
  const modes = ['nearest', 'linear', 'bilinear', 'trilinear'] as const;

  const resizeCalls = rank.chain((dims) =>
    fc.record({
      dims: fc.constant(dims),
      batch: fc.integer({ min: 0, max: 2 }),
      channels: fc.integer({ min: 0, max: 2 }),
      size: spatial(dims, 5),
      by: mostly(fc.constantFrom('size', 'scaleFactor'), fc.constantFrom('both', 'neither')),
      newSize: perDimension(dims, 1, 6),
      scaleFactor: mostly(
        fc.oneof(factor, fc.array(factor, { minLength: dims, maxLength: dims })),
        fc.oneof(fc.array(factor, { maxLength: 4 }), fc.constant({})),
      ),
      mode: mostly(fc.constantFrom(undefined, 'nearest', modes[dims]), fc.constantFrom('bicubic', 'toString', 1, null, ...modes), 8),
      alignCorners: mostly(fc.constant(false), fc.constant(true), 1),
      dtype,
    }),
  );

  type ResizeCall = typeof resizeCalls extends fc.Arbitrary<infer T> ? T : never;

  /** Sizes of the result and the steps between its pixels, in pixels of the image, or null where there are none. */
  function resized({ dims, by, size, ...call }: ResizeCall): { outSize: readonly number[]; steps: readonly number[] } | null {
    if (by === 'size') {
      const outSize = numbersOf(call.newSize, dims, 1);
      return outSize === null ? null : { outSize, steps: outSize.map((length, dim) => size[dim] / length) };
    }
    const list: readonly unknown[] = Array.isArray(call.scaleFactor) ? call.scaleFactor : new Array(dims).fill(call.scaleFactor);
    const scales = list.filter((scale) => typeof scale === 'number').filter((scale) => Number.isFinite(scale) && scale > 0);
    if (list.length !== dims || scales.length !== dims) return null;
    const outSize = scales.map((scale, dim) => Math.floor(size[dim] * scale));
    return outSize.includes(0) ? null : { outSize, steps: scales.map((scale) => 1 / scale) };
  }

  it('interpolate', () => {
    check(
      resizeCalls,
      3000,
      (call) => {
        const { by, mode, alignCorners } = call;
        const size = by === 'size' || by === 'both' ? { size: call.newSize } : {};
        const scaleFactor = by === 'scaleFactor' || by === 'both' ? { scaleFactor: call.scaleFactor } : {};
        const x = imageOf(call);
        return untyped(interpolate, call.dtype === 'int32' ? x.to('int32') : x, { ...size, ...scaleFactor, mode, alignCorners });
      },
      (call) => {
        const { dims, batch, channels, size, mode = 'nearest', alignCorners } = call;
        if (call.dtype === 'int32' || call.by === 'both' || call.by === 'neither') return null;
        if (size.length !== dims || size.includes(0)) return null;
        if (mode !== 'nearest' && mode !== modes[dims]) return null;
        if (mode === 'nearest' && alignCorners) return null;
        const found = resized(call);
        if (found === null) return null;
        const { outSize, steps } = found;
        if (outSize.reduce((product, length) => product * length, 1) > longest) return null;
        const x = imageOf(call);
        const data = places([batch, channels, ...outSize]).map(([n, c, ...place]) => {
          const position = place.map((i, dim) => {
            if (mode === 'nearest') return Math.min(Math.floor(i * steps[dim]), size[dim] - 1);
            if (!alignCorners) return clamped((i + 0.5) * steps[dim] - 0.5, size[dim]);
            return outSize[dim] === 1 ? 0 : (i * (size[dim] - 1)) / (outSize[dim] - 1);
          });
          return hatSample(planeOf(x, [n, c]), size, position);
        });
        return { shape: [batch, channels, ...outSize], data };
      },
    );
  });
});

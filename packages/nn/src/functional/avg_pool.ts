import { ArgumentError, apply, defineFunction, readable, type Tensor, writable } from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';
import { floatDType } from './float_dtype.ts';
import { type PoolGeometry, type PoolOptions, type PoolSettings, poolGeometry, poolSettings } from './pool_geometry.ts';
import type { PerDimension } from './spatial.ts';

/** Options of an average pooling. */
export interface AvgPoolOptions extends PoolOptions {
  /** Count the padding as elements that are 0 (but not the rows that `ceilMode` adds behind it). Default true. */
  readonly countIncludePad?: boolean;
  /** Divide every window's sum by this instead of the number of its elements. */
  readonly divisorOverride?: number | null;
}

/** The options of an average pooling, checked. */
export interface AvgPoolSettings extends PoolSettings {
  readonly countIncludePad: boolean;
  /** 0 for none. */
  readonly divisorOverride: number;
}

interface AveragingGeometry extends PoolGeometry {
  readonly countIncludePad: boolean;
  readonly divisorOverride: number;
}

/*
 * y[p, j] = (sum of x[p, window j]) / d_j, and the adjoint. Each is the other's derivative:
 *
 *   avgPool(x) -> y          dx = avgPoolGrad(dy)
 *   avgPoolGrad(g) -> x      dg = avgPool(dx)
 */

const avgPoolFunction = defineFunction<[Tensor], AveragingGeometry>({
  name: 'avgPool',
  forward(call, [x], geometry) {
    const y = call.output(geometry.outputShape, x.dtype);
    kernels.avgPool(floatDType('avgPool', x), readable(x.storage), writable(y.storage), geometry, geometry);
    return y;
  },
  backward(_call, g, geometry) {
    return [spread(g, geometry)];
  },
});

const avgPoolGradFunction = defineFunction<[Tensor], AveragingGeometry>({
  name: 'avgPoolGrad',
  forward(call, [g], geometry) {
    const x = call.output(geometry.inputShape, g.dtype);
    kernels.avgPoolGrad(floatDType('avgPoolGrad', g), readable(g.storage), writable(x.storage), geometry, geometry);
    return x;
  },
  backward(_call, h, geometry) {
    return [average(h, geometry)];
  },
});

function average(x: Tensor, geometry: AveragingGeometry): Tensor {
  return apply(avgPoolFunction, [x], geometry);
}

function spread(g: Tensor, geometry: AveragingGeometry): Tensor {
  return apply(avgPoolGradFunction, [g], geometry);
}

/** An average pooling over `rank` spatial dimensions, with settings that were checked before; `name` is what errors call it. */
export function avgPool(name: string, rank: number, x: Tensor, settings: AvgPoolSettings): Tensor {
  floatDType(name, x);
  const { countIncludePad, divisorOverride } = settings;
  return average(x, { ...poolGeometry(name, rank, x.shape, settings), countIncludePad, divisorOverride });
}

/**
 * The options of an average pooling in their spelt-out form.
 *
 * @throws ArgumentError for a value that is not allowed
 */
export function avgPoolSettings(name: string, rank: number, kernelSize: PerDimension, options: AvgPoolOptions): AvgPoolSettings {
  const { countIncludePad = true, divisorOverride = null } = options;
  const fits = (divisor: number) => Number.isInteger(divisor) && divisor !== 0 && Math.abs(divisor) < 2 ** 31;
  if (divisorOverride !== null && !fits(divisorOverride)) {
    throw new ArgumentError(`${name}: divisorOverride must be a whole number other than 0, of less than 2^31, got ${divisorOverride}`);
  }
  return { ...poolSettings(name, rank, kernelSize, options), countIncludePad, divisorOverride: divisorOverride ?? 0 };
}

/**
 * The mean of each window of a sequence.
 *
 * @param x [N, C, L] or [C, L]
 * @returns [N, C, L'] or [C, L']
 * @throws ShapeError if a window does not fit; ArgumentError for an option that is not allowed; DTypeError for integers
 * @example avgPool1d(tensor([[1, 3, 2, 0]]), 2) // [[2, 1]]
 */
export function avgPool1d(x: Tensor, kernelSize: PerDimension, options: AvgPoolOptions = {}): Tensor {
  return avgPool('avgPool1d', 1, x, avgPoolSettings('avgPool1d', 1, kernelSize, options));
}

/**
 * The mean of each window of an image.
 *
 * @param x [N, C, H, W] or [C, H, W]
 * @returns [N, C, H', W'] or [C, H', W']
 * @throws ShapeError if a window does not fit; ArgumentError for an option that is not allowed; DTypeError for integers
 * @example avgPool2d(ones([1, 2, 2]), 2, { padding: 1, stride: 1 }) // [[[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]]]
 */
export function avgPool2d(x: Tensor, kernelSize: PerDimension, options: AvgPoolOptions = {}): Tensor {
  return avgPool('avgPool2d', 2, x, avgPoolSettings('avgPool2d', 2, kernelSize, options));
}

/**
 * The mean of each window of a volume.
 *
 * @param x [N, C, D, H, W] or [C, D, H, W]
 * @returns [N, C, D', H', W'] or [C, D', H', W']
 * @throws ShapeError if a window does not fit; ArgumentError for an option that is not allowed; DTypeError for integers
 * @example avgPool3d(randn([1, 2, 4, 4, 4]), 2).shape // [1, 2, 2, 2, 2]
 */
export function avgPool3d(x: Tensor, kernelSize: PerDimension, options: AvgPoolOptions = {}): Tensor {
  return avgPool('avgPool3d', 3, x, avgPoolSettings('avgPool3d', 3, kernelSize, options));
}

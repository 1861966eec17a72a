import { apply, defineFunction, lend, plain, plainOutput, readable, relu, type Shape, sizeOf, type Tensor, writable } from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';
import { floatDType } from './float_dtype.ts';
import type { LastShapes } from './last_shapes.ts';
import { maxPoolPairs } from './max_pool_pairs.ts';
import { gatherFromPlanes, type PlaneShapes, scatterToPlanes } from './plane_index.ts';
import { type PoolGeometry, type PoolOptions, type PoolSettings, poolGeometry, poolSettings } from './pool_geometry.ts';
import type { PerDimension } from './spatial.ts';

/** Options of a max pooling. */
export interface MaxPoolOptions extends PoolOptions {
  /** Distance of neighbouring elements of a window. Default 1. */
  readonly dilation?: PerDimension;
}

/** The largest element of each window, and its flat position (int32) in the image's plane. */
export interface PooledWithIndices {
  readonly values: Tensor;
  readonly indices: Tensor;
}

/**
 * y[p, j] = the largest of x[p, window j], at position i[p, j] of the plane: the first of equal ones, NaN before everything, padding never.
 *
 *   dx[p, i[p, j]] += dy[p, j]
 */
const maxPoolFunction = defineFunction<[Tensor], PoolGeometry>({
  name: 'maxPool',
  forward(call, [x], geometry) {
    const y = call.output(geometry.outputShape, x.dtype);
    const indices = call.needsGrad(0) ? call.temporary(geometry.outputShape, 'int32') : null;
    call.save(indices);
    const positions = indices === null ? 0 : writable(indices.storage);
    kernels.maxPool(floatDType('maxPool', x), readable(x.storage), writable(y.storage), positions, geometry);
    return y;
  },
  backward(call, g, geometry) {
    return [scatterToPlanes(g, call.saved(0), planeShapes(geometry))];
  },
});

function planeShapes({ planes, inSize, outSize, inputShape, outputShape }: PoolGeometry): PlaneShapes {
  return { planes, length: sizeOf(inSize), count: sizeOf(outSize), planeShape: inputShape, pickedShape: outputShape };
}

/**
 * A max pooling over `rank` spatial dimensions, with settings that were checked before; `name` is what errors call it. `last` keeps what
 * follows from the shape.
 */
export function maxPool(
  name: string,
  rank: number,
  x: Tensor,
  settings: PoolSettings,
  last: LastShapes<PoolGeometry> | null = null,
): Tensor {
  const geometry = geometryOf(name, rank, x, settings, last);
  return kernels.arePairs(geometry) ? maxPoolPairs(x, geometry, false) : apply(maxPoolFunction, [x], geometry);
}

/** max(y, 0) of what `maxPool` gives, with the same arguments. */
export function maxPoolRelu(
  name: string,
  rank: number,
  x: Tensor,
  settings: PoolSettings,
  last: LastShapes<PoolGeometry> | null = null,
): Tensor {
  const geometry = geometryOf(name, rank, x, settings, last);
  return kernels.arePairs(geometry) ? maxPoolPairs(x, geometry, true) : relu(apply(maxPoolFunction, [x], geometry));
}

function geometryOf(name: string, rank: number, x: Tensor, settings: PoolSettings, last: LastShapes<PoolGeometry> | null): PoolGeometry {
  floatDType(name, x);
  return last?.recall(x.shape) ?? remember(poolGeometry(name, rank, x.shape, settings), x.shape, last);
}

function remember(geometry: PoolGeometry, shape: Shape, last: LastShapes<PoolGeometry> | null): PoolGeometry {
  return last === null ? geometry : last.keep(geometry, shape);
}

/** As `maxPool`, with the positions of the largest elements. */
export function maxPoolWithIndices(name: string, rank: number, x: Tensor, settings: PoolSettings): PooledWithIndices {
  const dtype = floatDType(name, x);
  const geometry = poolGeometry(name, rank, x.shape, settings);
  const indices = plain([x], () => {
    const positions = plainOutput(geometry.outputShape, 'int32');
    kernels.maxPool(dtype, readable(x.storage), lend(dtype, positions.size), writable(positions.storage), geometry);
    return positions;
  }).keep();
  return { values: gatherFromPlanes(x, indices, planeShapes(geometry)), indices };
}

function settingsOf(name: string, rank: number, kernelSize: PerDimension, { dilation, ...options }: MaxPoolOptions): PoolSettings {
  return poolSettings(name, rank, kernelSize, options, dilation);
}

/**
 * The largest element of each window of a sequence. The gradient goes to it alone; of equal ones, to the first.
 *
 * @param x [N, C, L] or [C, L]
 * @returns [N, C, L'] or [C, L']
 * @throws ShapeError if a window does not fit; ArgumentError for an option that is not allowed; DTypeError for integers
 * @example maxPool1d(tensor([[1, 3, 2, 0]]), 2) // [[3, 2]]
 */
export function maxPool1d(x: Tensor, kernelSize: PerDimension, options: MaxPoolOptions = {}): Tensor {
  return maxPool('maxPool1d', 1, x, settingsOf('maxPool1d', 1, kernelSize, options));
}

/**
 * The largest element of each window of an image. The gradient goes to it alone; of equal ones, to the first in row-major order.
 *
 * @param x [N, C, H, W] or [C, H, W]
 * @returns [N, C, H', W'] or [C, H', W']
 * @throws ShapeError if a window does not fit; ArgumentError for an option that is not allowed; DTypeError for integers
 * @example maxPool2d(randn([1, 6, 28, 28]), 2).shape // [1, 6, 14, 14]
 */
export function maxPool2d(x: Tensor, kernelSize: PerDimension, options: MaxPoolOptions = {}): Tensor {
  return maxPool('maxPool2d', 2, x, settingsOf('maxPool2d', 2, kernelSize, options));
}

/**
 * The largest element of each window of a volume. The gradient goes to it alone; of equal ones, to the first in row-major order.
 *
 * @param x [N, C, D, H, W] or [C, D, H, W]
 * @returns [N, C, D', H', W'] or [C, D', H', W']
 * @throws ShapeError if a window does not fit; ArgumentError for an option that is not allowed; DTypeError for integers
 * @example maxPool3d(randn([1, 2, 4, 4, 4]), 2).shape // [1, 2, 2, 2, 2]
 */
export function maxPool3d(x: Tensor, kernelSize: PerDimension, options: MaxPoolOptions = {}): Tensor {
  return maxPool('maxPool3d', 3, x, settingsOf('maxPool3d', 3, kernelSize, options));
}

/**
 * As `maxPool1d`, with the positions (int32) of the largest elements in the sequence.
 *
 * @example maxPool1dWithIndices(tensor([[1, 3, 2, 0]]), 2).indices // [[1, 2]]
 */
export function maxPool1dWithIndices(x: Tensor, kernelSize: PerDimension, options: MaxPoolOptions = {}): PooledWithIndices {
  return maxPoolWithIndices('maxPool1d', 1, x, settingsOf('maxPool1d', 1, kernelSize, options));
}

/**
 * As `maxPool2d`, with the flat positions (int32) of the largest elements in the unpadded plane of the image.
 *
 * @example maxPool2dWithIndices(randn([1, 6, 28, 28]), 2).indices.shape // [1, 6, 14, 14]
 */
export function maxPool2dWithIndices(x: Tensor, kernelSize: PerDimension, options: MaxPoolOptions = {}): PooledWithIndices {
  return maxPoolWithIndices('maxPool2d', 2, x, settingsOf('maxPool2d', 2, kernelSize, options));
}

/**
 * As `maxPool3d`, with the flat positions (int32) of the largest elements in the unpadded volume.
 *
 * @example maxPool3dWithIndices(randn([1, 2, 4, 4, 4]), 2).indices.shape // [1, 2, 2, 2, 2]
 */
export function maxPool3dWithIndices(x: Tensor, kernelSize: PerDimension, options: MaxPoolOptions = {}): PooledWithIndices {
  return maxPoolWithIndices('maxPool3d', 3, x, settingsOf('maxPool3d', 3, kernelSize, options));
}

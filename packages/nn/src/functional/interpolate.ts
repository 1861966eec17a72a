import { ArgumentError, printShape, type Shape, ShapeError, sizeOf, type Tensor, tensor, viewAs } from '@convgrad/core';
import { floatDType } from './float_dtype.ts';
import { gatherSamples } from './sampling.ts';
import { type PerDimension, perDimension } from './spatial.ts';

/** The nearest pixel, or linear interpolation in one, two or three dimensions. */
export type InterpolateMode = 'nearest' | 'linear' | 'bilinear' | 'trilinear';

/** Options of `interpolate`: either `size` or `scaleFactor`. */
export interface InterpolateOptions {
  /** Sizes of the result. */
  readonly size?: PerDimension | null;
  /** By how much the sizes are multiplied; they are rounded down. */
  readonly scaleFactor?: PerDimension | null;
  /** Default 'nearest'. */
  readonly mode?: InterpolateMode;
  /** Whether the centres of the border pixels stay where they are; else the image's borders do. Only where interpolated. Default false. */
  readonly alignCorners?: boolean;
}

/** The options of `interpolate`, checked as far as they can be without an image. */
export interface InterpolateSettings {
  readonly size: PerDimension | null;
  readonly scaleFactor: PerDimension | null;
  readonly mode: InterpolateMode;
  readonly alignCorners: boolean;
}

/** Spatial dimensions that a mode is for; null for any. */
const ranks: Readonly<Record<InterpolateMode, number | null>> = { nearest: null, linear: 1, bilinear: 2, trilinear: 3 };

/**
 * The options in their spelt-out form.
 *
 * @throws ArgumentError for a value or a combination that is not allowed
 */
export function interpolateSettings(name: string, options: InterpolateOptions): InterpolateSettings {
  const { size = null, scaleFactor = null, mode = 'nearest', alignCorners = false } = options;
  if (!Object.hasOwn(ranks, mode)) {
    throw new ArgumentError(`${name}: mode must be one of ${Object.keys(ranks).join(', ')}, not '${mode}'`);
  }
  if ((size === null) === (scaleFactor === null)) {
    throw new ArgumentError(`${name}: give either size or scaleFactor, got size ${String(size)} and scaleFactor ${String(scaleFactor)}`);
  }
  if (alignCorners && mode === 'nearest') throw new ArgumentError(`${name}: alignCorners has no meaning with mode 'nearest'`);
  return { size, scaleFactor, mode, alignCorners };
}

/** An interpolation with settings that were checked before; `name` is what errors call it. */
export function resize(name: string, x: Tensor, settings: InterpolateSettings): Tensor {
  const dtype = floatDType(name, x);
  const { mode, alignCorners } = settings;
  const rank = x.ndim - 2;
  checkRank(name, x.shape, mode);
  const inSize = x.shape.slice(2);
  const scales = settings.scaleFactor === null ? null : scaleFactors(name, settings.scaleFactor, rank);
  const outSize = scales === null ? perDimension(name, 'size', settings.size ?? 0, rank, 1) : scaledSizes(name, x.shape, scales);
  checkResult(name, x.shape, outSize);
  const axes = outSize.map((count, dim) => {
    const length = inSize[dim];
    const step = scales === null ? length / count : 1 / scales[dim];
    return Array.from({ length: count }, (_, at) => {
      if (mode === 'nearest') return Math.min(Math.floor(at * step), length - 1);
      if (alignCorners) return count === 1 ? 0 : (at * (length - 1)) / (count - 1);
      return Math.min(Math.max((at + 0.5) * step - 0.5, 0), length - 1);
    });
  });
  const points = sizeOf(outSize);
  const positions = tensor(gridOf(axes, points), { shape: [1, 1, 1, rank, points], dtype });
  const sampling = {
    imageShape: x.shape,
    positionShape: positions.shape,
    order: new Array<0>(rank).fill(0),
    nearest: mode === 'nearest',
  };
  return viewAs(gatherSamples(x, positions, sampling), [...x.shape.slice(0, 2), ...outSize]);
}

/** [rank, points]: the positions along each axis, for all outputs in row-major order. */
function gridOf(axes: readonly (readonly number[])[], points: number): Float64Array {
  const grid = new Float64Array(axes.length * points);
  let inner = points;
  axes.forEach((axis, dim) => {
    inner /= axis.length;
    for (let point = 0; point < points; point++) grid[dim * points + point] = axis[Math.floor(point / inner) % axis.length];
  });
  return grid;
}

function scaleFactors(name: string, value: PerDimension, rank: number): readonly number[] {
  if (typeof value !== 'number' && !Array.isArray(value)) {
    throw new ArgumentError(`${name}: scaleFactor must be numbers, got ${String(value)}`);
  }
  const list = typeof value === 'number' ? new Array<number>(rank).fill(value) : value;
  if (list.length !== rank || !list.every((scale) => Number.isFinite(scale) && scale > 0)) {
    throw new ArgumentError(
      `${name}: scaleFactor must be one number above 0, or ${rank} for the spatial dimensions, got ${printShape(list)}`,
    );
  }
  return list;
}

function scaledSizes(name: string, shape: Shape, scales: readonly number[]): readonly number[] {
  const sizes = scales.map((scale, dim) => Math.floor(shape[dim + 2] * scale));
  if (sizes.includes(0)) {
    throw new ShapeError(
      `${name}: input ${printShape(shape)} with scaleFactor ${printShape(scales)} gives the empty size ${printShape(sizes)}`,
    );
  }
  return sizes;
}

/** Coordinates that kernels can count. */
const mostCoordinates = 2 ** 31 - 1;

function checkResult(name: string, input: Shape, outSize: readonly number[]): void {
  const coordinates = outSize.length * sizeOf(outSize);
  if (coordinates > mostCoordinates) {
    throw new ShapeError(
      `${name}: input ${printShape(input)} in size ${printShape(outSize)} has ${coordinates} coordinates; there are at most ${mostCoordinates}`,
    );
  }
}

function checkRank(name: string, shape: Shape, mode: InterpolateMode): void {
  const rank = shape.length - 2;
  if (rank < 1 || rank > 3) {
    throw new ShapeError(`${name}: input must be [N, C, one to three spatial dimensions], got ${printShape(shape)}`);
  }
  if (shape.slice(2).includes(0)) throw new ShapeError(`${name}: input ${printShape(shape)} has an empty spatial dimension`);
  const expected = ranks[mode];
  if (expected !== null && rank !== expected) {
    throw new ShapeError(`${name}: mode '${mode}' is for ${expected} spatial dimensions, but input ${printShape(shape)} has ${rank}`);
  }
}

/**
 * An image in another size: of the nearest pixels, or linearly interpolated, its border continuing beyond it. Without `alignCorners` output
 * i stands at (i + 1/2) s - 1/2 in the image, with s = 1 / scaleFactor, or L / size. Differentiable any number of times.
 *
 * @param x [N, C, spatial..], one to three spatial dimensions
 * @returns [N, C, size..]
 * @throws ShapeError if the rank does not fit the mode; ArgumentError for an option that is not allowed; DTypeError for integers
 * @example interpolate(tensor([[[1, 3]]]), { scaleFactor: 2, mode: 'linear' }) // [[[1, 1.5, 2.5, 3]]]
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  return resize('interpolate', x, interpolateSettings('interpolate', options));
}

import { ArgumentError, printShape, type Shape, ShapeError } from '@convgrad/core';

/** One number for every spatial dimension, or one for each. */
export type PerDimension = number | readonly number[];

/** Names of the spatial dimensions of an image of each rank, as errors print them. */
const spatialNames: Readonly<Record<number, string>> = { 1: 'L', 2: 'H, W', 3: 'D, H, W' };

/**
 * A whole number for each of `rank` spatial dimensions.
 *
 * @throws ArgumentError if the count is wrong, or one is not a whole number of at least `least`
 */
export function perDimension(name: string, what: string, value: PerDimension, rank: number, least: number): readonly number[] {
  if (typeof value !== 'number' && !Array.isArray(value)) throw new ArgumentError(`${name}: ${what} must be numbers, got ${String(value)}`);
  const list = typeof value === 'number' ? new Array<number>(rank).fill(value) : [...value];
  if (list.length !== rank) {
    throw new ArgumentError(`${name}: ${what} needs one number, or ${rank} for the spatial dimensions, got ${printShape(list)}`);
  }
  if (!list.every((entry) => Number.isInteger(entry) && entry >= least)) {
    throw new ArgumentError(`${name}: ${what} must be whole numbers of at least ${least}, got ${printShape(list)}`);
  }
  return list;
}

/**
 * The spatial sizes of an image [N, C, spatial..] or [C, spatial..].
 *
 * @throws ShapeError if the rank is wrong or a spatial dimension is empty
 */
export function spatialSizes(name: string, shape: Shape, rank: number): readonly number[] {
  const spatial = spatialNames[rank];
  if (shape.length !== rank + 1 && shape.length !== rank + 2) {
    throw new ShapeError(`${name}: input must be [N, C, ${spatial}] or [C, ${spatial}], got ${printShape(shape)}`);
  }
  const sizes = shape.slice(shape.length - rank);
  if (sizes.includes(0)) throw new ShapeError(`${name}: input ${printShape(shape)} has an empty spatial dimension`);
  return sizes;
}

/** Positions in a padded image that kernels can count. */
const farthest = 2 ** 31 - 1;

/**
 * Checks that kernels can count the positions of an image with its padding.
 *
 * @throws ShapeError if a spatial dimension is too long
 */
export function checkPaddedSize(name: string, paddedSize: readonly number[]): void {
  if (paddedSize.some((length) => length > farthest)) {
    throw new ShapeError(`${name}: an image of size ${printShape(paddedSize)} with its padding is longer than ${farthest}`);
  }
}

/**
 * Steps as kernels take them: 1 where there is only one to step between, since a single window takes no stride and a single tap no
 * dilation, whatever was given, however large.
 */
export function effectiveSteps(steps: readonly number[], counts: readonly number[]): readonly number[] {
  return steps.map((step, dim) => (counts[dim] === 1 ? 1 : step));
}

/** Entries for (depth, height, width). */
export type Triple = readonly [number, number, number];

/** Entries for (depth, height, width), as kernels take them, from those of the last dimensions. */
export function threeDimensions(list: readonly number[], missing: number): Triple {
  const last = list.length - 1;
  return [last < 2 ? missing : list[last - 2], last < 1 ? missing : list[last - 1], list[last]];
}

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

/** Entries for (depth, height, width). */
export type Triple = readonly [number, number, number];

/** Entries for (depth, height, width), as kernels take them, from those of the last dimensions. */
export function threeDimensions(list: readonly number[], missing: number): Triple {
  const last = list.length - 1;
  return [last < 2 ? missing : list[last - 2], last < 1 ? missing : list[last - 1], list[last]];
}

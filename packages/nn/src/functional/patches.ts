import { ArgumentError, printShape, type Shape, ShapeError } from '@convgrad/core';
import type { ColumnSizes } from './columns.ts';
import { windowCounts } from './geometry.ts';
import { type Padding, type PaddingPair, paddingFor, type ResolvedPadding, resolvePadding } from './padding.ts';
import { effectiveSteps, type PerDimension, perDimension, threeDimensions } from './spatial.ts';

/** Options of `unfold` and `fold`. */
export interface UnfoldOptions {
  /** Distance of neighbouring elements of a patch. Default 1. */
  readonly dilation?: PerDimension;
  /** Rows of zeros added around the image. Default 0. */
  readonly padding?: Padding;
  /** Distance of neighbouring patches. Default 1. */
  readonly stride?: PerDimension;
}

/** The options of `unfold` and `fold`, checked, with one entry for each spatial dimension. */
export interface PatchSettings {
  readonly kernelSize: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: ResolvedPadding;
  readonly stride: readonly number[];
}

/** Where the patches of an image lie. */
export interface PatchGeometry {
  readonly padding: readonly PaddingPair[];
  /** Elements of a patch. */
  readonly taps: number;
  /** Number of patches along each dimension. */
  readonly counts: readonly number[];
}

/** Number of spatial dimensions: that of the first list, and 2, as in PyTorch, where there is none. */
export function patchRank(name: string, ...values: readonly PerDimension[]): number {
  const rank = values.find((value) => typeof value !== 'number')?.length ?? 2;
  if (rank < 1 || rank > 3) throw new ArgumentError(`${name}: there are one to three spatial dimensions, not ${rank}`);
  return rank;
}

/** @throws ArgumentError for a value that is not allowed */
export function patchSettings(
  name: string,
  rank: number,
  kernelSize: PerDimension,
  { dilation = 1, padding = 0, stride = 1 }: UnfoldOptions,
): PatchSettings {
  return {
    kernelSize: perDimension(name, 'kernelSize', kernelSize, rank, 1),
    dilation: perDimension(name, 'dilation', dilation, rank, 1),
    padding: resolvePadding(name, padding, rank),
    stride: perDimension(name, 'stride', stride, rank, 1),
  };
}

/** @throws ShapeError if a patch is larger than the padded image */
export function patchGeometry(name: string, size: readonly number[], settings: PatchSettings): PatchGeometry {
  const { kernelSize, stride, dilation } = settings;
  const padding = paddingFor(settings.padding, size, kernelSize, stride, dilation);
  return {
    padding,
    taps: volume(kernelSize),
    counts: windowCounts(name, size, kernelSize, settings, padding),
  };
}

/** Elements that kernels can count. */
const mostElements = 2 ** 31 - 1;

/**
 * Sizes of an image [.., C, spatial..] and of its columns, as kernels take them.
 *
 * @throws ShapeError if there are too many columns to count
 */
export function columnSizes(
  name: string,
  imageShape: Shape,
  settings: PatchSettings,
  { padding, taps, counts }: PatchGeometry,
): ColumnSizes {
  const { kernelSize, stride, dilation } = settings;
  const rank = kernelSize.length;
  const leading = imageShape.slice(0, imageShape.length - rank);
  const columnShape = [...leading.slice(0, -1), leading[leading.length - 1] * taps, volume(counts)];
  if (volume(columnShape) > mostElements) {
    throw new ShapeError(
      `${name}: the columns of an image ${printShape(imageShape)} are ${printShape(columnShape)}, ${volume(columnShape)} elements; there are at most ${mostElements}`,
    );
  }
  const windows = {
    planes: volume(leading),
    inSize: threeDimensions(imageShape.slice(leading.length), 1),
    kernelSize: threeDimensions(kernelSize, 1),
    outSize: threeDimensions(counts, 1),
    stride: threeDimensions(effectiveSteps(stride, counts), 1),
    dilation: threeDimensions(effectiveSteps(dilation, kernelSize), 1),
    padding: threeDimensions(
      padding.map(([before]) => before),
      0,
    ),
  };
  return { windows, imageShape, columnShape };
}

/** Product of lengths. */
export function volume(size: Shape): number {
  return size.reduce((product, length) => product * length, 1);
}

/** Columns [N, C taps, patches] or [C taps, patches] must fit the image that they are folded to. */
export function checkColumns(
  name: string,
  columns: Shape,
  size: readonly number[],
  settings: PatchSettings,
  geometry: PatchGeometry,
): void {
  if (columns.length !== 2 && columns.length !== 3) {
    throw new ShapeError(`${name}: columns must be [N, C * kernel, patches] or [C * kernel, patches], got ${printShape(columns)}`);
  }
  const { taps, counts } = geometry;
  const [rows, patches] = columns.slice(-2);
  if (rows % taps !== 0 || rows === 0) {
    throw new ShapeError(
      `${name}: the ${rows} rows of columns ${printShape(columns)} do not divide by the ${taps} elements of kernel ${printShape(settings.kernelSize)}`,
    );
  }
  if (patches !== volume(counts)) {
    throw new ShapeError(
      `${name}: an image of size ${printShape(size)} has ${counts.join(' x ')} = ${volume(counts)} patches, but columns ${printShape(columns)} hold ${patches}`,
    );
  }
}

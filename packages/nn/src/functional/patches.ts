import { ArgumentError, printShape, type Shape, ShapeError } from '@convgrad/core';
import { windowCounts } from './geometry.ts';
import { type Padding, type PaddingPair, paddingFor, type ResolvedPadding, resolvePadding } from './padding.ts';
import { type PerDimension, perDimension } from './spatial.ts';

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
  /** Size of the image with its padding. */
  readonly paddedSize: readonly number[];
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
    paddedSize: size.map((length, dim) => length + padding[dim][0] + padding[dim][1]),
    taps: volume(kernelSize),
    counts: windowCounts(name, size, kernelSize, settings, padding),
  };
}

/** Flat positions in the padded image, [taps, patches]: sum over dimensions of (p s + k d) times the dimension's stride in memory. */
export function patchPositions({ kernelSize, dilation, stride }: PatchSettings, { paddedSize, counts }: PatchGeometry): Int32Array {
  let positions: readonly number[] = [0];
  const extend = (lists: readonly number[], length: number, step: number) =>
    lists.flatMap((base) => Array.from({ length }, (_, i) => base + i * step));
  const pitch = paddedSize.map((_, dim) => volume(paddedSize.slice(dim + 1)));
  kernelSize.forEach((length, dim) => {
    positions = extend(positions, length, dilation[dim] * pitch[dim]);
  });
  const taps = positions;
  positions = [0];
  counts.forEach((length, dim) => {
    positions = extend(positions, length, stride[dim] * pitch[dim]);
  });
  const result = new Int32Array(taps.length * positions.length);
  for (let tap = 0, at = 0; tap < taps.length; tap++) {
    for (let patch = 0; patch < positions.length; patch++) result[at++] = taps[tap] + positions[patch];
  }
  return result;
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

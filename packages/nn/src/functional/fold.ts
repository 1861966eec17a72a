import type { Tensor } from '@convgrad/core';
import { imageOf } from './columns.ts';
import { checkColumns, columnSizes, patchGeometry, patchRank, patchSettings, type UnfoldOptions } from './patches.ts';
import { type PerDimension, perDimension } from './spatial.ts';

/**
 * Patches added up where they lie in an image (col2im): the adjoint of `unfold`.
 *
 *   x[n, c, i] = sum over p, k with p s + k d - padding = i of  y[n, (c, k), p]
 *
 * Images with one or three spatial dimensions are told by an output or kernel size with as many entries.
 *
 * @param columns [N, C * prod(kernelSize), patches] or [C * prod(kernelSize), patches]
 * @param outputSize spatial size of the image
 * @returns [N, C, outputSize..], or without N
 * @throws ShapeError if the columns do not belong to an image of that size; ArgumentError for an option that is not allowed
 * @example fold(ones([1, 2, 3]), [4], [2]) // [[[1, 2, 2, 1]]]
 */
export function fold(columns: Tensor, outputSize: PerDimension, kernelSize: PerDimension, options: UnfoldOptions = {}): Tensor {
  const rank = patchRank('fold', outputSize, kernelSize);
  const size = perDimension('fold', 'outputSize', outputSize, rank, 1);
  const settings = patchSettings('fold', rank, kernelSize, options);
  const geometry = patchGeometry('fold', size, settings);
  checkColumns('fold', columns.shape, size, settings, geometry);
  const channels = columns.shape[columns.ndim - 2] / geometry.taps;
  const imageShape = [...columns.shape.slice(0, -2), channels, ...size];
  return imageOf(columns, columnSizes('fold', imageShape, settings, geometry));
}

import type { Tensor } from '@convgrad/core';
import { columnsOf } from './columns.ts';
import { columnSizes, patchGeometry, patchRank, patchSettings, type UnfoldOptions } from './patches.ts';
import { type PerDimension, spatialSizes } from './spatial.ts';

/**
 * The patches that a convolution reads, as columns (im2col): conv(x, w) is the product of w, reshaped to [O, C k..], with them.
 *
 *   y[n, (c, k), p] = x[n, c, p s + k d - padding], 0 outside
 *
 * Images with one or three spatial dimensions are told by a kernel size with as many entries.
 *
 * @param x [N, C, spatial..] or [C, spatial..]
 * @returns [N, C * prod(kernelSize), patches], or without N
 * @throws ShapeError if a patch is larger than the padded image; ArgumentError for an option that is not allowed
 * @example unfold(arange(4).reshape([1, 1, 4]), [2]) // [[[0, 1, 2], [1, 2, 3]]]
 */
export function unfold(x: Tensor, kernelSize: PerDimension, options: UnfoldOptions = {}): Tensor {
  const rank = patchRank('unfold', kernelSize);
  const settings = patchSettings('unfold', rank, kernelSize, options);
  const geometry = patchGeometry('unfold', spatialSizes('unfold', x.shape, rank), settings);
  return columnsOf(x, columnSizes('unfold', x.shape, settings, geometry));
}

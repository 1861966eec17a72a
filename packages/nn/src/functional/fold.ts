import { indexAdd, pad, reshape, type Tensor, tensor, zeros } from '@convgrad/core';
import { checkColumns, patchGeometry, patchPositions, patchRank, patchSettings, type UnfoldOptions, volume } from './patches.ts';
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
  const { padding, paddedSize, taps } = geometry;
  const leading = columns.shape.slice(0, -2);
  const [rows, patches] = columns.shape.slice(-2);
  const channels = rows / taps;
  const batch = volume(leading);
  const picked = reshape(columns, [batch, channels, taps * patches]);
  const start = zeros([batch, channels, volume(paddedSize)], { dtype: columns.dtype });
  const planes = indexAdd(start, 2, tensor(patchPositions(settings, geometry)), picked);
  const image = reshape(planes, [...leading, channels, ...paddedSize]);
  const sides = padding.toReversed().flat();
  if (sides.every((count) => count === 0)) return image;
  return pad(
    image,
    sides.map((count) => -count),
  );
}

import { indexSelect, pad, reshape, type Tensor, tensor, unsqueeze } from '@convgrad/core';
import { patchGeometry, patchPositions, patchRank, patchSettings, type UnfoldOptions, volume } from './patches.ts';
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
  const batched = x.ndim === rank + 2 ? x : unsqueeze(x, 0);
  const { padding, paddedSize, taps, counts } = geometry;
  const sides = padding.toReversed().flat();
  const image = sides.every((rows) => rows === 0) ? batched : pad(batched, sides);
  const [batch, channels] = batched.shape;
  const planes = reshape(image, [batch, channels, volume(paddedSize)]);
  const picked = indexSelect(planes, 2, tensor(patchPositions(settings, geometry)));
  const columns = [channels * taps, volume(counts)];
  return reshape(picked, x === batched ? [batch, ...columns] : columns);
}

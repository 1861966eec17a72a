import { ArgumentError, permute, printShape, reshape, ShapeError, type Tensor } from '@convgrad/core';

/**
 * Channels of all groups interleaved: channel g C / groups + c goes to c groups + g, so that the next grouped layer sees all groups.
 *
 * x [N, C, spatial..] -> [N, C, spatial..]
 *
 * @throws ShapeError if there are no channels, or they do not divide into the groups; ArgumentError for a wrong number of groups
 * Zhang et al. 2018, ShuffleNet
 * @example channelShuffle(tensor([[[1], [2], [3], [4]]]), 2) // [[[1], [3], [2], [4]]]
 */
export function channelShuffle(x: Tensor, groups: number): Tensor {
  if (!Number.isInteger(groups) || groups < 1) {
    throw new ArgumentError(`channelShuffle: groups must be a whole number of at least 1, got ${groups}`);
  }
  if (x.ndim < 3) throw new ShapeError(`channelShuffle: input must be [N, C, spatial..], got ${printShape(x.shape)}`);
  const [batch, channels, ...size] = x.shape;
  if (channels % groups !== 0) {
    throw new ShapeError(`channelShuffle: the ${channels} channels of input ${printShape(x.shape)} do not divide into ${groups} groups`);
  }
  const grouped = reshape(x, [batch, groups, channels / groups, ...size]);
  return reshape(permute(grouped, [0, 2, 1, ...size.map((_, dim) => dim + 3)]), x.shape);
}

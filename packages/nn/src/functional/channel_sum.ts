import { sum, type Tensor } from '@convgrad/core';

/** Batch and spatial dimensions of an image, by the number of all its dimensions. */
const allButChannels: readonly (readonly number[])[] = [[], [], [0], [0, 2], [0, 2, 3], [0, 2, 3, 4]];

/** [N, O, spatial..] -> [O]: the gradient of a bias. */
export function sumOverChannels(g: Tensor): Tensor {
  return sum(g, allButChannels[g.ndim]);
}

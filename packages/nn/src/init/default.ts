import type { Tensor } from '@convgrad/core';
import { normal_, uniform_ } from './distributions.ts';
import { calculateFans } from './fan.ts';
import { overwrite } from './fill.ts';

/** PyTorch's beginning of convolutions and linear layers: weight and bias uniform in +-1 / sqrt(fanIn). */
export function initFanIn_(weight: Tensor, bias: Tensor | null): void {
  const bound = 1 / Math.sqrt(calculateFans(weight.shape).fanIn);
  uniform_(weight, -bound, bound);
  if (bias !== null) uniform_(bias, -bound, bound);
}

/** PyTorch's beginning of embeddings: the standard normal distribution, and zeros in the row of the padding. */
export function initEmbedding_(weight: Tensor, paddingIdx: number | null): void {
  normal_(weight);
  if (paddingIdx === null) return;
  const width = weight.shape[1];
  overwrite('initEmbedding_', weight, (array) => array.fill(0, paddingIdx * width, (paddingIdx + 1) * width));
}

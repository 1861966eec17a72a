import { inferenceMode, zeros } from '@convgrad/core';
import { type LayerCost, multiplyAdds } from './arithmetic.ts';
import type { Variant } from './catalogue.ts';
import { imageSize, middlePlaces, stemChannels, type VariantNet } from './network.ts';

/** What a net costs for one image, in multiply-adds; biases, ReLU and pooling are not counted. */
export interface NetCost {
  readonly middle: readonly LayerCost[];
  readonly middleTotal: number;
  readonly total: number;
}

/** Counts the multiply-adds of a net by the formulas of its variant. */
export function costOf(variant: Variant, net: VariantNet): NetCost {
  const middle = middlePlaces(variant.width).map((place): LayerCost => {
    const [, , height, width] = inferenceMode(() => {
      const input = net.inputOf(place.index, zeros([1, 1, imageSize, imageSize]));
      return variant.costAt === 'input' ? input.shape : net.middle[place.index].forward(input).shape;
    });
    return { terms: variant.cost(place), height, width };
  });
  const middleTotal = middle.reduce((sum, cost) => sum + multiplyAdds(cost), 0);
  const stem = 3 ** 2 * stemChannels * imageSize ** 2;
  return { middle, middleTotal, total: stem + middleTotal + net.head.weight.size };
}

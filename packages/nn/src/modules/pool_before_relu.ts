import { ReLU } from './activation.ts';
import type { Module } from './module.ts';
import { MaxPool1d, MaxPool2d, MaxPool3d, type MaxPoolNd } from './pool.ts';

const maxPools: readonly unknown[] = [MaxPool1d, MaxPool2d, MaxPool3d];

/**
 * The max pooling, if two layers in this order are a ReLU and one, else null. ReLU never puts a smaller number before a larger one, so the two give the
 * same in the other order, where ReLU has less to do: the same results, to the bit, and the same gradients, since a window's gradient goes to
 * the same element, or, where that is not above 0, nowhere.
 */
export function maxPoolBehindRelu(first: Module, second: Module | undefined): MaxPoolNd | null {
  return first.constructor === ReLU && second !== undefined && isMaxPool(second) ? second : null;
}

function isMaxPool(layer: Module): layer is MaxPoolNd {
  return maxPools.includes(layer.constructor);
}

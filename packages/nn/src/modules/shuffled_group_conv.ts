import { squeeze, type Tensor, unsqueeze } from '@convgrad/core';
import { channelShuffle } from '../functional/channel_shuffle.ts';
import { convolve } from '../functional/convolution.ts';
import type { PerDimension } from '../functional/spatial.ts';
import { ConvNd } from './conv.ts';
import type { ConvLayerOptions } from './conv_base.ts';
import { declarePure } from './pure_layers.ts';

/** Options of a shuffled grouped convolution; `groups` has no default. */
export interface ShuffledGroupConvOptions extends ConvLayerOptions {
  /** Groups of channels that do not see each other here, and are interleaved for the next layer. */
  readonly groups: number;
}

/**
 * A grouped convolution whose output channels are interleaved, over any number of dimensions: channel c of group g goes to c groups + g, so
 * that each group of the next layer sees all of this one. Zhang et al. 2018, ShuffleNet.
 *
 * weight [outChannels, inChannels / groups, kernel..] and bias [outChannels], both in the order before the shuffle.
 */
export abstract class ShuffledGroupConvNd extends ConvNd {
  override forward(x: Tensor): Tensor {
    const isBatched = x.ndim !== this.rank + 1;
    const y = channelShuffle(
      convolve(this.constructor.name, this.rank, isBatched ? x : unsqueeze(x, 0), this.weight, this.bias, this),
      this.groups,
    );
    return isBatched ? y : squeeze(y, 0);
  }
}

/**
 * Shuffled grouped convolution over sequences: [N, C, L] or [C, L].
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new ShuffledGroupConv1d(16, 32, 3, { groups: 4, padding: 1 }).forward(zeros([8, 16, 20])) // shape [8, 32, 20]
 */
export class ShuffledGroupConv1d extends ShuffledGroupConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: ShuffledGroupConvOptions) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * Shuffled grouped convolution over images: [N, C, H, W] or [C, H, W].
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new ShuffledGroupConv2d(16, 32, 1, { groups: 4 }).forward(zeros([8, 16, 7, 7])) // shape [8, 32, 7, 7]
 */
export class ShuffledGroupConv2d extends ShuffledGroupConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: ShuffledGroupConvOptions) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * Shuffled grouped convolution over volumes: [N, C, D, H, W] or [C, D, H, W].
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new ShuffledGroupConv3d(8, 8, 3, { groups: 2, padding: 'same' }).forward(zeros([2, 8, 4, 4, 4])) // shape [2, 8, 4, 4, 4]
 */
export class ShuffledGroupConv3d extends ShuffledGroupConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: ShuffledGroupConvOptions) {
    super(3, inChannels, outChannels, kernelSize, options);
  }
}

declarePure(ShuffledGroupConv1d, ShuffledGroupConv2d, ShuffledGroupConv3d);

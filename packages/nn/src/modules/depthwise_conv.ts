import { ArgumentError } from '@convgrad/core';
import type { PerDimension } from '../functional/spatial.ts';
import { checkCount } from './checks.ts';
import { ConvNd } from './conv.ts';
import type { ConvLayerOptions } from './conv_base.ts';
import { declarePure } from './pure_layers.ts';

/** Options of a depthwise convolution; its groups are its channels. */
export interface DepthwiseConvOptions extends ConvLayerOptions {
  /** Output channels for each input channel. Default 1. */
  readonly depthMultiplier?: number;
}

/**
 * A convolution in which every channel has kernels of its own; `DepthwiseConv1d`, `DepthwiseConv2d` and `DepthwiseConv3d` say over how many
 * dimensions. Output channels c m to c m + m - 1, with m the multiplier, see input channel c alone.
 *
 * weight [inChannels * depthMultiplier, 1, kernel..] and bias [inChannels * depthMultiplier] begin uniform in +-1 / sqrt(prod(kernel)).
 */
export abstract class DepthwiseConvNd extends ConvNd {
  readonly depthMultiplier: number;

  constructor(rank: number, inChannels: number, kernelSize: PerDimension, { depthMultiplier = 1, ...options }: DepthwiseConvOptions) {
    const name = new.target.name;
    checkCount(name, 'inChannels', inChannels);
    checkCount(name, 'depthMultiplier', depthMultiplier);
    const { groups = inChannels } = options;
    if (groups !== inChannels) {
      throw new ArgumentError(`${name}: every channel is a group of its own, but groups is ${groups} and inChannels ${inChannels}`);
    }
    super(rank, inChannels, inChannels * depthMultiplier, kernelSize, { ...options, groups });
    this.depthMultiplier = depthMultiplier;
  }
}

/**
 * Depthwise convolution over sequences: [N, C, L] or [C, L]. See `conv1d`.
 *
 * @throws ArgumentError for an option that is not allowed, or `groups` other than the channels
 * @example new DepthwiseConv1d(32, 3, { padding: 'same' }).forward(zeros([8, 32, 20])) // shape [8, 32, 20]
 */
export class DepthwiseConv1d extends DepthwiseConvNd {
  constructor(inChannels: number, kernelSize: PerDimension, options: DepthwiseConvOptions = {}) {
    super(1, inChannels, kernelSize, options);
  }
}

/**
 * Depthwise convolution over images: [N, C, H, W] or [C, H, W]. See `conv2d`.
 *
 * @throws ArgumentError for an option that is not allowed, or `groups` other than the channels
 * @example new DepthwiseConv2d(32, 3, { padding: 1, depthMultiplier: 2 }).forward(zeros([8, 32, 9, 9])) // shape [8, 64, 9, 9]
 */
export class DepthwiseConv2d extends DepthwiseConvNd {
  constructor(inChannels: number, kernelSize: PerDimension, options: DepthwiseConvOptions = {}) {
    super(2, inChannels, kernelSize, options);
  }
}

/**
 * Depthwise convolution over volumes: [N, C, D, H, W] or [C, D, H, W]. See `conv3d`.
 *
 * @throws ArgumentError for an option that is not allowed, or `groups` other than the channels
 * @example new DepthwiseConv3d(8, 3, { stride: 2 }).forward(zeros([2, 8, 9, 9, 9])) // shape [2, 8, 4, 4, 4]
 */
export class DepthwiseConv3d extends DepthwiseConvNd {
  constructor(inChannels: number, kernelSize: PerDimension, options: DepthwiseConvOptions = {}) {
    super(3, inChannels, kernelSize, options);
  }
}

declarePure(DepthwiseConv1d, DepthwiseConv2d, DepthwiseConv3d);

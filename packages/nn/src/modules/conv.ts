import type { Shape, Tensor } from '@convgrad/core';
import { convReluPool } from '../functional/conv_relu_pool.ts';
import { convolve } from '../functional/convolution.ts';
import { type ConvGeometry, convSettings } from '../functional/geometry.ts';
import { LastShapes } from '../functional/last_shapes.ts';
import type { PerDimension } from '../functional/spatial.ts';
import { ConvBase, type ConvLayerOptions } from './conv_base.ts';
import type { Module } from './module.ts';
import type { MaxPoolNd } from './pool.ts';
import { declarePure } from './pure_layers.ts';

/**
 * A convolution over any number of spatial dimensions; `Conv1d`, `Conv2d` and `Conv3d` say how many.
 *
 * weight [outChannels, inChannels / groups, kernel..] and bias [outChannels] begin uniform in +-1 / sqrt(inChannels / groups * prod(kernel)).
 */
export abstract class ConvNd extends ConvBase {
  readonly #functional: string;
  readonly #last = new LastShapes<ConvGeometry>();

  constructor(rank: number, inChannels: number, outChannels: number, kernelSize: PerDimension, options: ConvLayerOptions) {
    const settings = convSettings(new.target.name, rank, options);
    super([inChannels, outChannels], kernelSize, settings, options, (groups) => [outChannels, inChannels / groups]);
    this.#functional = `conv${rank}d`;
    this.resetParameters();
  }

  forward(x: Tensor): Tensor {
    return convolve(this.#functional, this.rank, x, this.weight, this.bias, this, this.#last);
  }

  /** `forward` with ReLU and a max pooling behind it, or null where they had better go one by one. */
  forwardReluPool(x: Tensor, pool: MaxPoolNd): Tensor | null {
    return convReluPool(this.#functional, this.rank, x, this.weight, this.bias, this, this.#last, (shape) => pool.geometryFor(shape));
  }

  /** Every output takes one product for each weight of its channel. */
  override multiplyAdds(inputShape: Shape): number {
    const outputs = this.outputShape(inputShape).reduce((product, length) => product * length, 1);
    return (outputs * this.weight.size) / this.outChannels;
  }

  override receptiveField(): readonly number[] {
    return this.kernelSize.map((taps, dim) => this.dilation[dim] * (taps - 1) + 1);
  }
}

/**
 * Convolution over sequences: [N, C, L] or [C, L]. See `conv1d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new Conv1d(16, 32, 3, { padding: 'causal', dilation: 2 }).forward(zeros([8, 16, 100])) // shape [8, 32, 100]
 */
export class Conv1d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: ConvLayerOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * Convolution over images: [N, C, H, W] or [C, H, W]. See `conv2d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new Conv2d(1, 6, 5, { padding: 2 }).forward(zeros([8, 1, 28, 28])) // shape [8, 6, 28, 28]
 */
export class Conv2d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: ConvLayerOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * Convolution over volumes: [N, C, D, H, W] or [C, D, H, W]. See `conv3d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new Conv3d(1, 8, [1, 3, 3], { padding: [0, 1, 1] }).forward(zeros([2, 1, 4, 9, 9])) // shape [2, 8, 4, 9, 9]
 */
export class Conv3d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: ConvLayerOptions = {}) {
    super(3, inChannels, outChannels, kernelSize, options);
  }
}

declarePure(Conv1d, Conv2d, Conv3d);

const convolutions: readonly unknown[] = [Conv1d, Conv2d, Conv3d];

/** The layer, if it is one of these convolutions and none of their subclasses, else null. */
export function asConvolution(layer: Module): ConvNd | null {
  return isConvolution(layer) ? layer : null;
}

function isConvolution(layer: Module): layer is ConvNd {
  return convolutions.includes(layer.constructor);
}

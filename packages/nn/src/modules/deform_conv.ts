import type { FloatDType, Shape, Tensor } from '@convgrad/core';
import { deformConvolve } from '../functional/deform_conv.ts';
import type { DeformConvOptions } from '../functional/deform_conv_geometry.ts';
import { convSettings } from '../functional/geometry.ts';
import type { PerDimension } from '../functional/spatial.ts';
import { ConvBase } from './conv_base.ts';
import { declarePure } from './pure_layers.ts';

/** Options of a deformable convolution layer. */
export interface DeformConvLayerOptions extends DeformConvOptions {
  /** Groups of channels that do not see each other. Default 1. */
  readonly groups?: number;
  /** Whether a number is added to each output channel. Default true. */
  readonly bias?: boolean;
  /** Default float32. */
  readonly dtype?: FloatDType;
}

/**
 * What deformable convolution layers of every number of spatial dimensions have in common.
 *
 * weight [outChannels, inChannels / groups, kernel..] and bias [outChannels] begin uniform in +-1 / sqrt(inChannels / groups * prod(kernel)).
 */
export abstract class DeformConvBase extends ConvBase {
  readonly #functional: string;

  constructor(rank: number, inChannels: number, outChannels: number, kernelSize: PerDimension, options: DeformConvLayerOptions) {
    const settings = convSettings(new.target.name, rank, { ...options, paddingMode: 'zeros' });
    super([inChannels, outChannels], kernelSize, settings, options, (groups) => [outChannels, inChannels / groups]);
    this.#functional = `deformConv${rank}d`;
  }

  /**
   * Multiplications, each with its addition, for an input of a shape: those of a convolution, and 2^rank for every sample of every input
   * channel. Those with zeros beyond the image count; additions of the bias, weights of the corners and a given mask do not.
   *
   * @throws ShapeError if such an input does not fit
   * @example new DeformConv2d(1, 6, 5).multiplyAdds([1, 1, 28, 28]) // 144000
   */
  override multiplyAdds(inputShape: Shape): number {
    const outputs = this.outputShape(inputShape).reduce((product, length) => product * length, 1) / this.outChannels;
    return outputs * this.weight.size + this.samples(inputShape) * 2 ** this.rank;
  }

  /** Samples of all input channels that an input of a shape is read at: one for every tap of every output position. */
  protected samples(inputShape: Shape): number {
    const outputs = this.outputShape(inputShape).reduce((product, length) => product * length, 1) / this.outChannels;
    return outputs * this.inChannels * this.kernelSize.reduce((product, length) => product * length, 1);
  }

  /** In each spatial dimension Infinity: offsets may point anywhere. Samples begin spread as those of a convolution. */
  override receptiveField(): readonly number[] {
    return this.kernelSize.map(() => Number.POSITIVE_INFINITY);
  }

  /** The layer's convolution with given offsets and mask. */
  protected convolve(x: Tensor, offset: Tensor, mask: Tensor | null): Tensor {
    const { weight, bias } = this;
    return deformConvolve(this.#functional, this.rank, x, { offset, weight, bias, mask }, this);
  }
}

/** A deformable convolution with given offsets; `DeformConv1d`, `DeformConv2d` and `DeformConv3d` say over how many dimensions. */
export abstract class DeformConvNd extends DeformConvBase {
  constructor(rank: number, inChannels: number, outChannels: number, kernelSize: PerDimension, options: DeformConvLayerOptions) {
    super(rank, inChannels, outChannels, kernelSize, options);
    this.resetParameters();
  }

  /** x with or without a batch; offset and mask as the function takes them, version 1 without a mask. */
  forward(x: Tensor, offset: Tensor, mask: Tensor | null = null): Tensor {
    return this.convolve(x, offset, mask);
  }
}

/**
 * Deformable convolution over sequences, with given offsets: forward(x, offset, mask?). See `deformConv1d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new DeformConv1d(4, 8, 3, { padding: 1 }).forward(randn([2, 4, 9]), zeros([2, 3, 9])) // shape [2, 8, 9]
 */
export class DeformConv1d extends DeformConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: DeformConvLayerOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * Deformable convolution over images, with given offsets: forward(x, offset, mask?). See `deformConv2d` for the order of the offsets.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new DeformConv2d(4, 8, 3, { padding: 1 }).forward(randn([2, 4, 9, 9]), zeros([2, 18, 9, 9])) // shape [2, 8, 9, 9]
 */
export class DeformConv2d extends DeformConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: DeformConvLayerOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * Deformable convolution over volumes, with given offsets: forward(x, offset, mask?). See `deformConv3d` for the order of the offsets.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new DeformConv3d(1, 2, 3, { padding: 1 }).forward(randn([1, 1, 4, 4, 4]), zeros([1, 81, 4, 4, 4])) // shape [1, 2, 4, 4, 4]
 */
export class DeformConv3d extends DeformConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: DeformConvLayerOptions = {}) {
    super(3, inChannels, outChannels, kernelSize, options);
  }
}

declarePure(DeformConv1d, DeformConv2d, DeformConv3d);

import { ArgumentError, abs, inferenceMode, mean, narrow, type Parameter, type Shape, sigmoid, type Tensor, warn } from '@convgrad/core';
import { checkOffsetGroups } from '../functional/deform_conv_geometry.ts';
import type { PerDimension } from '../functional/spatial.ts';
import { overwrite } from '../init/fill.ts';
import { Conv1d, Conv2d, Conv3d, type ConvNd } from './conv.ts';
import { DeformConvBase, type DeformConvLayerOptions } from './deform_conv.ts';
import { declarePure } from './pure_layers.ts';

/** Options of a deformable convolution layer that predicts its own offsets. */
export interface PackedDeformConvOptions extends DeformConvLayerOptions {
  /** Groups of input channels that are sampled at the same places. Default 1. */
  readonly offsetGroups?: number;
  /** Whether it predicts a mask too (version 2), through a sigmoid. Default true. */
  readonly modulated?: boolean;
  /**
   * The mean absolute offset, in pixels, from which on a warning is given, once, while training: the offsets run away, and most samples
   * lie outside the image. Infinity for none. Default: a quarter of the input's longest side, but at least 2.
   */
  readonly offsetWarning?: number;
}

/** What a packed layer predicts for its samples. */
export interface PredictedOffsets {
  readonly offset: Tensor;
  /** Null in version 1. */
  readonly mask: Tensor | null;
}

/**
 * A deformable convolution that predicts its own offsets, and a mask, by a convolution of its input: `offsetConv`, of the same kernel,
 * stride, padding and dilation. `PackedDeformConv1d`, `PackedDeformConv2d` and `PackedDeformConv3d` say over how many dimensions.
 *
 * `offsetConv` begins with zeros, so the layer begins as an ordinary convolution (with a mask, as half of one: sigmoid(0) = 1/2).
 */
export abstract class PackedDeformConvNd extends DeformConvBase {
  readonly offsetGroups: number;
  readonly modulated: boolean;
  readonly offsetConv: ConvNd;
  readonly #offsetWarning: number | null;
  #warned = false;

  constructor(rank: 1 | 2 | 3, inChannels: number, outChannels: number, kernelSize: PerDimension, options: PackedDeformConvOptions) {
    super(rank, inChannels, outChannels, kernelSize, options);
    const { offsetGroups = 1, modulated = true, offsetWarning = null, stride = 1, padding = 0, dilation = 1, dtype = 'float32' } = options;
    const name = new.target.name;
    checkOffsetGroups(name, inChannels, offsetGroups);
    if (offsetWarning !== null && !(offsetWarning > 0)) {
      throw new ArgumentError(`${name}: offsetWarning must be a number of pixels above 0, got ${offsetWarning}`);
    }
    this.offsetGroups = offsetGroups;
    this.modulated = modulated;
    this.#offsetWarning = offsetWarning;
    const predicted = this.#maskChannels() * (modulated ? rank + 1 : rank);
    const Conv = convolutions[rank];
    this.offsetConv = new Conv(inChannels, predicted, this.kernelSize, { stride, padding, dilation, dtype });
    this.resetParameters();
  }

  /** Draws weight and bias again, and fills those of `offsetConv` with zeros. */
  override resetParameters(): void {
    super.resetParameters();
    for (const parameter of this.offsetParameters()) overwrite('resetParameters', parameter, (array) => array.fill(0));
  }

  /**
   * The parameters of `offsetConv`, for a group of their own: a smaller learning rate keeps the offsets from running away.
   *
   * @example
   * const layer = new PackedDeformConv2d(1, 8, 3);
   * const model = new Sequential(layer, new ReLU());
   * const offsets = new Set<Parameter>(layer.offsetParameters());
   * const rest = model.parameters().filter((parameter) => !offsets.has(parameter));
   * const optimizer = new Adam([{ params: rest }, { params: offsets, lr: 1e-4 }], { lr: 1e-3 });
   * optimizer.paramGroups.map(({ lr }) => lr) // [0.001, 0.0001]
   */
  offsetParameters(): Parameter[] {
    return this.offsetConv.parameters();
  }

  /** The offsets and the mask for an input [N, C, spatial..] or [C, spatial..]: where the layer samples it. */
  predictOffsets(x: Tensor): PredictedOffsets {
    const predicted = this.offsetConv.forward(x);
    const { rank } = this;
    const masks = this.#maskChannels();
    const dim = predicted.ndim - rank - 1;
    if (!this.modulated) return { offset: predicted, mask: null };
    return { offset: narrow(predicted, dim, 0, rank * masks), mask: sigmoid(narrow(predicted, dim, rank * masks, masks)) };
  }

  /** Those of `offsetConv` too, and with a mask one for every sample. */
  override multiplyAdds(inputShape: Shape): number {
    const masked = this.modulated ? this.samples(inputShape) : 0;
    return super.multiplyAdds(inputShape) + this.offsetConv.multiplyAdds(inputShape) + masked;
  }

  forward(x: Tensor): Tensor {
    const { offset, mask } = this.predictOffsets(x);
    if (this.training && !this.#warned) this.#watch(x, offset);
    return this.convolve(x, offset, mask);
  }

  #maskChannels(): number {
    return this.offsetGroups * this.kernelSize.reduce((product, length) => product * length, 1);
  }

  #watch(x: Tensor, offset: Tensor): void {
    const limit = this.#offsetWarning ?? Math.max(2, Math.max(...x.shape.slice(-this.kernelSize.length)) / 4);
    if (limit === Number.POSITIVE_INFINITY || offset.size === 0) return;
    // Not `noGrad`, whose results are ordinary arrays: each would be copied out of the kernels' memory.
    const size = inferenceMode(() => mean(abs(offset)).item());
    if (size <= limit) return;
    this.#warned = true;
    warn(
      `${this.constructor.name}: the mean absolute offset is ${size.toPrecision(3)} pixels, above ${limit}: the offsets run away. Give ` +
        'offsetParameters() a smaller learning rate, or set offsetWarning if they are meant to be so large.',
      'ConvgradOffsetWarning',
    );
  }

  protected override extraRepr(): string {
    const { offsetGroups, modulated } = this;
    return `${super.extraRepr()}${offsetGroups === 1 ? '' : `, offsetGroups=${offsetGroups}`}${modulated ? '' : ', modulated=false'}`;
  }
}

const convolutions = { 1: Conv1d, 2: Conv2d, 3: Conv3d } as const;

/**
 * Deformable convolution over sequences that predicts its own offsets: [N, C, L] or [C, L]. See `deformConv1d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new PackedDeformConv1d(16, 32, 3, { padding: 1 }).forward(zeros([8, 16, 20])) // shape [8, 32, 20]
 */
export class PackedDeformConv1d extends PackedDeformConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: PackedDeformConvOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * Deformable convolution over images that predicts its own offsets: [N, C, H, W] or [C, H, W]. See `deformConv2d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new PackedDeformConv2d(16, 32, 3, { padding: 1, modulated: false }).forward(zeros([2, 16, 9, 9])) // shape [2, 32, 9, 9]: version 1
 */
export class PackedDeformConv2d extends PackedDeformConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: PackedDeformConvOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * Deformable convolution over volumes that predicts its own offsets: [N, C, D, H, W] or [C, D, H, W]. See `deformConv3d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new PackedDeformConv3d(2, 8, 3, { padding: 1 }).forward(zeros([2, 2, 4, 4, 4])) // shape [2, 8, 4, 4, 4]
 */
export class PackedDeformConv3d extends PackedDeformConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: PackedDeformConvOptions = {}) {
    super(3, inChannels, outChannels, kernelSize, options);
  }
}

declarePure(PackedDeformConv1d, PackedDeformConv2d, PackedDeformConv3d);

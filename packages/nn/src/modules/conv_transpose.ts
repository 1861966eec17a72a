import type { Shape, Tensor } from '@convgrad/core';
import { convolveTransposed } from '../functional/conv_transpose.ts';
import {
  type ConvTransposeOptions,
  type ConvTransposeSettings,
  convTransposeSettings,
  convTransposeSize,
} from '../functional/conv_transpose_geometry.ts';
import type { PerDimension } from '../functional/spatial.ts';
import { ConvBase, type ConvLayerOptions } from './conv_base.ts';
import { declarePure } from './pure_layers.ts';

/** Options of a transposed convolution layer; the size of the result may be given to `forward`. */
export interface ConvTransposeLayerOptions extends ConvLayerOptions, Pick<ConvTransposeOptions, 'outputPadding'> {}

/**
 * A transposed convolution over any number of spatial dimensions; `ConvTranspose1d`, `ConvTranspose2d` and `ConvTranspose3d` say how many.
 *
 * weight [inChannels, outChannels / groups, kernel..] and bias [outChannels] begin uniform in +-1 / sqrt(outChannels / groups * prod(kernel)).
 */
export abstract class ConvTransposeNd extends ConvBase {
  readonly outputPadding: readonly number[];
  readonly #settings: ConvTransposeSettings;
  readonly #functional: string;

  constructor(rank: number, inChannels: number, outChannels: number, kernelSize: PerDimension, options: ConvTransposeLayerOptions) {
    const settings = convTransposeSettings(new.target.name, rank, options);
    super([inChannels, outChannels], kernelSize, settings, options, (groups) => [inChannels, outChannels / groups]);
    this.outputPadding = settings.outputPadding;
    this.#settings = settings;
    this.#functional = `convTranspose${rank}d`;
    this.resetParameters();
  }

  /** @param outputSize spatial size of the result, instead of `outputPadding` */
  forward(x: Tensor, outputSize: readonly number[]): Tensor;
  // Last, for that is what hooks and `Layer` take for the type of a forward: it makes these layers fit into `Sequential`.
  forward(x: Tensor): Tensor;
  forward(x: Tensor, outputSize?: readonly number[]): Tensor {
    return convolveTransposed(this.#functional, this.rank, x, this.weight, this.bias, this.#settingsFor(outputSize), outputSize);
  }

  override outputShape(inputShape: Shape, outputSize?: readonly number[]): Shape {
    const size = this.spatialSizesOf(inputShape);
    return this.withChannels(
      inputShape,
      convTransposeSize(this.constructor.name, size, this.kernelSize, this.#settingsFor(outputSize), outputSize),
    );
  }

  /** Every input takes one product for each weight of its channel; those that fall into the padding count. */
  override multiplyAdds(inputShape: Shape): number {
    this.outputShape(inputShape);
    const inputs = inputShape.reduce((product, length) => product * length, 1);
    return (inputs * this.weight.size) / this.inChannels;
  }

  /** Taps whose distance d t is a multiple of the stride s reach the same output: every s / gcd(s, d)-th, d / gcd(s, d) inputs apart. */
  override receptiveField(): readonly number[] {
    return this.kernelSize.map((taps, dim) => {
      const divisor = greatestCommonDivisor(this.stride[dim], this.dilation[dim]);
      const reached = Math.ceil(taps / (this.stride[dim] / divisor));
      return ((reached - 1) * this.dilation[dim]) / divisor + 1;
    });
  }

  #settingsFor(outputSize: readonly number[] | undefined): ConvTransposeSettings {
    return outputSize === undefined ? this.#settings : { ...this.#settings, outputPadding: this.stride.map(() => 0) };
  }

  protected override ownOptions(): Readonly<Record<string, unknown>> {
    return this.outputPadding.every((rows) => rows === 0) ? {} : { outputPadding: this.outputPadding };
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * Transposed convolution over sequences: [N, C, L] or [C, L]. See `convTranspose1d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new ConvTranspose1d(16, 8, 4, { stride: 2, padding: 1 }).forward(zeros([8, 16, 50])) // shape [8, 8, 100]
 */
export class ConvTranspose1d extends ConvTransposeNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: ConvTransposeLayerOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * Transposed convolution over images: [N, C, H, W] or [C, H, W]. See `convTranspose2d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new ConvTranspose2d(16, 8, 3, { stride: 2, padding: 1, outputPadding: 1 }).forward(zeros([8, 16, 7, 7])) // shape [8, 8, 14, 14]
 */
export class ConvTranspose2d extends ConvTransposeNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: ConvTransposeLayerOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * Transposed convolution over volumes: [N, C, D, H, W] or [C, D, H, W]. See `convTranspose3d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new ConvTranspose3d(8, 4, 2, { stride: 2 }).forward(zeros([2, 8, 4, 4, 4])) // shape [2, 4, 8, 8, 8]
 */
export class ConvTranspose3d extends ConvTransposeNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: ConvTransposeLayerOptions = {}) {
    super(3, inChannels, outChannels, kernelSize, options);
  }
}

declarePure(ConvTranspose1d, ConvTranspose2d, ConvTranspose3d);

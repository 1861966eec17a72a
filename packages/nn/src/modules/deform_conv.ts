import { ArgumentError, type FloatDType, Parameter, printShape, type Shape, ShapeError, type Tensor, zeros } from '@convgrad/core';
import { deformConvolve } from '../functional/deform_conv.ts';
import { type DeformConvOptions, type DeformConvSettings, deformConvSettings } from '../functional/deform_conv_geometry.ts';
import { windowCounts } from '../functional/geometry.ts';
import { paddingFor, type ResolvedPadding } from '../functional/padding.ts';
import { type PerDimension, perDimension, spatialSizes } from '../functional/spatial.ts';
import { initFanIn_ } from '../init/default.ts';
import { checkCount } from './checks.ts';
import { Module } from './module.ts';
import { printOptions } from './printing.ts';
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
export abstract class DeformConvBase extends Module implements DeformConvSettings {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: ResolvedPadding;
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly #functional: string;

  constructor(
    name: string,
    rank: number,
    inChannels: number,
    outChannels: number,
    kernelSize: PerDimension,
    options: DeformConvLayerOptions,
  ) {
    super();
    const { groups = 1, bias = true, dtype = 'float32' } = options;
    const settings = deformConvSettings(name, rank, options);
    checkCount(name, 'inChannels', inChannels);
    checkCount(name, 'outChannels', outChannels);
    checkCount(name, 'groups', groups);
    for (const [what, channels] of Object.entries({ inChannels, outChannels })) {
      if (channels % groups !== 0) throw new ArgumentError(`${name}: ${what} must be divisible by groups, got ${channels} and ${groups}`);
    }
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = perDimension(name, 'kernelSize', kernelSize, rank, 1);
    this.stride = settings.stride;
    this.padding = settings.padding;
    this.dilation = settings.dilation;
    this.groups = groups;
    this.weight = new Parameter(zeros([outChannels, inChannels / groups, ...this.kernelSize], { dtype }));
    this.bias = bias ? new Parameter(zeros([outChannels], { dtype })) : null;
    this.#functional = `deformConv${rank}d`;
  }

  /** Draws weight and bias again. */
  resetParameters(): void {
    initFanIn_(this.weight, this.bias);
  }

  /**
   * Shape of the result for an input [N, C, spatial..] or [C, spatial..].
   *
   * @throws ShapeError if such an input does not fit
   * @example new DeformConv2d(1, 6, 5, { stride: 2 }).outputShape([8, 1, 28, 28]) // [8, 6, 12, 12]
   */
  outputShape(inputShape: Shape): Shape {
    const name = this.constructor.name;
    const rank = this.kernelSize.length;
    const size = spatialSizes(name, inputShape, rank);
    const channels = inputShape[inputShape.length - rank - 1];
    if (channels !== this.inChannels) {
      throw new ShapeError(`${name}: expects ${this.inChannels} input channels, but input ${printShape(inputShape)} has ${channels}`);
    }
    const padding = paddingFor(this.padding, size, this.kernelSize, this.stride, this.dilation);
    return [...inputShape.slice(0, -rank - 1), this.outChannels, ...windowCounts(name, size, this.kernelSize, this, padding)];
  }

  /**
   * Multiplications, each with its addition, for an input of a shape: those of a convolution, and 2^rank for every sample of every input
   * channel. Those with zeros beyond the image count; additions of the bias, weights of the corners and the mask do not.
   *
   * @throws ShapeError if such an input does not fit
   * @example new DeformConv2d(1, 6, 5).multiplyAdds([1, 1, 28, 28]) // 144000
   */
  multiplyAdds(inputShape: Shape): number {
    const rank = this.kernelSize.length;
    const outputs = this.outputShape(inputShape).reduce((product, length) => product * length, 1) / this.outChannels;
    const samples = outputs * this.inChannels * this.kernelSize.reduce((product, length) => product * length, 1);
    return outputs * this.weight.size + samples * 2 ** rank;
  }

  /** In each spatial dimension Infinity: offsets may point anywhere. Samples begin spread as those of a convolution. */
  receptiveField(): readonly number[] {
    return this.kernelSize.map(() => Number.POSITIVE_INFINITY);
  }

  /**
   * Numbers in all parameters.
   *
   * @example new DeformConv2d(1, 6, 5).parameterCount() // 156
   */
  parameterCount(): number {
    return this.parameters().reduce((count, { size }) => count + size, 0);
  }

  /** The layer's convolution with given offsets and mask. */
  protected convolve(x: Tensor, offset: Tensor, mask: Tensor | null): Tensor {
    const { weight, bias } = this;
    return deformConvolve(this.#functional, this.kernelSize.length, x, { offset, weight, bias, mask }, this);
  }

  protected override extraRepr(): string {
    const { inChannels, outChannels, kernelSize, stride, padding, dilation, groups } = this;
    return `${inChannels}, ${outChannels}, ${printOptions({
      kernelSize,
      stride,
      ...(isNoPadding(padding) ? {} : { padding: printablePadding(padding) }),
      ...(dilation.every((step) => step === 1) ? {} : { dilation }),
      ...(groups === 1 ? {} : { groups }),
      ...(this.bias === null ? { bias: false } : {}),
    })}`;
  }
}

function isNoPadding(padding: ResolvedPadding): boolean {
  return typeof padding !== 'string' && padding.every(([before, after]) => before === 0 && after === 0);
}

/** Pairs only where the sides differ. */
function printablePadding(padding: ResolvedPadding): unknown {
  if (typeof padding === 'string') return padding;
  return padding.every(([before, after]) => before === after) ? padding.map(([before]) => before) : padding;
}

/** A deformable convolution with given offsets; `DeformConv1d`, `DeformConv2d` and `DeformConv3d` say over how many dimensions. */
export abstract class DeformConvNd extends DeformConvBase {
  constructor(rank: number, inChannels: number, outChannels: number, kernelSize: PerDimension, options: DeformConvLayerOptions) {
    super(`DeformConv${rank}d`, rank, inChannels, outChannels, kernelSize, options);
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

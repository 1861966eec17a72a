import { ArgumentError, type FloatDType, Parameter, type Tensor, zeros } from '@convgrad/core';
import { convolve } from '../functional/convolution.ts';
import { type ConvOptions, type ConvSettings, convSettings } from '../functional/geometry.ts';
import type { PaddingMode, ResolvedPadding } from '../functional/padding.ts';
import { type PerDimension, perDimension } from '../functional/spatial.ts';
import { initFanIn_ } from '../init/default.ts';
import { checkCount } from './checks.ts';
import { Module } from './module.ts';
import { printOptions } from './printing.ts';

/** Options of a convolution layer. */
export interface ConvLayerOptions extends ConvOptions {
  /** Whether a number is added to each output channel. Default true. */
  readonly bias?: boolean;
  /** Default float32. */
  readonly dtype?: FloatDType;
}

/**
 * A convolution over any number of spatial dimensions; `Conv1d`, `Conv2d` and `Conv3d` say how many.
 *
 * weight [outChannels, inChannels / groups, kernel..] and bias [outChannels] begin uniform in +-1 / sqrt(inChannels / groups * prod(kernel)).
 */
export abstract class ConvNd extends Module implements ConvSettings {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: ResolvedPadding;
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly paddingMode: PaddingMode;
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly #functional: string;

  constructor(rank: number, inChannels: number, outChannels: number, kernelSize: PerDimension, options: ConvLayerOptions) {
    super();
    const name = `Conv${rank}d`;
    const { bias = true, dtype = 'float32' } = options;
    const settings = convSettings(name, rank, options);
    checkCount(name, 'inChannels', inChannels);
    checkCount(name, 'outChannels', outChannels);
    checkGroups(name, 'inChannels', inChannels, settings.groups);
    checkGroups(name, 'outChannels', outChannels, settings.groups);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = perDimension(name, 'kernelSize', kernelSize, rank, 1);
    this.stride = settings.stride;
    this.padding = settings.padding;
    this.dilation = settings.dilation;
    this.groups = settings.groups;
    this.paddingMode = settings.paddingMode;
    this.weight = new Parameter(zeros([outChannels, inChannels / settings.groups, ...this.kernelSize], { dtype }));
    this.bias = bias ? new Parameter(zeros([outChannels], { dtype })) : null;
    this.#functional = `conv${rank}d`;
    this.resetParameters();
  }

  /** Draws weight and bias again. */
  resetParameters(): void {
    initFanIn_(this.weight, this.bias);
  }

  forward(x: Tensor): Tensor {
    return convolve(this.#functional, this.kernelSize.length, x, this.weight, this.bias, this);
  }

  protected override extraRepr(): string {
    const { inChannels, outChannels, kernelSize, stride, padding, dilation, groups, paddingMode } = this;
    return `${inChannels}, ${outChannels}, ${printOptions({
      kernelSize,
      stride,
      ...(isNoPadding(padding) ? {} : { padding: printablePadding(padding) }),
      ...(dilation.every((step) => step === 1) ? {} : { dilation }),
      ...(groups === 1 ? {} : { groups }),
      ...(this.bias === null ? { bias: false } : {}),
      ...(paddingMode === 'zeros' ? {} : { paddingMode }),
    })}`;
  }
}

function checkGroups(name: string, what: string, channels: number, groups: number): void {
  if (channels % groups !== 0) throw new ArgumentError(`${name}: ${what} must be divisible by groups, got ${channels} and ${groups}`);
}

function isNoPadding(padding: ResolvedPadding): boolean {
  return typeof padding !== 'string' && padding.every(([before, after]) => before === 0 && after === 0);
}

/** Pairs only where the sides differ. */
function printablePadding(padding: ResolvedPadding): unknown {
  if (typeof padding === 'string') return padding;
  return padding.every(([before, after]) => before === after) ? padding.map(([before]) => before) : padding;
}

/**
 * Convolution over sequences: [N, C, L] or [C, L]. See `conv1d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new Conv1d(16, 32, 3, { padding: 'causal', dilation: 2 })
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
 * @example new Conv2d(1, 6, 5, { padding: 2 })
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
 * @example new Conv3d(1, 8, [1, 3, 3], { padding: [0, 1, 1] })
 */
export class Conv3d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: ConvLayerOptions = {}) {
    super(3, inChannels, outChannels, kernelSize, options);
  }
}

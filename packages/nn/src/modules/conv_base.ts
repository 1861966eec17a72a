import { ArgumentError, type FloatDType, Parameter, printShape, type Shape, ShapeError, zeros } from '@convgrad/core';
import { type ConvOptions, type ConvSettings, windowCounts } from '../functional/geometry.ts';
import { type PaddingMode, paddingFor, type ResolvedPadding } from '../functional/padding.ts';
import { type PerDimension, perDimension, spatialSizes } from '../functional/spatial.ts';
import { initFanIn_ } from '../init/default.ts';
import { checkCount } from './checks.ts';
import { ConvLayer } from './conv_layer.ts';
import { printOptions } from './printing.ts';

/** Options of a layer with a weight and a bias. */
export interface ConvLayerOptions extends ConvOptions {
  /** Whether a number is added to each output channel. Default true. */
  readonly bias?: boolean;
  /** Default float32. */
  readonly dtype?: FloatDType;
}

/**
 * What convolutions, transposed and deformable ones have in common: sizes, options, one weight and one bias. Those are zeros until
 * `resetParameters()`, which the constructor of each layer calls when it is complete.
 */
export abstract class ConvBase extends ConvLayer implements ConvSettings {
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

  constructor(
    channels: readonly [input: number, output: number],
    kernelSize: PerDimension,
    settings: ConvSettings,
    { bias = true, dtype = 'float32' }: Pick<ConvLayerOptions, 'bias' | 'dtype'>,
    weightChannels: (groups: number) => readonly number[],
  ) {
    super();
    const name = new.target.name;
    const [inChannels, outChannels] = channels;
    checkCount(name, 'inChannels', inChannels);
    checkCount(name, 'outChannels', outChannels);
    checkGroups(name, 'inChannels', inChannels, settings.groups);
    checkGroups(name, 'outChannels', outChannels, settings.groups);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = perDimension(name, 'kernelSize', kernelSize, settings.stride.length, 1);
    this.stride = settings.stride;
    this.padding = settings.padding;
    this.dilation = settings.dilation;
    this.groups = settings.groups;
    this.paddingMode = settings.paddingMode;
    this.weight = new Parameter(zeros([...weightChannels(settings.groups), ...this.kernelSize], { dtype }));
    this.bias = bias ? new Parameter(zeros([outChannels], { dtype })) : null;
  }

  /** Draws weight and bias again. */
  resetParameters(): void {
    initFanIn_(this.weight, this.bias);
  }

  /** Number of spatial dimensions. */
  protected get rank(): number {
    return this.kernelSize.length;
  }

  override outputShape(inputShape: Shape): Shape {
    const size = this.spatialSizesOf(inputShape);
    const padding = paddingFor(this.padding, size, this.kernelSize, this.stride, this.dilation);
    return this.withChannels(inputShape, windowCounts(this.constructor.name, size, this.kernelSize, this, padding));
  }

  /** The spatial sizes of an input shape whose channels were checked. */
  protected spatialSizesOf(inputShape: Shape): readonly number[] {
    const name = this.constructor.name;
    const sizes = spatialSizes(name, inputShape, this.rank);
    const channels = inputShape[inputShape.length - this.rank - 1];
    if (channels !== this.inChannels) {
      throw new ShapeError(`${name}: expects ${this.inChannels} input channels, but input ${printShape(inputShape)} has ${channels}`);
    }
    return sizes;
  }

  /** [N, outChannels, size..], or without N where the input has none. */
  protected withChannels(inputShape: Shape, size: readonly number[]): Shape {
    return [...inputShape.slice(0, inputShape.length - this.rank - 1), this.outChannels, ...size];
  }

  /** Options that only some of the layers have, as they are printed. */
  protected ownOptions(): Readonly<Record<string, unknown>> {
    return {};
  }

  protected override extraRepr(): string {
    const { inChannels, outChannels, kernelSize, stride, padding, dilation, groups, paddingMode } = this;
    return `${inChannels}, ${outChannels}, ${printOptions({
      kernelSize,
      stride,
      ...(isNoPadding(padding) ? {} : { padding: printablePadding(padding) }),
      ...(dilation.every((step) => step === 1) ? {} : { dilation }),
      ...this.ownOptions(),
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

import { ArgumentError, printShape, type Shape, ShapeError, sizeOf } from '@convgrad/core';
import type { DeformConvSizes } from '@convgrad/core/kernels';
import { checkConvWeight, windowCounts } from './geometry.ts';
import { type Padding, paddingFor, type ResolvedPadding, resolvePadding } from './padding.ts';
import { effectiveSteps, type PerDimension, perDimension, spatialSizes, threeDimensions } from './spatial.ts';

/** Options of a deformable convolution. */
export interface DeformConvOptions {
  /** Step of the kernel. Default 1. */
  readonly stride?: PerDimension;
  /** Rows of zeros that the kernel may begin and end in. Default 0. */
  readonly padding?: Padding;
  /** Distance of neighbouring taps of the kernel. Default 1. */
  readonly dilation?: PerDimension;
}

/** The options of a deformable convolution, checked, with one entry for each spatial dimension. */
export interface DeformConvSettings {
  readonly stride: readonly number[];
  readonly padding: ResolvedPadding;
  readonly dilation: readonly number[];
}

/** Sizes of a deformable convolution, as kernels take them, and the shapes of its operands; with K taps of the kernel. */
export interface DeformConvGeometry extends DeformConvSizes {
  /** [N, C, spatial..] */
  readonly inputShape: Shape;
  /** [O, C / groups, kernel..] */
  readonly weightShape: Shape;
  /** [N, rank * offsetGroups * K, spatial..] */
  readonly offsetShape: Shape;
  /** [N, offsetGroups * K, spatial..] */
  readonly maskShape: Shape;
  /** [N, O, spatial..] */
  readonly outputShape: Shape;
}

/** Shapes of the operands of a deformable convolution, all with a batch. */
export interface DeformConvShapes {
  readonly input: Shape;
  readonly offset: Shape;
  readonly weight: Shape;
  readonly bias: Shape | null;
  readonly mask: Shape | null;
}

/**
 * The options of a deformable convolution over `rank` spatial dimensions in their spelt-out form.
 *
 * @throws ArgumentError for a value that is not allowed
 */
export function deformConvSettings(name: string, rank: number, options: DeformConvOptions): DeformConvSettings {
  const { stride = 1, padding = 0, dilation = 1 } = options;
  return {
    stride: perDimension(name, 'stride', stride, rank, 1),
    padding: resolvePadding(name, padding, rank),
    dilation: perDimension(name, 'dilation', dilation, rank, 1),
  };
}

/**
 * The geometry of a deformable convolution. Groups follow from the channels of the weight, offset groups from those of the offsets.
 *
 * @throws ShapeError that names the shapes and the numbers that do not fit
 */
export function deformConvGeometry(name: string, rank: number, shapes: DeformConvShapes, settings: DeformConvSettings): DeformConvGeometry {
  const { input, offset, weight, bias, mask } = shapes;
  const inSize = spatialSizes(name, input, rank);
  const [batch, channels] = input;
  const groups = weightGroups(name, rank, input, weight);
  checkConvWeight(name, rank, input, weight, bias, groups);
  const kernelSize = weight.slice(2);
  const padding = paddingFor(settings.padding, inSize, kernelSize, settings.stride, settings.dilation);
  const outSize = windowCounts(name, inSize, kernelSize, settings, padding);
  const taps = sizeOf(kernelSize);
  const offsetGroups = offsetGroupsOf(name, rank, offset, taps, channels);
  const offsetShape = [batch, rank * offsetGroups * taps, ...outSize];
  const maskShape = [batch, offsetGroups * taps, ...outSize];
  checkField(name, 'offset', offset, offsetShape, `${rank} coordinates for ${taps} taps in ${offsetGroups} offset groups`);
  if (mask !== null) checkField(name, 'mask', mask, maskShape, `one factor for ${taps} taps in ${offsetGroups} offset groups`);
  return {
    inputShape: input,
    weightShape: weight,
    offsetShape,
    maskShape,
    outputShape: [batch, weight[0], ...outSize],
    rank,
    batch,
    channels,
    outChannels: weight[0],
    groups,
    offsetGroups,
    inSize: threeDimensions(inSize, 1),
    kernelSize: threeDimensions(kernelSize, 1),
    outSize: threeDimensions(outSize, 1),
    stride: threeDimensions(effectiveSteps(settings.stride, outSize), 1),
    dilation: threeDimensions(effectiveSteps(settings.dilation, kernelSize), 1),
    padding: threeDimensions(
      padding.map(([before]) => before),
      0,
    ),
  };
}

/** As in torchvision: as many groups as the channels of a weight go into those of the image. */
function weightGroups(name: string, rank: number, input: Shape, weight: Shape): number {
  if (weight.length !== rank + 2 || weight.includes(0)) return 1;
  const [channels, perGroup] = [input[1], weight[1]];
  if (channels === 0 || channels % perGroup !== 0) {
    throw new ShapeError(
      `${name}: the ${channels} channels of input ${printShape(input)} are not a multiple of the ${perGroup} that weight ${printShape(weight)} takes per group`,
    );
  }
  return channels / perGroup;
}

function offsetGroupsOf(name: string, rank: number, offset: Shape, taps: number, channels: number): number {
  const found = offset[1];
  if (found === 0 || found % (rank * taps) !== 0) {
    throw new ShapeError(
      `${name}: offset ${printShape(offset)} has ${found} channels; a multiple of ${rank * taps} is needed, ${rank} coordinates for each of ${taps} taps`,
    );
  }
  const offsetGroups = found / (rank * taps);
  if (channels % offsetGroups !== 0) {
    throw new ShapeError(
      `${name}: offset ${printShape(offset)} has ${offsetGroups} groups of ${rank * taps} channels, into which the ${channels} input channels do not divide`,
    );
  }
  return offsetGroups;
}

function checkField(name: string, what: string, shape: Shape, expected: Shape, why: string): void {
  if (printShape(shape) !== printShape(expected)) {
    throw new ShapeError(`${name}: ${what} must be ${printShape(expected)}: ${why}, at every output; got ${printShape(shape)}`);
  }
}

/** @throws ArgumentError unless the channels divide into as many groups */
export function checkOffsetGroups(name: string, channels: number, offsetGroups: number): void {
  if (!Number.isInteger(offsetGroups) || offsetGroups < 1 || channels % offsetGroups !== 0) {
    throw new ArgumentError(`${name}: inChannels must be divisible by offsetGroups, got ${channels} and ${offsetGroups}`);
  }
}

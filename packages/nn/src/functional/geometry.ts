import { ArgumentError, printShape, type Shape, ShapeError } from '@convgrad/core';
import { checkPaddingMode, type Padding, type PaddingMode, type PaddingPair, type ResolvedPadding, resolvePadding } from './padding.ts';
import { checkPaddedSize, effectiveSteps, type PerDimension, perDimension, type Triple, threeDimensions } from './spatial.ts';

/** Options of a convolution. */
export interface ConvOptions {
  /** Step of the kernel. Default 1. */
  readonly stride?: PerDimension;
  /** Rows added around the image. Default 0. */
  readonly padding?: Padding;
  /** Distance of neighbouring taps of the kernel. Default 1. */
  readonly dilation?: PerDimension;
  /** Groups of channels that do not see each other. Default 1. */
  readonly groups?: number;
  /** What stands in the padding. Default 'zeros'. */
  readonly paddingMode?: PaddingMode;
}

/** The options of a convolution, checked, with one entry for each spatial dimension. */
export interface ConvSettings {
  readonly stride: readonly number[];
  readonly padding: ResolvedPadding;
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly paddingMode: PaddingMode;
}

/**
 * Sizes of the three maps conv(x, w) -> y, convInput(y, w) -> x and convWeight(x, y) -> w, which share it.
 *
 * Lists hold (depth, height, width), 1 where a dimension is missing (padding 0).
 */
export interface ConvGeometry {
  /** [N, C, spatial..] */
  readonly inputShape: Shape;
  /** [O, C / groups, kernel..] */
  readonly weightShape: Shape;
  /** [N, O, spatial..] */
  readonly outputShape: Shape;
  readonly batch: number;
  readonly groups: number;
  /** Per group. */
  readonly inChannels: number;
  /** Per group. */
  readonly outChannels: number;
  readonly inSize: Triple;
  readonly kernelSize: Triple;
  readonly outSize: Triple;
  readonly stride: Triple;
  readonly dilation: Triple;
  /** In front; what lies behind follows from the sizes. */
  readonly padding: Triple;
}

/**
 * The options of a convolution over `rank` spatial dimensions in their spelt-out form.
 *
 * @throws ArgumentError for a value that is not allowed
 */
export function convSettings(name: string, rank: number, options: ConvOptions): ConvSettings {
  const { stride = 1, padding = 0, dilation = 1, groups = 1, paddingMode = 'zeros' } = options;
  if (!Number.isInteger(groups) || groups < 1)
    throw new ArgumentError(`${name}: groups must be a whole number of at least 1, got ${groups}`);
  checkPaddingMode(name, paddingMode);
  return {
    stride: perDimension(name, 'stride', stride, rank, 1),
    padding: resolvePadding(name, padding, rank),
    dilation: perDimension(name, 'dilation', dilation, rank, 1),
    groups,
    paddingMode,
  };
}

/**
 * Checks that a weight belongs to an image, before anything is calculated.
 *
 * @throws ShapeError that names both and the numbers that do not fit
 */
export function checkConvWeight(name: string, rank: number, input: Shape, weight: Shape, bias: Shape | null, groups: number): void {
  if (weight.length !== rank + 2) {
    throw new ShapeError(
      `${name}: weight must have ${rank + 2} dimensions [O, C / groups, ${rank} of the kernel], got ${printShape(weight)}`,
    );
  }
  if (weight.includes(0)) throw new ShapeError(`${name}: weight ${printShape(weight)} has an empty dimension`);
  const [outChannels, perGroup] = weight;
  if (outChannels % groups !== 0) {
    throw new ShapeError(`${name}: the ${outChannels} output channels of weight ${printShape(weight)} do not divide into ${groups} groups`);
  }
  const channels = input[input.length - rank - 1];
  if (channels !== perGroup * groups) {
    throw new ShapeError(
      `${name}: weight expects ${perGroup} input channels per group (weight ${printShape(weight)}, groups ${groups}), ` +
        `but input ${printShape(input)} has ${channels} channels; expected ${perGroup * groups}`,
    );
  }
  if (bias !== null && (bias.length !== 1 || bias[0] !== outChannels)) {
    throw new ShapeError(
      `${name}: weight ${printShape(weight)} gives ${outChannels} channels, so bias must be [${outChannels}], got ${printShape(bias)}`,
    );
  }
}

/**
 * Number of windows along a dimension: floor((L + before + after - extent) / stride) + 1, with the extent d (k - 1) + 1 of the kernel.
 *
 * @throws ShapeError if there is none, or the padded image is longer than kernels can count
 */
export function windowCounts(
  name: string,
  size: readonly number[],
  kernelSize: readonly number[],
  { stride, dilation }: Pick<ConvSettings, 'stride' | 'dilation'>,
  padding: readonly PaddingPair[],
): readonly number[] {
  checkPaddedSize(
    name,
    size.map((length, dim) => length + padding[dim][0] + padding[dim][1]),
  );
  return size.map((length, dim) => {
    const extent = dilation[dim] * (kernelSize[dim] - 1) + 1;
    const padded = length + padding[dim][0] + padding[dim][1];
    if (padded < extent) {
      throw new ShapeError(
        `${name}: the kernel ${printShape(kernelSize)} with dilation ${printShape(dilation)} is ${extent} long in spatial dimension ${dim}, ` +
          `but the input ${printShape(size)} with padding (${padding[dim].join(', ')}) only ${padded}`,
      );
    }
    return Math.floor((padded - extent) / stride[dim]) + 1;
  });
}

/**
 * The geometry of a convolution of an image [N, C, spatial..] whose weight was checked.
 *
 * @throws ShapeError if the kernel is larger than the padded image
 */
export function convGeometry(
  name: string,
  input: Shape,
  weight: Shape,
  settings: Pick<ConvSettings, 'stride' | 'dilation' | 'groups'>,
  padding: readonly PaddingPair[],
): ConvGeometry {
  const outSize = windowCounts(name, input.slice(2), weight.slice(2), settings, padding);
  return geometryOfShapes(input, weight, [input[0], weight[0], ...outSize], settings, padding);
}

/** The geometry that belongs to three shapes, which are not checked against each other. */
export function geometryOfShapes(
  inputShape: Shape,
  weightShape: Shape,
  outputShape: Shape,
  { stride, dilation, groups }: Pick<ConvSettings, 'stride' | 'dilation' | 'groups'>,
  padding: readonly PaddingPair[],
): ConvGeometry {
  return {
    inputShape,
    weightShape,
    outputShape,
    batch: inputShape[0],
    groups,
    inChannels: weightShape[1],
    outChannels: weightShape[0] / groups,
    inSize: threeDimensions(inputShape.slice(2), 1),
    kernelSize: threeDimensions(weightShape.slice(2), 1),
    outSize: threeDimensions(outputShape.slice(2), 1),
    stride: threeDimensions(effectiveSteps(stride, outputShape.slice(2)), 1),
    dilation: threeDimensions(effectiveSteps(dilation, weightShape.slice(2)), 1),
    padding: threeDimensions(
      padding.map(([before]) => before),
      0,
    ),
  };
}

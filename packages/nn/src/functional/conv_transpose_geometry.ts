import { ArgumentError, printShape, type Shape, ShapeError } from '@convgrad/core';
import { type ConvOptions, type ConvSettings, convSettings } from './geometry.ts';
import { checkPaddingFits, type PaddingPair } from './padding.ts';
import { checkPaddedSize, type PerDimension, perDimension } from './spatial.ts';

/** Options of a transposed convolution. `padding` takes numbers, pairs and 'valid': 'same' and 'causal' are not defined for it. */
export interface ConvTransposeOptions extends ConvOptions {
  /** Rows added behind the smallest result, fewer than stride or dilation (the larger). Default 0. */
  readonly outputPadding?: PerDimension;
  /** Spatial size of the result, instead of `outputPadding`. */
  readonly outputSize?: readonly number[];
}

/** The options of a transposed convolution, checked, with one entry for each spatial dimension. */
export interface ConvTransposeSettings extends ConvSettings {
  readonly padding: readonly PaddingPair[];
  readonly outputPadding: readonly number[];
}

/**
 * The options of a transposed convolution over `rank` spatial dimensions in their spelt-out form, all but `outputSize`.
 *
 * @throws ArgumentError for a value that is not allowed, such as outputPadding of at least stride and dilation
 */
export function convTransposeSettings(name: string, rank: number, options: ConvTransposeOptions): ConvTransposeSettings {
  const settings = convSettings(name, rank, options);
  const { stride, dilation } = settings;
  if (settings.padding === 'same' || settings.padding === 'causal') {
    throw new ArgumentError(
      `${name}: padding '${settings.padding}' is not defined for transposed convolution; give numbers or (before, after) pairs`,
    );
  }
  const padding = settings.padding === 'valid' ? stride.map((): PaddingPair => [0, 0]) : settings.padding;
  const { outputPadding: rows = 0 } = options;
  const outputPadding = perDimension(name, 'outputPadding', rows, rank, 0);
  if (outputPadding.some((added, dim) => added >= Math.max(stride[dim], dilation[dim]))) {
    throw new ArgumentError(
      `${name}: outputPadding must be smaller than stride or dilation, got outputPadding ${printShape(outputPadding)}, ` +
        `stride ${printShape(stride)}, dilation ${printShape(dilation)}`,
    );
  }
  return { ...settings, padding, outputPadding };
}

/**
 * Checks that a weight [C, O / groups, kernel..] belongs to an image, before anything is calculated.
 *
 * @throws ShapeError that names both and the numbers that do not fit
 */
export function checkConvTransposeWeight(
  name: string,
  rank: number,
  input: Shape,
  weight: Shape,
  bias: Shape | null,
  groups: number,
): void {
  if (weight.length !== rank + 2) {
    throw new ShapeError(
      `${name}: weight must have ${rank + 2} dimensions [C, O / groups, ${rank} of the kernel], got ${printShape(weight)}`,
    );
  }
  if (weight.includes(0)) throw new ShapeError(`${name}: weight ${printShape(weight)} has an empty dimension`);
  const [inChannels, perGroup] = weight;
  if (inChannels % groups !== 0) {
    throw new ShapeError(`${name}: the ${inChannels} input channels of weight ${printShape(weight)} do not divide into ${groups} groups`);
  }
  const channels = input[input.length - rank - 1];
  if (channels !== inChannels) {
    throw new ShapeError(
      `${name}: weight ${printShape(weight)} expects ${inChannels} input channels, but input ${printShape(input)} has ${channels}`,
    );
  }
  const outChannels = perGroup * groups;
  if (bias !== null && (bias.length !== 1 || bias[0] !== outChannels)) {
    throw new ShapeError(
      `${name}: weight ${printShape(weight)} with groups ${groups} gives ${outChannels} channels, so bias must be [${outChannels}], got ${printShape(bias)}`,
    );
  }
}

/**
 * The spatial size of the result: (L - 1) s - before - after + d (k - 1) + 1 + outputPadding, or `outputSize` if it is possible.
 *
 * @throws ShapeError if nothing is left, for an `outputSize` that no `outputPadding` gives, or a padding that the result cannot make;
 * ArgumentError if both are given
 */
export function convTransposeSize(
  name: string,
  size: readonly number[],
  kernelSize: readonly number[],
  settings: ConvTransposeSettings,
  outputSize?: readonly number[],
): readonly number[] {
  const { stride, dilation, padding, outputPadding } = settings;
  const smallest = size.map(
    (length, dim) => (length - 1) * stride[dim] - padding[dim][0] - padding[dim][1] + dilation[dim] * (kernelSize[dim] - 1) + 1,
  );
  const result = outputSize ?? smallest.map((length, dim) => length + outputPadding[dim]);
  if (outputSize !== undefined) {
    if (outputPadding.some((rows) => rows > 0)) {
      throw new ArgumentError(
        `${name}: outputSize ${printShape(outputSize)} and outputPadding ${printShape(outputPadding)} both say how large the result is; give one`,
      );
    }
    const largest = smallest.map((length, dim) => length + Math.max(stride[dim], dilation[dim]) - 1);
    const fits = (length: number, dim: number) => Number.isInteger(length) && length >= smallest[dim] && length <= largest[dim];
    if (outputSize.length !== size.length || !outputSize.every(fits)) {
      throw new ShapeError(
        `${name}: outputSize ${printShape(outputSize)} is not possible for input size ${printShape(size)}: ` +
          `possible are sizes from ${printShape(smallest)} to ${printShape(largest)}`,
      );
    }
  }
  if (result.some((length) => length < 1)) {
    throw new ShapeError(
      `${name}: the result would have size ${printShape(result)}: input size ${printShape(size)}, kernel ${printShape(kernelSize)}, ` +
        `stride ${printShape(stride)}, dilation ${printShape(dilation)}, padding ${padding.map((pair) => `(${pair.join(', ')})`).join(' ')}`,
    );
  }
  checkPaddedSize(
    name,
    result.map((length, dim) => length + padding[dim][0] + padding[dim][1]),
  );
  // The convolution of which this is the adjoint pads an image of the result's size with itself.
  checkPaddingFits(name, 'a result', result, padding, settings.paddingMode);
  return result;
}

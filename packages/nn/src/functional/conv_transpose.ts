import { add, arange, indexAdd, pad, requireSameFloat, reshape, type Tensor, unsqueeze, zeros } from '@convgrad/core';
import {
  type ConvTransposeOptions,
  type ConvTransposeSettings,
  checkConvTransposeWeight,
  convTransposeSettings,
  convTransposeSize,
} from './conv_transpose_geometry.ts';
import { convInput } from './convolution.ts';
import { geometryOfShapes } from './geometry.ts';
import type { PaddingMode, PaddingPair } from './padding.ts';
import { spatialSizes } from './spatial.ts';

/*
 * Transposed convolution is the adjoint of the convolution with the same options, by its image:
 *
 *   <conv(X, w), x> = <X, convTranspose(x, w)>      y = convInput(x, w) + bias
 *
 * A convolution with a padding mode is conv(P X, w) with the linear map P that pads, so its adjoint is P^T convInput(x, w): the
 * transposed convolution without padding, in which what lies in the padding is added to the elements that P copied there.
 * Written out: docs/convolutions.md, "Transposed".
 */

/** P^T: the padding is cut off and added where it came from. */
function foldPadding(x: Tensor, padding: readonly PaddingPair[], mode: Exclude<PaddingMode, 'zeros'>): Tensor {
  return padding.reduce((y, [before, after], axis) => {
    if (before === 0 && after === 0) return y;
    const dim = axis + 2;
    const length = y.shape[dim] - before - after;
    const sources = pad(arange(0, length, 1, { dtype: 'int32' }), [before, after], { mode });
    return indexAdd(zeros(y.shape.with(dim, length), { dtype: y.dtype }), dim, sources, y);
  }, x);
}

/** A transposed convolution over `rank` spatial dimensions, with settings that were checked before; `name` is what errors call it. */
export function convolveTransposed(
  name: string,
  rank: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  settings: ConvTransposeSettings,
  outputSize?: readonly number[],
): Tensor {
  requireSameFloat(name, [x, weight, bias], ['input', 'weight', 'bias']);
  const size = spatialSizes(name, x.shape, rank);
  checkConvTransposeWeight(name, rank, x.shape, weight.shape, bias === null ? null : bias.shape, settings.groups);
  const outSize = convTransposeSize(name, size, weight.shape.slice(2), settings, outputSize);
  const batched = x.ndim === rank + 2 ? x : unsqueeze(x, 0);
  const y = transposedImage(batched, weight, bias, outSize, settings);
  return x === batched ? y : reshape(y, y.shape.slice(1));
}

function transposedImage(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  outSize: readonly number[],
  settings: ConvTransposeSettings,
): Tensor {
  const { padding, paddingMode, groups } = settings;
  const imageOf = (size: readonly number[]) => [x.shape[0], weight.shape[1] * groups, ...size];
  if (paddingMode === 'zeros') {
    return convInput(x, weight, bias, geometryOfShapes(imageOf(outSize), weight.shape, x.shape, settings, padding));
  }
  const paddedSize = outSize.map((length, dim) => length + padding[dim][0] + padding[dim][1]);
  const none = padding.map(() => [0, 0] as const);
  const padded = convInput(x, weight, null, geometryOfShapes(imageOf(paddedSize), weight.shape, x.shape, settings, none));
  const y = foldPadding(padded, padding, paddingMode);
  return bias === null ? y : add(y, reshape(bias, [bias.size, ...outSize.map(() => 1)]));
}

/**
 * Transposed convolution over sequences: the adjoint of `conv1d` with the same options, plus the bias.
 *
 * With a `paddingMode` other than 'zeros' it is the adjoint of the convolution that pads so: what would lie in the padding is added to the
 * elements that the padding repeats.
 *
 * @param x [N, C, L] or [C, L]
 * @param weight [C, O / groups, k]
 * @param bias [O], or nothing
 * @returns [N, O, (L - 1) stride - padding + dilation (k - 1) + outputPadding + 1], padding counted on both sides
 * @throws ShapeError if the sizes do not fit; ArgumentError for an option that is not allowed; DTypeError for integers or mixed floats
 * @example convTranspose1d(ones([1, 1, 3]), ones([1, 1, 2]), null, { stride: 2 }) // [[[1, 1, 1, 1, 1, 1]]]
 */
export function convTranspose1d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvTransposeOptions = {}): Tensor {
  return convolveTransposed(
    'convTranspose1d',
    1,
    x,
    weight,
    bias,
    convTransposeSettings('convTranspose1d', 1, options),
    options.outputSize,
  );
}

/**
 * Transposed convolution over images: the adjoint of `conv2d` with the same options, plus the bias.
 *
 * With a `paddingMode` other than 'zeros' it is the adjoint of the convolution that pads so: what would lie in the padding is added to the
 * elements that the padding repeats.
 *
 * @param x [N, C, H, W] or [C, H, W]
 * @param weight [C, O / groups, kH, kW]
 * @param bias [O], or nothing
 * @returns [N, O, H', W'] with H' = (H - 1) stride - padding + dilation (kH - 1) + outputPadding + 1, and W' alike
 * @throws ShapeError if the sizes do not fit; ArgumentError for an option that is not allowed; DTypeError for integers or mixed floats
 * @example convTranspose2d(ones([1, 1, 4, 4]), ones([1, 1, 2, 2]), null, { stride: 2 }).shape // [1, 1, 8, 8]
 */
export function convTranspose2d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvTransposeOptions = {}): Tensor {
  return convolveTransposed(
    'convTranspose2d',
    2,
    x,
    weight,
    bias,
    convTransposeSettings('convTranspose2d', 2, options),
    options.outputSize,
  );
}

/**
 * Transposed convolution over volumes: the adjoint of `conv3d` with the same options, plus the bias.
 *
 * With a `paddingMode` other than 'zeros' it is the adjoint of the convolution that pads so: what would lie in the padding is added to the
 * elements that the padding repeats.
 *
 * @param x [N, C, D, H, W] or [C, D, H, W]
 * @param weight [C, O / groups, kD, kH, kW]
 * @param bias [O], or nothing
 * @returns [N, O, D', H', W'] with D' = (D - 1) stride - padding + dilation (kD - 1) + outputPadding + 1, and the others alike
 * @throws ShapeError if the sizes do not fit; ArgumentError for an option that is not allowed; DTypeError for integers or mixed floats
 * @example convTranspose3d(ones([1, 1, 2, 2, 2]), ones([1, 1, 2, 2, 2]), null, { stride: 2, outputSize: [4, 5, 5] }).shape // [1, 1, 4, 5, 5]
 */
export function convTranspose3d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvTransposeOptions = {}): Tensor {
  return convolveTransposed(
    'convTranspose3d',
    3,
    x,
    weight,
    bias,
    convTransposeSettings('convTranspose3d', 3, options),
    options.outputSize,
  );
}

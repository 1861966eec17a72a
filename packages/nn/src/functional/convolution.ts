import {
  apply,
  defineFunction,
  isGradEnabled,
  plain,
  plainOutput,
  readable,
  requireSameFloat,
  reshape,
  type Shape,
  type Tensor,
  unsqueeze,
  writable,
} from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';
import { sumOverChannels } from './channel_sum.ts';
import { floatDType } from './float_dtype.ts';
import {
  type ConvGeometry,
  type ConvOptions,
  type ConvSettings,
  checkConvWeight,
  convGeometry,
  convSettings,
  geometryOfShapes,
} from './geometry.ts';
import type { LastShapes } from './last_shapes.ts';
import { checkPaddingFits, type PaddingMode, type PaddingPair, paddingFor, padImage } from './padding.ts';
import { spatialSizes } from './spatial.ts';

/*
 * T(x, w, g) = sum over everything of g * conv(x, w) is linear in each of its three arguments, so each of three maps is the derivative of
 * T by one argument and linear in the other two:
 *
 *   conv(x, w) -> y        y[n, o, p] = sum over c, k of  w[o, c, k] x[n, c, p s + k d - padding]
 *   convInput(g, w) -> x   x[n, c, i] = sum over o, p, k with p s + k d - padding = i of  w[o, c, k] g[n, o, p]
 *   convWeight(x, g) -> w  w[o, c, k] = sum over n, p of  g[n, o, p] x[n, c, p s + k d - padding]
 *
 * (c in the group of o). The derivative of any of them by any argument is another of them, so all orders follow from three kernels.
 * Written out, variant by variant: docs/convolutions.md, from "Three maps" on.
 */

/** dx = convInput(g, w)   dw = convWeight(x, g)   db = sum of g over batch and positions */
const convFunction = defineFunction<[Tensor, Tensor, Tensor | null], ConvGeometry>({
  name: 'conv',
  forward(call, [x, weight, bias], geometry) {
    const y = call.output(geometry.outputShape, x.dtype);
    call.save(x, weight);
    kernels.conv(
      floatDType('conv', x),
      readable(x.storage),
      readable(weight.storage),
      bias === null ? 0 : readable(bias.storage),
      writable(y.storage),
      geometry,
    );
    return y;
  },
  backward(call, g, geometry) {
    if (call.needsGrad(0) && call.needsGrad(1) && !isGradEnabled() && kernels.servesConvGradients(floatDType('conv', g), geometry)) {
      return fusedGradients(call.saved(0), call.saved(1), call.needsGrad(2), g, geometry);
    }
    return [
      call.needsGrad(0) ? convInput(g, call.saved(1), null, geometry) : null,
      call.needsGrad(1) ? convWeight(call.saved(0), g, geometry) : null,
      call.needsGrad(2) ? sumOverChannels(g) : null,
    ];
  },
});

/** The gradients by image, weight and bias in one pass, not differentiable. */
function fusedGradients(x: Tensor, weight: Tensor, needsBias: boolean, g: Tensor, geometry: ConvGeometry): (Tensor | null)[] {
  const dtype = floatDType('conv', x);
  return plain([x, weight, g], () => {
    const dx = plainOutput(geometry.inputShape, dtype);
    const dw = plainOutput(geometry.weightShape, dtype);
    const db = needsBias ? plainOutput([geometry.groups * geometry.outChannels], dtype) : null;
    kernels.convGradients(
      dtype,
      { x: readable(x.storage), gradOutput: readable(g.storage), weight: readable(weight.storage) },
      { x: writable(dx.storage), weight: writable(dw.storage), bias: db === null ? 0 : writable(db.storage) },
      geometry,
    );
    return [dx, dw, db];
  });
}

/** With h the cotangent, an image:   dg = conv(h, w)   dw = convWeight(h, g)   db = sum of h over batch and positions */
const convInputFunction = defineFunction<[Tensor, Tensor, Tensor | null], ConvGeometry>({
  name: 'convInput',
  forward(call, [g, weight, bias], geometry) {
    const x = call.output(geometry.inputShape, g.dtype);
    call.save(g, weight);
    kernels.convInput(
      floatDType('convInput', g),
      readable(g.storage),
      readable(weight.storage),
      bias === null ? 0 : readable(bias.storage),
      writable(x.storage),
      geometry,
    );
    return x;
  },
  backward(call, h, geometry) {
    return [
      call.needsGrad(0) ? conv(h, call.saved(1), null, geometry) : null,
      call.needsGrad(1) ? convWeight(h, call.saved(0), geometry) : null,
      call.needsGrad(2) ? sumOverChannels(h) : null,
    ];
  },
});

/** With v the cotangent, a weight:   dx = convInput(g, v)   dg = conv(x, v) */
const convWeightFunction = defineFunction<[Tensor, Tensor], ConvGeometry>({
  name: 'convWeight',
  forward(call, [x, g], geometry) {
    const weight = call.output(geometry.weightShape, x.dtype);
    call.save(x, g);
    kernels.convWeight(floatDType('convWeight', x), readable(x.storage), readable(g.storage), writable(weight.storage), geometry);
    return weight;
  },
  backward(call, v, geometry) {
    return [
      call.needsGrad(0) ? convInput(call.saved(1), v, null, geometry) : null,
      call.needsGrad(1) ? conv(call.saved(0), v, null, geometry) : null,
    ];
  },
});

/** The convolution of x [N, C, spatial..] with weight [O, C / groups, kernel..] plus bias [O]; everything fits, which is not checked. */
export function conv(x: Tensor, weight: Tensor, bias: Tensor | null, geometry: ConvGeometry): Tensor {
  return apply(convFunction, [x, weight, bias], geometry);
}

/** The image whose cotangents are g [N, O, spatial..] under the convolution with `weight`, plus bias [C]: transposed convolution. */
export function convInput(g: Tensor, weight: Tensor, bias: Tensor | null, geometry: ConvGeometry): Tensor {
  return apply(convInputFunction, [g, weight, bias], geometry);
}

/** The weight's gradient where x [N, C, spatial..] is convolved and g [N, O, spatial..] is the cotangent. */
export function convWeight(x: Tensor, g: Tensor, geometry: ConvGeometry): Tensor {
  return apply(convWeightFunction, [x, g], geometry);
}

/** The image is padded with itself first. */
function convPadded(
  name: string,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  settings: ConvSettings,
  mode: Exclude<PaddingMode, 'zeros'>,
  padding: readonly PaddingPair[],
  outputShape: Shape,
): Tensor {
  checkPaddingFits(name, 'an image', x.shape.slice(2), padding, mode);
  const image = padImage(x, padding, mode);
  const none = padding.map((): PaddingPair => [0, 0]);
  return conv(image, weight, bias, geometryOfShapes(image.shape, weight.shape, outputShape, settings, none));
}

const operandNames = ['input', 'weight', 'bias'];

/**
 * The geometry of the convolution of an image [N, C, spatial..] that is padded with zeros, if at all, with settings that were checked before. `last` keeps what
 * follows from the shapes.
 *
 * @throws ShapeError if the sizes do not fit, DTypeError for integers or mixed floats
 */
export function zeroPaddedGeometry(
  name: string,
  rank: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  settings: ConvSettings,
  last: LastShapes<ConvGeometry> | null,
): ConvGeometry {
  requireSameFloat(name, [x, weight, bias], operandNames);
  const known = last === null ? null : last.recall(x.shape, weight.shape);
  if (known !== null && (bias === null || (bias.ndim === 1 && bias.size === weight.shape[0]))) return known;
  const padding = checkedPadding(name, rank, x, weight, bias, settings);
  const geometry = convGeometry(name, x.shape, weight.shape, settings, padding);
  return last === null ? geometry : last.keep(geometry, x.shape, weight.shape);
}

function checkedPadding(
  name: string,
  rank: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  { padding, groups, stride, dilation }: ConvSettings,
): readonly PaddingPair[] {
  const size = spatialSizes(name, x.shape, rank);
  checkConvWeight(name, rank, x.shape, weight.shape, bias === null ? null : bias.shape, groups);
  return paddingFor(padding, size, weight.shape.slice(2), stride, dilation);
}

/**
 * A convolution over `rank` spatial dimensions, with settings that were checked before; `name` is what errors call it. `last` keeps what
 * follows from the shapes: a layer has one, whose settings stay what they are.
 */
export function convolve(
  name: string,
  rank: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  settings: ConvSettings,
  last: LastShapes<ConvGeometry> | null = null,
): Tensor {
  const isBatched = x.ndim === rank + 2;
  if (isBatched && settings.paddingMode === 'zeros') {
    return conv(x, weight, bias, zeroPaddedGeometry(name, rank, x, weight, bias, settings, last));
  }
  requireSameFloat(name, [x, weight, bias], operandNames);
  const padding = checkedPadding(name, rank, x, weight, bias, settings);
  const batched = isBatched ? x : unsqueeze(x, 0);
  const geometry = convGeometry(name, batched.shape, weight.shape, settings, padding);
  const y =
    settings.paddingMode === 'zeros'
      ? conv(batched, weight, bias, geometry)
      : convPadded(name, batched, weight, bias, settings, settings.paddingMode, padding, geometry.outputShape);
  return isBatched ? y : reshape(y, y.shape.slice(1));
}

/**
 * Convolution (cross-correlation, as everywhere in deep learning) over sequences.
 *
 * @param x [N, C, L] or [C, L]
 * @param weight [O, C / groups, k]
 * @param bias [O], or nothing
 * @returns [N, O, (L + padding - dilation (k - 1) - 1) / stride + 1], rounded down
 * @throws ShapeError if the sizes do not fit; ArgumentError for an option that is not allowed; DTypeError for integers or mixed floats
 * @example conv1d(ones([1, 1, 5]), ones([1, 1, 3]), null, { padding: 'causal' }) // [[[1, 2, 3, 3, 3]]]
 */
export function conv1d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvOptions = {}): Tensor {
  return convolve('conv1d', 1, x, weight, bias, convSettings('conv1d', 1, options));
}

/**
 * Convolution (cross-correlation, as everywhere in deep learning) over images.
 *
 * @param x [N, C, H, W] or [C, H, W]
 * @param weight [O, C / groups, kH, kW]
 * @param bias [O], or nothing
 * @returns [N, O, H', W'] with H' = (H + padding - dilation (kH - 1) - 1) / stride + 1, rounded down, and W' alike
 * @throws ShapeError if the sizes do not fit; ArgumentError for an option that is not allowed; DTypeError for integers or mixed floats
 * @example conv2d(ones([1, 1, 4, 4]), ones([1, 1, 3, 3]), null, { padding: 'same' }).shape // [1, 1, 4, 4]
 */
export function conv2d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvOptions = {}): Tensor {
  return convolve('conv2d', 2, x, weight, bias, convSettings('conv2d', 2, options));
}

/**
 * Convolution (cross-correlation, as everywhere in deep learning) over volumes.
 *
 * @param x [N, C, D, H, W] or [C, D, H, W]
 * @param weight [O, C / groups, kD, kH, kW]
 * @param bias [O], or nothing
 * @returns [N, O, D', H', W'] with D' = (D + padding - dilation (kD - 1) - 1) / stride + 1, rounded down, and the others alike
 * @throws ShapeError if the sizes do not fit; ArgumentError for an option that is not allowed; DTypeError for integers or mixed floats
 * @example conv3d(ones([1, 1, 4, 4, 4]), ones([1, 1, 2, 2, 2]), null, { stride: 2 }).shape // [1, 1, 2, 2, 2]
 */
export function conv3d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvOptions = {}): Tensor {
  return convolve('conv3d', 3, x, weight, bias, convSettings('conv3d', 3, options));
}

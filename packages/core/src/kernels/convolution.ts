import { channelsLastConv, channelsLastInput, servesChannelsLast, servesChannelsLastInput } from './channels_last.ts';
import { type ConvolutionSizes, volume } from './convolution_sizes.ts';
import { depthwiseConv, depthwiseInput, depthwiseWeight, servesDepthwise } from './depthwise.ts';
import { directConv, directInput, directWeight } from './direct_convolution.ts';
import { type FloatDType, scalarOf } from './dtype.ts';
import { interleavedConv, interleavedInput, interleavedWeight, servesInterleaved } from './interleaved.ts';
import { launch } from './launch.ts';
import type { Pointer } from './memory.ts';
import { phaseConv, phaseInput } from './phase_convolution.ts';
import { phaseWeight } from './phase_weight.ts';
import { servesPhases } from './phases.ts';
import { planeGradients, servesPlaneGradients } from './plane_gradients.ts';
import { planeConv, planeInput, planeWeight, servesPlanes } from './planes.ts';
import { servesThinWeight, servesThinWinograd, thinConv, thinInput, thinWeight } from './thin_winograd.ts';
import { isWholeImage, wholeImageConv, wholeImageInput, wholeImageWeight } from './whole_image.ts';
import { servesWinograd, servesWinogradWeight, winogradConv, winogradInput, winogradWeight } from './winograd.ts';

export type { ConvolutionSizes, Triple } from './convolution_sizes.ts';

/**
 * y [batch, groups * outChannels, outSize] = conv(x, weight) + bias, with x [batch, groups * inChannels, inSize],
 * weight [groups * outChannels, inChannels, kernelSize] and bias [groups * outChannels], 0 for none.
 */
export function conv(dtype: FloatDType, x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, sizes: ConvolutionSizes): void {
  if (isWholeImage(sizes)) {
    wholeImageConv(dtype, x, weight, bias, y, sizes);
    return;
  }
  if (servesWinograd(dtype, sizes)) {
    winogradConv(x, weight, bias, y, sizes);
    return;
  }
  if (servesThinWinograd(dtype, sizes)) {
    thinConv(x, weight, bias, y, sizes);
    return;
  }
  if (servesPhases(dtype, sizes)) {
    phaseConv(x, weight, bias, y, sizes);
    return;
  }
  if (servesInterleaved(dtype, sizes)) {
    interleavedConv(x, weight, bias, y, sizes);
    return;
  }
  if (servesChannelsLast(dtype, sizes)) {
    channelsLastConv(x, weight, bias, y, sizes);
    return;
  }
  if (servesDepthwise(dtype, sizes)) {
    depthwiseConv(x, weight, bias, y, sizes);
    return;
  }
  if (servesPlanes(sizes)) {
    planeConv(dtype, x, weight, bias, y, sizes);
    return;
  }
  directConv(dtype, x, weight, bias, y, sizes);
}

/**
 * The adjoint of `conv` by x: x [batch, groups * inChannels, inSize] from gradOutput [batch, groups * outChannels, outSize], plus
 * bias [groups * inChannels], 0 for none: transposed convolution.
 */
export function convInput(
  dtype: FloatDType,
  gradOutput: Pointer,
  weight: Pointer,
  bias: Pointer,
  x: Pointer,
  sizes: ConvolutionSizes,
): void {
  if (isWholeImage(sizes) && bias === 0) {
    wholeImageInput(dtype, gradOutput, weight, x, sizes);
    return;
  }
  if (servesWinograd(dtype, sizes)) {
    winogradInput(gradOutput, weight, bias, x, sizes);
    return;
  }
  if (servesThinWinograd(dtype, sizes)) {
    thinInput(gradOutput, weight, bias, x, sizes);
    return;
  }
  if (servesPhases(dtype, sizes)) {
    phaseInput(gradOutput, weight, bias, x, sizes);
    return;
  }
  if (servesInterleaved(dtype, sizes)) {
    interleavedInput(gradOutput, weight, bias, x, sizes);
    return;
  }
  if (servesChannelsLastInput(dtype, sizes)) {
    channelsLastInput(gradOutput, weight, bias, x, sizes);
    return;
  }
  if (servesDepthwise(dtype, sizes)) {
    depthwiseInput(gradOutput, weight, bias, x, sizes);
    return;
  }
  if (servesPlanes(sizes)) {
    planeInput(dtype, gradOutput, weight, bias, x, sizes);
    return;
  }
  directInput(dtype, gradOutput, weight, bias, x, sizes);
}

/** The adjoint of `conv` by weight: weight [groups * outChannels, inChannels, kernelSize] from x and gradOutput. */
export function convWeight(dtype: FloatDType, x: Pointer, gradOutput: Pointer, weight: Pointer, sizes: ConvolutionSizes): void {
  const weights = sizes.groups * sizes.inChannels * sizes.outChannels * volume(sizes.kernelSize);
  if (sizes.batch === 0) {
    launch('fill', scalarOf[dtype], { y: weight, size: weights, value: 0 }, 1);
    return;
  }
  if (isWholeImage(sizes)) {
    wholeImageWeight(dtype, x, gradOutput, weight, sizes);
    return;
  }
  if (servesWinogradWeight(dtype, sizes)) {
    winogradWeight(x, gradOutput, weight, sizes);
    return;
  }
  if (servesThinWeight(dtype, sizes)) {
    thinWeight(x, gradOutput, weight, sizes);
    return;
  }
  if (servesPhases(dtype, sizes)) {
    phaseWeight(x, gradOutput, weight, sizes);
    return;
  }
  if (servesInterleaved(dtype, sizes)) {
    interleavedWeight(x, gradOutput, weight, sizes);
    return;
  }
  if (servesDepthwise(dtype, sizes)) {
    depthwiseWeight(x, gradOutput, weight, sizes);
    return;
  }
  if (servesPlanes(sizes)) {
    planeWeight(dtype, x, gradOutput, weight, sizes);
    return;
  }
  directWeight(dtype, x, gradOutput, weight, sizes);
}

/** Whether `convGradients` has a pass that is faster than the maps one by one. */
export function servesConvGradients(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  return servesPlaneGradients(dtype, sizes) && !isWholeImage(sizes);
}

/**
 * All gradients of `conv` in one pass, where `servesConvGradients`: gradInput as `convInput` and gradWeight as `convWeight` have them, and
 * gradBias [groups * outChannels], the sums of gradOutput, or 0 for none.
 */
export function convGradients(
  dtype: FloatDType,
  operands: { readonly x: Pointer; readonly gradOutput: Pointer; readonly weight: Pointer },
  gradients: { readonly x: Pointer; readonly weight: Pointer; readonly bias: Pointer },
  sizes: ConvolutionSizes,
): void {
  planeGradients(dtype, operands, gradients, sizes);
}

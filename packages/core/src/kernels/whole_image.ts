import { type ConvolutionSizes, volume } from './convolution_sizes.ts';
import type { FloatDType } from './dtype.ts';
import { gemm } from './gemm.ts';
import type { Pointer } from './memory.ts';

/*
 * The three maps of a convolution whose kernel is as large as the image, without padding: its only output reads all of it in the order of the weights,
 * as a linear layer does. With x [batch, k], weight [outChannels, k] and y [batch, outChannels], k being the numbers of an image:
 *
 *   y = x weight^T   x = y weight   weight = y^T x
 */

/** Whether a kernel is as large as the image that it reads. */
export function isWholeImage({ groups, inSize, kernelSize, outSize, dilation, padding }: ConvolutionSizes): boolean {
  return (
    groups === 1 &&
    volume(outSize) === 1 &&
    kernelSize.every((taps, d) => taps === inSize[d] && padding[d] === 0 && (taps === 1 || dilation[d] === 1))
  );
}

/** `conv` of convolution.ts, where `isWholeImage`. */
export function wholeImageConv(dtype: FloatDType, x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, sizes: ConvolutionSizes): void {
  const { batch, outChannels } = sizes;
  gemm(dtype, { a: x, b: weight, c: y, m: batch, n: outChannels, k: imageSize(sizes), transposeB: true, bias });
}

/** `convInput` of convolution.ts, where `isWholeImage`, without bias. */
export function wholeImageInput(dtype: FloatDType, gradOutput: Pointer, weight: Pointer, x: Pointer, sizes: ConvolutionSizes): void {
  const { batch, outChannels } = sizes;
  gemm(dtype, { a: gradOutput, b: weight, c: x, m: batch, n: imageSize(sizes), k: outChannels });
}

/** `convWeight` of convolution.ts, where `isWholeImage`. */
export function wholeImageWeight(dtype: FloatDType, x: Pointer, gradOutput: Pointer, weight: Pointer, sizes: ConvolutionSizes): void {
  const { batch, outChannels } = sizes;
  gemm(dtype, { a: gradOutput, b: x, c: weight, m: outChannels, n: imageSize(sizes), k: batch, transposeA: true });
}

function imageSize({ inChannels, kernelSize }: ConvolutionSizes): number {
  return inChannels * volume(kernelSize);
}

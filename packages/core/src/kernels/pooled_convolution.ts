import { servesChannelsLast } from './channels_last.ts';
import type { ConvolutionSizes } from './convolution_sizes.ts';
import { servesDepthwise } from './depthwise.ts';
import { directConv, directWeight, poolsDirectly, spreadsDirectly } from './direct_convolution.ts';
import type { FloatDType } from './dtype.ts';
import { servesInterleaved } from './interleaved.ts';
import type { Pointer } from './memory.ts';
import { servesPhases } from './phases.ts';
import { servesPlanes } from './planes.ts';
import { arePairs, type PoolWindows } from './pool.ts';
import { servesThinWinograd } from './thin_winograd.ts';
import { servesWinograd, servesWinogradWeight, winogradConv, winogradInput, winogradWeight } from './winograd.ts';

/*
 * A convolution with ReLU and a max pooling by windows of 2x2 behind it, of which the convolution's own result is never written, nor its gradient: that is
 * read as the pooling's gradient, a number for each window, and the windows' winners (`maxPoolPairs` of pool.ts).
 */

/** Which of the maps of a convolution go together with the pooling behind it. */
export interface PooledMaps {
  readonly input: boolean;
  readonly weight: boolean;
}

/** The maps that go together with a pooling, null if not even the convolution itself does. */
export function pooledMaps(dtype: FloatDType, sizes: ConvolutionSizes, windows: PoolWindows): PooledMaps | null {
  if (!arePairs(windows) || windows.kernelSize[1] !== 2 || sizes.batch === 0) return null;
  if (servesWinograd(dtype, sizes)) {
    const isDense = sizes.dilation[1] === 1 && sizes.dilation[2] === 1;
    return isDense ? { input: true, weight: servesWinogradWeight(dtype, sizes) } : null;
  }
  if (servesThinWinograd(dtype, sizes) || servesPhases(dtype, sizes) || servesInterleaved(dtype, sizes)) return null;
  if (servesChannelsLast(dtype, sizes) || servesDepthwise(dtype, sizes) || servesPlanes(sizes)) return null;
  return poolsDirectly(dtype, sizes) ? { input: false, weight: spreadsDirectly(dtype, sizes) } : null;
}

/**
 * y [batch, groups * outChannels, outSize / 2] = ReLU and max pooling of `conv` of convolution.ts, where `pooledMaps`; `winners` (uint8, or 0
 * where they are not wanted) are as those of `maxPoolPairs`.
 */
export function convReluPool(
  dtype: FloatDType,
  x: Pointer,
  weight: Pointer,
  bias: Pointer,
  y: Pointer,
  winners: Pointer,
  sizes: ConvolutionSizes,
): void {
  if (servesWinograd(dtype, sizes)) winogradConv(x, weight, bias, y, sizes, { winners });
  else directConv(dtype, x, weight, bias, y, sizes, { winners });
}

/** `convInput` of convolution.ts, of what `maxPoolPairsGrad` makes of gradOutput and winners; where `pooledMaps` has it. */
export function convInputPooled(gradOutput: Pointer, winners: Pointer, weight: Pointer, x: Pointer, sizes: ConvolutionSizes): void {
  winogradInput(gradOutput, weight, 0, x, sizes, winners);
}

/** `convWeight` of convolution.ts, of what `maxPoolPairsGrad` makes of gradOutput and winners; where `pooledMaps` has it. */
export function convWeightPooled(
  dtype: FloatDType,
  x: Pointer,
  gradOutput: Pointer,
  winners: Pointer,
  weight: Pointer,
  sizes: ConvolutionSizes,
): void {
  if (servesWinograd(dtype, sizes)) winogradWeight(x, gradOutput, weight, sizes, winners);
  else directWeight(dtype, x, gradOutput, weight, sizes, winners);
}

import { sizeOf } from '../shape.ts';
import { bytesPerElement, type FloatDType, scalarOf } from './dtype.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import { taskCount } from './tasks.ts';

/** Windows over `planes` images of one channel; lists hold (depth, height, width), missing dimensions 1 (padding 0). */
export interface PoolWindows {
  readonly planes: number;
  readonly inSize: readonly number[];
  readonly kernelSize: readonly number[];
  readonly outSize: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Before the image; what lies behind it follows from `outSize`. */
  readonly padding: readonly number[];
}

/** What the sum over a window is divided by. */
export interface AvgPoolDivisor {
  /** Count the padding, but not what `ceilMode` adds behind it. */
  readonly countIncludePad: boolean;
  /** Behind the image: with `countIncludePad` windows are clipped to it. */
  readonly paddingAfter: readonly number[];
  /** A divisor for all windows instead, 0 for none. */
  readonly divisorOverride: number;
}

/**
 * y [planes, outSize] = the largest element of each window of x [planes, inSize]; padding is -infinity.
 *
 * `indices` (int32, or 0 where they are not wanted) are flat positions in the plane of x; the first of equals wins, but a NaN over everything (the last
 * one, as in PyTorch).
 * A dilated window with no tap in the image gives -infinity, and some place in the plane.
 */
export function maxPool(dtype: FloatDType, x: Pointer, y: Pointer, indices: Pointer, windows: PoolWindows): void {
  // Pairs are counted in slices, whose indices are those of the plane only where there is one.
  const isFlat = windows.inSize[0] === 1;
  if (arePairs(windows) && (isFlat || indices === 0)) {
    maxPoolPairs(dtype, x, y, indices, 0, false, windows);
    return;
  }
  const { planes, inSize, kernelSize, outSize, stride, dilation, padding } = windows;
  const args = { x, y, indices, planes, inSize, kernelSize, outSize, stride, dilation, padding };
  launch('maxPool', scalarOf[dtype], args, planeTasks(windows));
}

/** What a byte of the winners can say besides "nothing". */
const mostTaps = 255;

/**
 * Whether windows are two columns wide, lie side by side inside the image and stay in one slice of it: an element of the image then belongs to one
 * window at most, and a window's winner is known by a byte.
 */
export function arePairs({ inSize, kernelSize, outSize, stride, dilation, padding }: PoolWindows): boolean {
  return (
    kernelSize[2] === 2 &&
    kernelSize[0] === 1 &&
    inSize[0] === outSize[0] &&
    2 * kernelSize[1] <= mostTaps &&
    kernelSize.every((size, dim) => padding[dim] === 0 && dilation[dim] === 1 && size * outSize[dim] <= inSize[dim]) &&
    kernelSize.every((size, dim) => stride[dim] === size || outSize[dim] === 1)
  );
}

/**
 * `maxPool` for windows of which `arePairs` is true, with max(y, 0) behind it if `relu`.
 *
 * `indices` (0 where they are not wanted) need images of one slice and no `relu`; `winners` (uint8, or 0) are the numbers of the taps that were taken, or 255 where `relu` let nothing through.
 */
export function maxPoolPairs(
  dtype: FloatDType,
  x: Pointer,
  y: Pointer,
  indices: Pointer,
  winners: Pointer,
  relu: boolean,
  windows: PoolWindows,
): void {
  const { planes, kernelRows, inHeight, inWidth, outHeight, outWidth } = pairFields(windows);
  const args = { x, y, indices, winners, relu: Number(relu), planes, kernelRows, inHeight, inWidth, outHeight, outWidth };
  launch('maxPoolPairs', scalarOf[dtype], args, pairTasks(windows));
}

/** The gradient of `maxPoolPairs`: gradInput [planes, inSize] = gradOutput [planes, outSize] at the winners, 0 elsewhere. */
export function maxPoolPairsGrad(dtype: FloatDType, gradOutput: Pointer, winners: Pointer, gradInput: Pointer, windows: PoolWindows): void {
  const { planes, kernelRows, inHeight, inWidth, outHeight, outWidth } = pairFields(windows);
  const args = { gradOutput, winners, gradInput, planes, kernelRows, inHeight, inWidth, outHeight, outWidth };
  launch('maxPoolPairsGrad', scalarOf[dtype], args, pairTasks(windows));
}

/** Where the numbers of the taps that `maxPoolPairs` took belong, 0 where they are not wanted. */
export interface Winners {
  readonly winners: Pointer;
}

/**
 * y [channels] = the sums of what `maxPoolPairsGrad` gives, over batch and positions: those of gradOutput [batch, channels, length] over the windows that have a
 * winner.
 */
export function maxPoolPairsSum(
  dtype: FloatDType,
  gradOutput: Pointer,
  winners: Pointer,
  y: Pointer,
  batch: number,
  channels: number,
  length: number,
): void {
  const args = { gradOutput, winners, y, batch, channels, length };
  launch('maxPoolPairsSum', scalarOf[dtype], args, taskCount(4 * batch * channels * length, channels));
}

/** The adjoint of `maxPoolPairsGrad`: y [planes, outSize] = x [planes, inSize] at the winners, 0 where there is none. */
export function maxPoolPairsPick(dtype: FloatDType, x: Pointer, winners: Pointer, y: Pointer, windows: PoolWindows): void {
  const { planes, kernelRows, inHeight, inWidth, outHeight, outWidth } = pairFields(windows);
  const args = { x, winners, y, planes, kernelRows, inHeight, inWidth, outHeight, outWidth };
  launch('maxPoolPairsPick', scalarOf[dtype], args, pairTasks(windows));
}

function pairFields({ planes, inSize, outSize, kernelSize }: PoolWindows) {
  return {
    planes: planes * inSize[0],
    kernelRows: kernelSize[1],
    inHeight: inSize[1],
    inWidth: inSize[2],
    outHeight: outSize[1],
    outWidth: outSize[2],
  };
}

// An element costs about two of a plain loop.
function pairTasks({ planes, inSize, outSize }: PoolWindows): number {
  return taskCount(2 * planes * (sizeOf(inSize) + sizeOf(outSize)), planes * inSize[0]);
}

/** y [planes, outSize] = the mean of each window of x [planes, inSize]; dilation is 1. */
export function avgPool(dtype: FloatDType, x: Pointer, y: Pointer, windows: PoolWindows, divisor: AvgPoolDivisor): void {
  const merged = mergeLines(windows, divisor.paddingAfter);
  const { planes, inSize, kernelSize, outSize, stride, dilation, padding, paddingAfter } = merged;
  const { countIncludePad, divisorOverride } = divisor;
  const scratchStride = lineBytes(dtype, merged);
  launch(
    'avgPool',
    scalarOf[dtype],
    {
      x,
      y,
      countIncludePad: Number(countIncludePad),
      divisorOverride,
      paddingAfter,
      planes,
      inSize,
      kernelSize,
      outSize,
      stride,
      dilation,
      padding,
      scratch: scratch(scratchStride * workerCount()),
      scratchStride,
    },
    planeTasks(windows),
  );
}

/** The adjoint of `avgPool`: gradInput [planes, inSize] from gradOutput [planes, outSize]. */
export function avgPoolGrad(
  dtype: FloatDType,
  gradOutput: Pointer,
  gradInput: Pointer,
  windows: PoolWindows,
  divisor: AvgPoolDivisor,
): void {
  const merged = mergeLines(windows, divisor.paddingAfter);
  const { planes, inSize, kernelSize, outSize, stride, dilation, padding, paddingAfter } = merged;
  const { countIncludePad, divisorOverride } = divisor;
  const scratchStride = lineBytes(dtype, merged);
  launch(
    'avgPoolGrad',
    scalarOf[dtype],
    {
      gradOutput,
      gradInput,
      countIncludePad: Number(countIncludePad),
      divisorOverride,
      paddingAfter,
      planes,
      inSize,
      kernelSize,
      outSize,
      stride,
      dilation,
      padding,
      scratch: scratch(scratchStride * workerCount()),
      scratchStride,
    },
    planeTasks(windows),
  );
}

interface PaddedWindows extends PoolWindows {
  readonly paddingAfter: readonly number[];
}

/** The same windows, where they are as wide as the image with what is a line and its height made one dimension: a window is then a run of it. */
function mergeLines(windows: PoolWindows, paddingAfter: readonly number[]): PaddedWindows {
  const { planes, inSize, kernelSize, outSize, stride, dilation, padding } = windows;
  const width = inSize[2];
  const isWide = kernelSize[2] === width && outSize[2] === 1 && padding[2] === 0;
  if (!isWide || inSize[0] * inSize[1] === 1) return { planes, inSize, kernelSize, outSize, stride, dilation, padding, paddingAfter };
  const merge = (sizes: readonly number[], first: number) => [first, sizes[0], sizes[1] * width];
  return mergeLines(
    {
      planes,
      inSize: merge(inSize, 1),
      kernelSize: merge(kernelSize, 1),
      outSize: [1, outSize[0], outSize[1]],
      stride: merge(stride, 1),
      dilation,
      padding: merge(padding, 0),
    },
    merge(paddingAfter, 0),
  );
}

const mostVectorBytes = 64;

/** Room for two rows of outputs, and for the line of the image that they see, each up to the end of a vector. */
function lineBytes(dtype: FloatDType, { outSize, stride, kernelSize }: PoolWindows): number {
  const elements = outSize[2] * (2 + stride[2]) + kernelSize[2];
  return 64 * Math.ceil((elements * bytesPerElement[dtype]) / 64) + 4 * mostVectorBytes;
}

function planeTasks({ planes, inSize, outSize, kernelSize }: PoolWindows): number {
  return taskCount(planes * (sizeOf(inSize) + sizeOf(outSize) * sizeOf(kernelSize)), planes);
}

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
  const { planes, inSize, kernelSize, outSize, stride, dilation, padding } = windows;
  const args = { x, y, indices, planes, inSize, kernelSize, outSize, stride, dilation, padding };
  launch('maxPool', scalarOf[dtype], args, planeTasks(windows));
}

/** y [planes, outSize] = the mean of each window of x [planes, inSize]; dilation is 1. */
export function avgPool(dtype: FloatDType, x: Pointer, y: Pointer, windows: PoolWindows, divisor: AvgPoolDivisor): void {
  launch('avgPool', scalarOf[dtype], { x, y, ...windows, ...divisorFields(divisor) }, planeTasks(windows));
}

/** The adjoint of `avgPool`: gradInput [planes, inSize] from gradOutput [planes, outSize]. */
export function avgPoolGrad(
  dtype: FloatDType,
  gradOutput: Pointer,
  gradInput: Pointer,
  windows: PoolWindows,
  divisor: AvgPoolDivisor,
): void {
  // A row of outputs, and the line of the image that it sees.
  const elements = windows.outSize[2] * (1 + windows.stride[2]) + windows.kernelSize[2];
  const scratchStride = 64 * Math.ceil((elements * bytesPerElement[dtype]) / 64);
  const scratchFields = { scratch: scratch(scratchStride * workerCount()), scratchStride };
  launch(
    'avgPoolGrad',
    scalarOf[dtype],
    { gradOutput, gradInput, ...windows, ...divisorFields(divisor), ...scratchFields },
    planeTasks(windows),
  );
}

function divisorFields({ countIncludePad, paddingAfter, divisorOverride }: AvgPoolDivisor) {
  return { countIncludePad: countIncludePad ? 1 : 0, paddingAfter, divisorOverride };
}

function planeTasks({ planes, inSize, outSize, kernelSize }: PoolWindows): number {
  return taskCount(planes * (sizeOf(inSize) + sizeOf(outSize) * sizeOf(kernelSize)), planes);
}

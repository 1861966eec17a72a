import { sizeOf } from '../shape.ts';
import { type DType, scalarOf } from './dtype.ts';
import { launch } from './launch.ts';
import type { Pointer } from './memory.ts';
import { type NumberDType, widthOf } from './pointwise.ts';
import type { PoolWindows } from './pool.ts';
import { taskCount } from './tasks.ts';

/** y [planes, kernelSize, outSize] = what each tap of each window sees of x [planes, inSize], 0 in the padding. */
export function unfold(dtype: DType, x: Pointer, y: Pointer, windows: PoolWindows): void {
  const { planes, inSize, kernelSize, outSize, stride, dilation, padding } = windows;
  const lines = planes * sizeOf(kernelSize) * outSize[0] * outSize[1];
  const args = { x, y, planes, inSize, kernelSize, outSize, stride, dilation, padding };
  launch('unfold', widthOf[dtype], args, taskCount(lines * outSize[2], lines));
}

/** The adjoint of `unfold`: x [planes, inSize] = the sums of y [planes, kernelSize, outSize] where it lies, what is in the padding left out. */
export function fold(dtype: NumberDType, y: Pointer, x: Pointer, windows: PoolWindows): void {
  const { planes, inSize, kernelSize, outSize, stride, dilation, padding } = windows;
  const lines = planes * inSize[0] * inSize[1];
  const args = { y, x, planes, inSize, kernelSize, outSize, stride, dilation, padding };
  launch('fold', scalarOf[dtype], args, taskCount(lines * inSize[2] + planes * sizeOf(kernelSize) * sizeOf(outSize), lines));
}

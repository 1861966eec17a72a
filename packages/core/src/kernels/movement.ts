import { sizeOf } from '../shape.ts';
import { collapseDims } from './dims.ts';
import { type DType, scalarOf } from './dtype.ts';
import { launch } from './launch.ts';
import type { Pointer } from './memory.ts';
import { widthOf } from './pointwise.ts';
import { operations } from './table/operations.ts';
import { taskCount } from './tasks.ts';

/**
 * y[i] = x[i] for every index i of `shape`, each side with strides of its own in elements, of any sign; 0 repeats an element of x.
 * The pointers are those of index 0. The places of y must not overlap one another, nor those of x.
 *
 * @throws ShapeError where more than 8 dimensions cannot be merged.
 * @example copy('float32', x, y, [cols, rows], [1, cols], [rows, 1]); // y is the transpose of x [rows, cols]
 */
export function copy(
  dtype: DType,
  x: Pointer,
  y: Pointer,
  shape: readonly number[],
  xStrides: readonly number[],
  yStrides: readonly number[],
): void {
  // Any order of the dimensions gives the same copy: the one in which y is written forwards is fastest and merges most.
  const order = shape.map((_, dim) => dim).sort((i, j) => Math.abs(yStrides[j]) - Math.abs(yStrides[i]) || i - j);
  const ordered = (list: readonly number[]): number[] => order.map((dim) => list[dim]);
  const dims = collapseDims(ordered(shape), [ordered(xStrides), ordered(yStrides)]);
  const args = { x, y, rank: dims.shape.length, shape: dims.shape, xStrides: dims.strides[0], yStrides: dims.strides[1] };
  launch('copy', widthOf[dtype], args, taskCount(sizeOf(shape)));
}

/**
 * Converts `size` contiguous elements. To an integer a float loses its fraction (NaN gives 0, what lies outside int32 the nearest
 * int32); what does not fit uint8 wraps.
 */
export function cast(from: DType, to: DType, x: Pointer, y: Pointer, size: number): void {
  const type = (dtype: DType): number => operations.ElementType.indexOf(scalarOf[dtype]);
  launch('cast', 'u8', { x, y, size, from: type(from), to: type(to) }, taskCount(size));
}

/** Sets `size` contiguous elements to `value`, which the dtype must hold. */
export function fill(dtype: DType, y: Pointer, size: number, value: number): void {
  launch('fill', scalarOf[dtype], { y, size, value }, taskCount(size));
}

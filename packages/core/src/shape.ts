/** Sizes of a tensor's dimensions, outermost first; [] is a scalar. */
export type Shape = readonly number[];

/**
 * Number of elements of a shape.
 *
 * @example sizeOf([2, 3, 4]) // 24
 */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let dim = 0; dim < shape.length; dim++) size *= shape[dim];
  return size;
}

/**
 * Whether two shapes are equal.
 *
 * @example sameShape([2, 3], [3, 2]) // false
 */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let dim = 0; dim < a.length; dim++) if (a[dim] !== b[dim]) return false;
  return true;
}

/**
 * A shape as error messages print it: [4, 3, 28, 28].
 *
 * @example printShape([4, 3, 28, 28]) // '[4, 3, 28, 28]'
 */
export function printShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/**
 * Strides of a contiguous tensor, in elements.
 *
 * @example contiguousStrides([2, 3, 4]) // [12, 4, 1]
 */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let dim = shape.length - 1; dim >= 0; dim--) {
    strides[dim] = stride;
    stride *= shape[dim];
  }
  return strides;
}

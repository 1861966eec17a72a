import { ShapeError } from '../errors.ts';

/** Dimensions that a kernel takes at most. */
const mostDims = 8;

/** The dimensions of a strided loop, outermost first, with every operand's strides (in elements) along them. */
export interface StridedDims {
  readonly shape: readonly number[];
  /** One list an operand. */
  readonly strides: readonly (readonly number[])[];
}

/**
 * The same loop with as few dimensions as possible, at least one: those of length 1 are dropped, and neighbours that every operand
 * walks through evenly are merged.
 *
 * @throws ShapeError where more than 8 dimensions remain.
 * @example collapseDims([2, 3, 4], [[12, 4, 1], [0, 4, 1]]); // { shape: [2, 12], strides: [[12, 1], [0, 1]] }
 */
export function collapseDims(shape: readonly number[], strides: readonly (readonly number[])[]): StridedDims {
  if (shape.length === 1 && shape[0] !== 1) return { shape, strides };
  const lengths: number[] = [];
  const kept: number[][] = [];
  for (let operand = 0; operand < strides.length; operand++) kept.push([]);
  for (let dim = 0; dim < shape.length; dim++) {
    const length = shape[dim];
    if (length === 1) continue;
    const last = lengths.length - 1;
    let merges = last >= 0;
    for (let operand = 0; merges && operand < kept.length; operand++) {
      merges = kept[operand][last] === strides[operand][dim] * length;
    }
    if (merges) lengths[last] *= length;
    else lengths.push(length);
    for (let operand = 0; operand < kept.length; operand++) kept[operand][lengths.length - 1] = strides[operand][dim];
  }
  if (lengths.length === 0) return { shape: [1], strides: strides.map(() => [1]) };
  if (lengths.length > mostDims) {
    throw new ShapeError(
      `at most ${mostDims} dimensions that cannot be merged are supported, but [${shape.join(', ')}] has ${lengths.length}`,
    );
  }
  return { shape: lengths, strides: kept };
}

import { ShapeError } from '../errors.ts';
import type { Shape } from '../shape.ts';

/**
 * A dimension counted from the front; negative ones count from the end. A scalar has dimension 0 (and -1) too.
 *
 * @param name of the operation, for the error
 * @throws ShapeError if it does not exist
 * @example resolveDim('sum', -1, 3) // 2
 */
export function resolveDim(name: string, dim: number, rank: number): number {
  const dims = Math.max(rank, 1);
  if (!Number.isInteger(dim) || dim < -dims || dim >= dims) {
    throw new ShapeError(`${name}: dimension ${dim} does not exist in a tensor of ${rank} dimensions (expected ${-dims} to ${dims - 1})`);
  }
  return dim < 0 ? dim + dims : dim;
}

/**
 * Dimensions in rising order, each once; `undefined` means all.
 *
 * @param name of the operation, for errors
 * @throws ShapeError if a dimension does not exist or is named twice
 * @example resolveDims('sum', [-1, 0], 3) // [0, 2]
 */
export function resolveDims(name: string, dims: number | readonly number[] | undefined, rank: number): number[] {
  if (dims === undefined) return Array.from({ length: rank }, (_, dim) => dim);
  if (typeof dims === 'number') {
    const only = resolveDim(name, dims, rank);
    return rank === 0 ? [] : [only];
  }
  const resolved = dims.map((dim) => resolveDim(name, dim, rank));
  if (!isRising(resolved)) {
    resolved.sort((a, b) => a - b);
    if (!isRising(resolved)) throw new ShapeError(`${name}: dimension named twice in [${String(dims)}]`);
  }
  return rank === 0 ? [] : resolved;
}

function isRising(list: readonly number[]): boolean {
  for (let index = 1; index < list.length; index++) if (list[index] <= list[index - 1]) return false;
  return true;
}

/**
 * The shape after reducing over `dims`.
 *
 * @example reducedShape([2, 3, 4], [1], true) // [2, 1, 4]
 */
export function reducedShape(shape: Shape, dims: readonly number[], keepDim: boolean): number[] {
  if (keepDim) return shape.map((length, dim) => (dims.includes(dim) ? 1 : length));
  const kept = new Array<number>(shape.length - dims.length);
  for (let dim = 0, at = 0; dim < shape.length; dim++) if (!dims.includes(dim)) kept[at++] = shape[dim];
  return kept;
}

/** A shape seen from one of its dimensions: what lies outside, its length, and what lies inside. */
export interface Along {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/**
 * The view along dimensions `first` to `last`, taken as one.
 *
 * @example along([2, 3, 4, 5], 1, 2) // { outer: 2, length: 12, inner: 5 }
 */
export function along(shape: Shape, first: number, last = first): Along {
  let [outer, length, inner] = [1, 1, 1];
  for (let dim = 0; dim < shape.length; dim++) {
    if (dim < first) outer *= shape[dim];
    else if (dim <= last) length *= shape[dim];
    else inner *= shape[dim];
  }
  return { outer, length, inner };
}

import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError, IndexError, ShapeError } from '../../errors.ts';
import { printShape, type Shape } from '../../shape.ts';
import { resolveDim } from '../dims.ts';
import { box, take } from './places.ts';
import { viewAs } from './view.ts';

/** Evenly spaced indices of one dimension: start, start + step, .. */
export interface IndexRange {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/**
 * The indices from `start` up to `end` (exclusive) by `step`, as in Python: negative ones count from the end, what lies outside the
 * dimension is cut off, and with a negative step the order is reversed.
 */
export function resolveRange(name: string, length: number, start?: number | null, end?: number | null, step = 1): IndexRange {
  for (const [what, value] of Object.entries({ start, end, step })) {
    if (value !== undefined && value !== null && !Number.isInteger(value)) {
      throw new ArgumentError(`${name}: ${what} must be a whole number, not ${String(value)}`);
    }
  }
  if (step === 0) throw new ArgumentError(`${name}: step must not be 0`);
  const [least, most] = step > 0 ? [0, length] : [-1, length - 1];
  const clip = (index: number) => Math.min(Math.max(index < 0 ? index + length : index, least), most);
  const first = start === undefined || start === null ? (step > 0 ? least : most) : clip(start);
  const last = end === undefined || end === null ? (step > 0 ? most : least) : clip(end);
  return { start: first, step, length: Math.max(0, Math.ceil((last - first) / step)) };
}

/** An index counted from the front; negative ones count from the end. */
export function resolvePosition(name: string, shape: Shape, dim: number, index: number): number {
  const length = shape[dim];
  if (!Number.isInteger(index) || index < -length || index >= length) {
    throw new IndexError(
      `${name}: index ${String(index)} is out of range for dimension ${dim} of length ${length} in shape ${printShape(shape)}`,
    );
  }
  return index < 0 ? index + length : index;
}

/** A dimension counted from the front, of a tensor that has one. */
export function resolveOwnDim(name: string, x: Tensor, dim: number): number {
  if (x.ndim === 0) throw new ShapeError(`${name}: a scalar has no dimension ${dim}`);
  return resolveDim(name, dim, x.ndim);
}

function takeAlong(x: Tensor, dim: number, { start, step, length }: IndexRange): Tensor {
  const first = x.shape.map((_, other) => (other === dim ? start : 0));
  const places = box(x.shape, first, x.shape.with(dim, length));
  return take(x, { ...places, strides: places.strides.with(dim, places.strides[dim] * step) });
}

/**
 * The elements `start` to `end` (exclusive) of a dimension, each `step`-th of them. Negative indices count from the end, what lies
 * outside is cut off, and a negative step goes backwards, all as in Python; null or undefined means "from or to the end".
 *
 * x [.., L, ..] -> [.., ceil((end - start) / step), ..]
 *
 * @throws ShapeError if the dimension does not exist; ArgumentError for a step of 0 or a number that is not whole
 * @example slice(arange(6), 0, 1, -1, 2) // [1, 3]
 */
export function slice(x: Tensor, dim: number, start?: number | null, end?: number | null, step = 1): Tensor {
  const resolved = resolveOwnDim('slice', x, dim);
  return takeAlong(x, resolved, resolveRange('slice', x.shape[resolved], start, end, step));
}

/**
 * `length` elements of a dimension from `start` on, which may be negative.
 *
 * x [.., L, ..] -> [.., length, ..]
 *
 * @throws ShapeError if the dimension does not exist; IndexError if start or start + length lies outside
 * @example narrow(arange(6), 0, 2, 3) // [2, 3, 4]
 */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  const resolved = resolveOwnDim('narrow', x, dim);
  const whole = x.shape[resolved];
  const first = start < 0 ? start + whole : start;
  if (!Number.isInteger(first) || !Number.isInteger(length) || first < 0 || length < 0 || first + length > whole) {
    throw new IndexError(
      `narrow: start ${start} and length ${length} leave dimension ${resolved}, which has length ${whole}, in shape ${printShape(x.shape)}`,
    );
  }
  return takeAlong(x, resolved, { start: first, step: 1, length });
}

/**
 * One element of a dimension, which goes away. Negative indices count from the end.
 *
 * x [.., L, ..] -> [.., ..]
 *
 * @throws ShapeError if the dimension does not exist; IndexError if the index does not
 * @example select(tensor([[1, 2], [3, 4]]), 0, -1) // [3, 4]
 */
export function select(x: Tensor, dim: number, index: number): Tensor {
  const resolved = resolveOwnDim('select', x, dim);
  const start = resolvePosition('select', x.shape, resolved, index);
  return viewAs(takeAlong(x, resolved, { start, step: 1, length: 1 }), x.shape.toSpliced(resolved, 1));
}

import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError, DTypeError } from '../../errors.ts';
import { isFloat } from '../../kernels/dtype.ts';
import { printShape } from '../../shape.ts';
import { cast } from '../cast.ts';
import { resolveDims } from '../dims.ts';
import { div, mul, pow, sub } from '../pointwise/arithmetic.ts';
import { eq, ne } from '../pointwise/compare.ts';
import { abs, sqrt, square } from '../pointwise/unary.ts';
import { where } from '../pointwise/where.ts';
import { amax, amin } from './extremes.ts';
import { type KeepDimOption, sum } from './sum.ts';

function countOf(x: Tensor, dims: readonly number[]): number {
  return dims.reduce((count, dim) => count * x.shape[dim], 1);
}

function requireFloat(name: string, x: Tensor): void {
  if (!isFloat(x.dtype))
    throw new DTypeError(`${name}: expected float32 or float64, got ${x.dtype} ${printShape(x.shape)}; convert it with to('float32')`);
}

/**
 * Arithmetic mean over some dimensions, or all; NaN over none.
 *
 * @throws DTypeError for integers; ShapeError if a dimension does not exist
 * @example mean(tensor([[1, 2], [3, 4]]), 0) // [2, 3]
 */
export function mean(x: Tensor, dims?: number | readonly number[], { keepDim = false }: KeepDimOption = {}): Tensor {
  requireFloat('mean', x);
  const reduced = resolveDims('mean', dims, x.ndim);
  return div(sum(x, reduced, { keepDim }), countOf(x, reduced));
}

/** Options of `variance` and `std`. */
export interface VarianceOptions extends KeepDimOption {
  /** The sum of squares is divided by the count less this. Default 1 (unbiased). */
  readonly correction?: number;
}

/**
 * Variance over some dimensions, or all: sum (x - mean)^2 / max(0, n - correction).
 *
 * @throws DTypeError for integers; ShapeError if a dimension does not exist
 * @example variance(tensor([1, 2, 3, 4])) // 1.6667
 */
export function variance(x: Tensor, dims?: number | readonly number[], { keepDim = false, correction = 1 }: VarianceOptions = {}): Tensor {
  return varianceOf('var', x, dims, keepDim, correction);
}

/** `name` is what errors call it. */
function varianceOf(name: string, x: Tensor, dims: number | readonly number[] | undefined, keepDim: boolean, correction: number): Tensor {
  requireFloat(name, x);
  const reduced = resolveDims(name, dims, x.ndim);
  const deviation = sub(x, mean(x, reduced, { keepDim: true }));
  return div(sum(square(deviation), reduced, { keepDim }), Math.max(0, countOf(x, reduced) - correction));
}

/**
 * Standard deviation over some dimensions, or all: the root of the variance.
 *
 * @throws DTypeError for integers; ShapeError if a dimension does not exist
 * @example std(tensor([1, 2, 3, 4])) // 1.291
 */
export function std(x: Tensor, dims?: number | readonly number[], { keepDim = false, correction = 1 }: VarianceOptions = {}): Tensor {
  return sqrt(varianceOf('std', x, dims, keepDim, correction));
}

/** Options of `norm`. */
export interface NormOptions extends KeepDimOption {
  /** Order: 2 (default), any other number, Infinity or -Infinity for the largest or smallest absolute value, 0 for the count of non-zeros. */
  readonly p?: number;
}

/**
 * Vector norm over some dimensions, or all: (sum |x|^p)^(1/p). Its gradient where the norm is 0 is 0.
 *
 * @throws DTypeError for integers; ShapeError if a dimension does not exist; ArgumentError if p is NaN
 * @example norm(tensor([3, 4])) // 5
 */
export function norm(x: Tensor, dims?: number | readonly number[], { p = 2, keepDim = false }: NormOptions = {}): Tensor {
  requireFloat('norm', x);
  if (Number.isNaN(p)) throw new ArgumentError('norm: p must be a number, got NaN');
  const reduced = resolveDims('norm', dims, x.ndim);
  if (p === 0) return sum(cast(ne(x, 0), x.dtype), reduced, { keepDim });
  if (p === 1) return sum(abs(x), reduced, { keepDim });
  if (p === Number.POSITIVE_INFINITY) return amax(abs(x), reduced, { keepDim });
  if (p === Number.NEGATIVE_INFINITY) return amin(abs(x), reduced, { keepDim });
  const total = sum(p === 2 ? square(x) : pow(abs(x), p), reduced, { keepDim });
  // The root of 0 has no derivative: there it is taken of 1 instead, and the result replaced.
  const isZero = eq(total, 0);
  const safe = where(isZero, 1, total);
  return where(isZero, mul(total, 0), p === 2 ? sqrt(safe) : pow(safe, 1 / p));
}

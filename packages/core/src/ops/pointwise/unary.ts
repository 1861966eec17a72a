import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError } from '../../errors.ts';
import { isFloat } from '../../kernels/dtype.ts';
import { cast } from '../cast.ts';
import { type UnaryName, unary } from './pointwise.ts';

/*
 * The pointwise functions of one argument, of any shape. Derivatives: `unaryDerivatives` in pointwise.ts.
 */

/** For functions whose results are not whole: integers are converted to float32 first, as PyTorch does. */
function toFloat(op: UnaryName, x: Tensor): Tensor {
  return unary(op, isFloat(x.dtype) ? x : cast(x, 'float32'));
}

/**
 * -x; elementwise, of the shape of x.
 *
 * @example neg(tensor([1, -2])) // [-1, 2]
 */
export const neg = (x: Tensor): Tensor => unary('neg', x);

/**
 * Absolute value. Its derivative at 0 is 0; elementwise, of the shape of x.
 *
 * @example abs(tensor([1, -2])) // [1, 2]
 */
export const abs = (x: Tensor): Tensor => unary('abs', x);

/**
 * -1, 0 or 1 by the sign of x; its derivative is 0; elementwise, of the shape of x.
 *
 * @example sign(tensor([3, 0, -2])) // [1, 0, -1]
 */
export const sign = (x: Tensor): Tensor => unary('sign', x);

/**
 * e^x; elementwise, of the shape of x.
 *
 * @example exp(tensor([0, 1])) // [1, 2.7183]
 */
export const exp = (x: Tensor): Tensor => toFloat('exp', x);

/**
 * e^x - 1, exact near 0; elementwise, of the shape of x.
 *
 * @example expm1(tensor([0, 1])) // [0, 1.7183]
 */
export const expm1 = (x: Tensor): Tensor => toFloat('expm1', x);

/**
 * Natural logarithm; -Infinity at 0, NaN below; elementwise, of the shape of x.
 *
 * @example log(tensor([1, 2])) // [0, 0.6931]
 */
export const log = (x: Tensor): Tensor => toFloat('log', x);

/**
 * log(1 + x), exact near 0; elementwise, of the shape of x.
 *
 * @example log1p(tensor([0, 1])) // [0, 0.6931]
 */
export const log1p = (x: Tensor): Tensor => toFloat('log1p', x);

/**
 * Logarithm to base 2; elementwise, of the shape of x.
 *
 * @example log2(tensor([1, 8])) // [0, 3]
 */
export const log2 = (x: Tensor): Tensor => toFloat('log2', x);

/**
 * Square root; NaN below 0; elementwise, of the shape of x.
 *
 * @example sqrt(tensor([4, 9])) // [2, 3]
 */
export const sqrt = (x: Tensor): Tensor => toFloat('sqrt', x);

/**
 * 1 / sqrt(x); elementwise, of the shape of x.
 *
 * @example rsqrt(tensor([4, 16])) // [0.5, 0.25]
 */
export const rsqrt = (x: Tensor): Tensor => toFloat('rsqrt', x);

/**
 * x^2; elementwise, of the shape of x.
 *
 * @example square(tensor([2, -3])) // [4, 9]
 */
export const square = (x: Tensor): Tensor => unary('square', x);

/**
 * 1 / x; elementwise, of the shape of x.
 *
 * @example reciprocal(tensor([2, 4])) // [0.5, 0.25]
 */
export const reciprocal = (x: Tensor): Tensor => toFloat('reciprocal', x);

/**
 * Sine of x in radians; elementwise, of the shape of x.
 *
 * @example sin(tensor([0, 1])) // [0, 0.8415]
 */
export const sin = (x: Tensor): Tensor => toFloat('sin', x);

/**
 * Cosine of x in radians; elementwise, of the shape of x.
 *
 * @example cos(tensor([0, 1])) // [1, 0.5403]
 */
export const cos = (x: Tensor): Tensor => toFloat('cos', x);

/**
 * Tangent of x in radians; elementwise, of the shape of x.
 *
 * @example tan(tensor([0, 1])) // [0, 1.5574]
 */
export const tan = (x: Tensor): Tensor => toFloat('tan', x);

/**
 * Arc sine, in radians; NaN outside [-1, 1]; elementwise, of the shape of x.
 *
 * @example asin(tensor([0, 1])) // [0, 1.5708]
 */
export const asin = (x: Tensor): Tensor => toFloat('asin', x);

/**
 * Arc cosine, in radians; NaN outside [-1, 1]; elementwise, of the shape of x.
 *
 * @example acos(tensor([1, 0])) // [0, 1.5708]
 */
export const acos = (x: Tensor): Tensor => toFloat('acos', x);

/**
 * Arc tangent, in radians; elementwise, of the shape of x.
 *
 * @example atan(tensor([0, 1])) // [0, 0.7854]
 */
export const atan = (x: Tensor): Tensor => toFloat('atan', x);

/**
 * Hyperbolic sine; elementwise, of the shape of x.
 *
 * @example sinh(tensor([0, 1])) // [0, 1.1752]
 */
export const sinh = (x: Tensor): Tensor => toFloat('sinh', x);

/**
 * Hyperbolic cosine; elementwise, of the shape of x.
 *
 * @example cosh(tensor([0, 1])) // [1, 1.5431]
 */
export const cosh = (x: Tensor): Tensor => toFloat('cosh', x);

/**
 * Hyperbolic tangent; elementwise, of the shape of x.
 *
 * @example tanh(tensor([0, 1])) // [0, 0.7616]
 */
export const tanh = (x: Tensor): Tensor => toFloat('tanh', x);

/**
 * 1 / (1 + e^-x); elementwise, of the shape of x.
 *
 * @example sigmoid(tensor([0, 1])) // [0.5, 0.7311]
 */
export const sigmoid = (x: Tensor): Tensor => toFloat('sigmoid', x);

/**
 * max(x, 0); its derivative at 0 is 0; elementwise, of the shape of x.
 *
 * @example relu(tensor([1, -2])) // [1, 0]
 */
export const relu = (x: Tensor): Tensor => unary('relu', x);

/**
 * The error function; elementwise, of the shape of x.
 *
 * @example erf(tensor([0, 1])) // [0, 0.8427]
 */
export const erf = (x: Tensor): Tensor => toFloat('erf', x);

/**
 * The largest whole number not above x; its derivative is 0; elementwise, of the shape of x.
 *
 * @example floor(tensor([1.5, -1.5])) // [1, -2]
 */
export const floor = (x: Tensor): Tensor => unary('floor', x);

/**
 * The smallest whole number not below x; its derivative is 0; elementwise, of the shape of x.
 *
 * @example ceil(tensor([1.5, -1.5])) // [2, -1]
 */
export const ceil = (x: Tensor): Tensor => unary('ceil', x);

/**
 * The nearest whole number, ties to even; its derivative is 0; elementwise, of the shape of x.
 *
 * @example round(tensor([0.5, 1.5])) // [0, 2]
 */
export const round = (x: Tensor): Tensor => unary('round', x);

/**
 * The whole part of x; its derivative is 0; elementwise, of the shape of x.
 *
 * @example trunc(tensor([1.5, -1.5])) // [1, -1]
 */
export const trunc = (x: Tensor): Tensor => unary('trunc', x);

/**
 * x held between `min` and `max`, either of which may be left out; the derivative at a bound is 0.
 *
 * @throws ArgumentError if neither is given
 * @example clamp(tensor([-1, 0.5, 2]), { min: 0, max: 1 }) // [0, 0.5, 1]
 */
export function clamp(x: Tensor, { min, max }: { readonly min?: number; readonly max?: number }): Tensor {
  if (min === undefined && max === undefined) throw new ArgumentError('clamp: expected min, max, or both, got neither');
  return unary('clamp', x, min ?? Number.NEGATIVE_INFINITY, max ?? Number.POSITIVE_INFINITY);
}

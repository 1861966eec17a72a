import type { Tensor } from '../../autograd/graph.ts';
import { isFloat } from '../../kernels/dtype.ts';
import { cast } from '../cast.ts';
import { type Operand, promote } from '../operands.ts';
import { binary } from './pointwise.ts';

/*
 * Arithmetic of two arguments: tensors that broadcast as in NumPy, or a number for one of them. Derivatives: `binaryDerivatives` in
 * pointwise.ts. Each throws a ShapeError where the shapes do not broadcast and a DTypeError where float32 meets float64.
 */

/** Integers become float32, as PyTorch's division does. */
function floating(x: Operand): Operand {
  return typeof x === 'number' || isFloat(x.dtype) ? x : cast(x, 'float32');
}

/**
 * a + b; elementwise, with broadcasting.
 *
 * @example add(tensor([1, 2]), 10) // [11, 12]
 */
export const add = (a: Operand, b: Operand): Tensor => binary('add', a, b);

/**
 * a - b; elementwise, with broadcasting.
 *
 * @example sub(tensor([1, 2]), 10) // [-9, -8]
 */
export const sub = (a: Operand, b: Operand): Tensor => binary('sub', a, b);

/**
 * a b; elementwise, with broadcasting.
 *
 * @example mul(tensor([1, 2]), 10) // [10, 20]
 */
export const mul = (a: Operand, b: Operand): Tensor => binary('mul', a, b);

/**
 * The larger of a and b; NaN wins, and at a tie each gets half the gradient; elementwise, with broadcasting.
 *
 * @example maximum(tensor([1, 3]), 2) // [2, 3]
 */
export const maximum = (a: Operand, b: Operand): Tensor => binary('maximum', a, b);

/**
 * The smaller of a and b; NaN wins, and at a tie each gets half the gradient; elementwise, with broadcasting.
 *
 * @example minimum(tensor([1, 3]), 2) // [1, 2]
 */
export const minimum = (a: Operand, b: Operand): Tensor => binary('minimum', a, b);

/**
 * a / b; elementwise, with broadcasting. Integers give float32.
 *
 * @example div(tensor([1, 2]), 4) // [0.25, 0.5]
 */
export const div = (a: Operand, b: Operand): Tensor => binary('div', floating(a), floating(b));

/**
 * a^b; elementwise, with broadcasting. pow(0, 0) is 1, with gradients 0. Of integers it is an integer.
 *
 * @example pow(tensor([2, 3]), 2) // [4, 9]
 */
export function pow(a: Operand, b: Operand): Tensor {
  const [base, exponent] = promote('pow', a, b);
  if (isFloat(base.dtype)) return binary('pow', base, exponent);
  return cast(binary('pow', cast(base, 'float64'), cast(exponent, 'float64')), base.dtype);
}

/**
 * The angle, in radians, of the point with ordinate y and abscissa x; elementwise, with broadcasting.
 *
 * @example atan2(tensor([1]), tensor([1])) // [0.7854]
 */
export const atan2 = (y: Operand, x: Operand): Tensor => binary('atan2', floating(y), floating(x));

import type { Tensor } from '../../autograd/graph.ts';
import type { Shape } from '../../shape.ts';
import { create, type TensorOptions } from './create.ts';
import { checkElement } from './element.ts';

function filled(name: string, shape: Shape, value: number, { dtype = 'float32', requiresGrad = false }: TensorOptions): Tensor {
  checkElement(name, value, dtype);
  return create(name, shape, dtype, { requiresGrad }, (array) => array.fill(value));
}

/**
 * A tensor of zeros, float32 unless said otherwise.
 *
 * @throws ShapeError unless the lengths are whole numbers of at least 0; DTypeError for integers that are to have gradients
 * @example zeros([2]) // [0, 0]
 */
export function zeros(shape: Shape, options: TensorOptions = {}): Tensor {
  return filled('zeros', shape, 0, options);
}

/**
 * A tensor of ones, float32 unless said otherwise.
 *
 * @throws ShapeError unless the lengths are whole numbers of at least 0; DTypeError for integers that are to have gradients
 * @example ones([2]) // [1, 1]
 */
export function ones(shape: Shape, options: TensorOptions = {}): Tensor {
  return filled('ones', shape, 1, options);
}

/**
 * A tensor of one number, float32 unless said otherwise.
 *
 * @throws ShapeError unless the lengths are whole numbers of at least 0; ArgumentError if the dtype does not hold the number;
 *   DTypeError for integers that are to have gradients
 * @example full([2], 0.5) // [0.5, 0.5]
 */
export function full(shape: Shape, value: number, options: TensorOptions = {}): Tensor {
  return filled('full', shape, value, options);
}

/**
 * Zeros of the shape, and unless said otherwise of the dtype, of x.
 *
 * @example zerosLike(tensor([1, 2])) // [0, 0]
 */
export function zerosLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return filled('zerosLike', x.shape, 0, { dtype: x.dtype, ...options });
}

/**
 * Ones of the shape, and unless said otherwise of the dtype, of x.
 *
 * @example onesLike(tensor([1, 2])) // [1, 1]
 */
export function onesLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return filled('onesLike', x.shape, 1, { dtype: x.dtype, ...options });
}

/**
 * One number in the shape, and unless said otherwise the dtype, of x.
 *
 * @throws ArgumentError if the dtype does not hold the number
 * @example fullLike(tensor([1, 2]), 7) // [7, 7]
 */
export function fullLike(x: Tensor, value: number, options: TensorOptions = {}): Tensor {
  return filled('fullLike', x.shape, value, { dtype: x.dtype, ...options });
}

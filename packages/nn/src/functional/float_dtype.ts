import { DTypeError, type FloatDType, isFloat, printShape, type Tensor } from '@convgrad/core';

/**
 * The dtype of a tensor that must be one of floats; `what` is what the error calls it.
 *
 * @throws DTypeError if it is one of integers
 */
export function floatDType(name: string, x: Tensor, what = 'input'): FloatDType {
  const { dtype } = x;
  if (!isFloat(dtype))
    throw new DTypeError(`${name}: ${what} must be float32 or float64, got ${dtype} ${printShape(x.shape)}; convert it with to('float32')`);
  return dtype;
}

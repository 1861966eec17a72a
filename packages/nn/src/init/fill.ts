import { ArgumentError, DTypeError, GradientError, printShape, type Tensor } from '@convgrad/core';

/** A new array for the numbers of a float tensor. */
export type FloatArray = Float32Array | Float64Array;

/**
 * Lets `write` overwrite the numbers of a leaf, outside every graph, and returns the tensor.
 *
 * @throws DTypeError for integers; GradientError for a result of a recorded operation
 */
export function overwrite<T extends Tensor>(name: string, tensor: T, write: (array: FloatArray) => void): T {
  tensor.checkAlive();
  if (tensor.node !== null) {
    throw new GradientError(
      `${name}: the tensor of shape ${printShape(tensor.shape)} was made by a recorded operation (${tensor.node.name})`,
    );
  }
  const array = tensor.storage.current();
  if (!(array instanceof Float32Array || array instanceof Float64Array)) {
    throw new DTypeError(`${name}: expected float32 or float64, got ${tensor.dtype} ${printShape(tensor.shape)}`);
  }
  write(array);
  tensor.storage.version++;
  return tensor;
}

/** @throws ArgumentError unless the number is finite */
export function checkFiniteArgument(name: string, what: string, value: number): void {
  if (!Number.isFinite(value)) throw new ArgumentError(`${name}: ${what} must be a finite number, got ${value}`);
}

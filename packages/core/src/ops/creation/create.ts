import { Tensor } from '../../autograd/graph.ts';
import { ArgumentError, DTypeError, ShapeError } from '../../errors.ts';
import { bytesPerElement, type DType, type DTypeArray, isFloat } from '../../kernels/dtype.ts';
import { newStorage } from '../../memory/placement.ts';
import { printShape, type Shape, sizeOf } from '../../shape.ts';

/** Options of everything that makes a tensor. */
export interface TensorOptions {
  /** Element type. */
  readonly dtype?: DType;
  /** Whether gradients flow to it; floats only. Default false. */
  readonly requiresGrad?: boolean;
}

const largestSize = 2 ** 31 - 1;

/** Makes a tensor, whose elements (of undefined content) `write` sets. */
export function create(
  name: string,
  shape: Shape,
  dtype: DType,
  { requiresGrad = false }: Pick<TensorOptions, 'requiresGrad'>,
  write: (array: DTypeArray) => void,
): Tensor {
  checkShape(name, shape);
  checkDType(name, dtype);
  if (requiresGrad && !isFloat(dtype)) throw new DTypeError(`${name}: only float32 and float64 tensors can have gradients, not ${dtype}`);
  const storage = newStorage(dtype, sizeOf(shape), false);
  write(storage.current());
  const created = new Tensor(storage, [...shape]);
  if (requiresGrad) created.requiresGrad_();
  return created;
}

function checkShape(name: string, shape: Shape): void {
  if (!Array.isArray(shape)) throw new ShapeError(`${name}: expected a shape such as [2, 3], got ${String(shape)}`);
  if (!shape.every((length) => Number.isInteger(length) && length >= 0)) {
    throw new ShapeError(`${name}: a shape is made of whole numbers of at least 0, got ${printShape(shape)}`);
  }
  if (sizeOf(shape) > largestSize) {
    throw new ShapeError(`${name}: shape ${printShape(shape)} has ${sizeOf(shape)} elements; a tensor has at most ${largestSize}`);
  }
}

/** Checks that a dtype, which may come from untyped code, is one. */
export function checkDType(name: string, dtype: DType): void {
  if (!Object.hasOwn(bytesPerElement, dtype)) {
    throw new DTypeError(`${name}: dtype must be one of ${Object.keys(bytesPerElement).join(', ')}, got ${String(dtype)}`);
  }
}

/** Checks that an argument is a finite number. */
export function checkFiniteNumber(name: string, what: string, value: number): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new ArgumentError(`${name}: ${what} must be a finite number, got ${String(value)}`);
  }
}

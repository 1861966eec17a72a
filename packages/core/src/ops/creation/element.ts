import { ArgumentError } from '../../errors.ts';
import type { DType } from '../../kernels/dtype.ts';

const integerBounds = { int32: [-(2 ** 31), 2 ** 31 - 1], uint8: [0, 255] } as const;

/** Whether an element of the dtype can be this number; a float can be any, rounded. */
export function holdsElement(dtype: DType, value: number): boolean {
  if (dtype === 'float32' || dtype === 'float64') return true;
  const [least, most] = integerBounds[dtype];
  return Number.isInteger(value) && value >= least && value <= most;
}

/** The error for a number that an integer dtype cannot hold; `what` is what the error calls it. */
export function elementError(name: string, value: number, dtype: 'int32' | 'uint8', what: string): ArgumentError {
  const [least, most] = integerBounds[dtype];
  return new ArgumentError(`${name}: ${what} is ${value}, but ${dtype} holds whole numbers from ${least} to ${most}`);
}

/** Checks that an element of the dtype can be this number. */
export function checkElement(name: string, value: number, dtype: DType, what = 'the value'): void {
  if (typeof value !== 'number') throw new ArgumentError(`${name}: ${what} must be a number, got ${String(value)}`);
  if (!holdsElement(dtype, value)) throw elementError(name, value, dtype === 'uint8' ? 'uint8' : 'int32', what);
}

import { isFloat, printShape, sameShape, type Tensor } from '@convgrad/core';
import type { GoldenTensor, Precision } from './golden_tensor.ts';

/** A result that differs from the golden one. */
export class Mismatch extends Error {}

/** What a number is compared for: results and first gradients, or second-order gradients. */
export type Order = 'first' | 'second';

/** Cases whose numbers float32 cannot hold well enough, by the last part of their name. */
const unsuitedForFloat32: ReadonlySet<string> = new Set(['large', 'large_mean', 'large_values', 'huge']);

/** Whether a case suits float32, as FORMAT.md says. */
export function suitsFloat32(caseName: string): boolean {
  return !unsuitedForFloat32.has(lastPart(caseName));
}

/** The tolerance that FORMAT.md suggests. */
export function toleranceOf(caseName: string, precision: Precision, order: Order = 'first'): number {
  if (precision === 'float32') return 1e-4;
  if (lastPart(caseName) === 'large_mean') return 1e-8;
  return order === 'second' ? 1e-9 : 1e-10;
}

function lastPart(caseName: string): string {
  return caseName.slice(caseName.lastIndexOf('/') + 1);
}

/**
 * Throws a Mismatch unless |got - want| <= tolerance * (1 + max |want|) everywhere, of the finite numbers; NaN and infinities must be the
 * same, integers equal.
 */
export function expectClose(what: string, got: Tensor, want: GoldenTensor, tolerance: number): void {
  if (!sameShape(got.shape, want.shape))
    throw new Mismatch(`${what} has shape ${printShape(got.shape)}, expected ${printShape(want.shape)}`);
  const isInteger = want.dtype === 'int64';
  if (isInteger === isFloat(got.dtype)) throw new Mismatch(`${what} is ${got.dtype}, expected ${isInteger ? 'integers' : 'floats'}`);
  expectCloseNumbers(what, got.toTypedArray(), want.data, isInteger ? 0 : tolerance);
}

/** The same for lists of numbers. */
export function expectCloseNumbers(what: string, got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number): void {
  const limit = tolerance * (1 + largest(want));
  let worst = -1;
  let worstError = limit;
  for (let index = 0; index < want.length; index++) {
    const error = errorOf(got[index], want[index]);
    if (error <= worstError) continue;
    worst = index;
    worstError = error;
  }
  if (worst >= 0) {
    throw new Mismatch(
      `${what}: element ${worst} is ${got[worst]}, expected ${want[worst]}; off by ${worstError.toPrecision(3)}, allowed ${limit.toPrecision(3)}`,
    );
  }
}

function errorOf(got: number, want: number): number {
  if (Number.isNaN(want)) return Number.isNaN(got) ? 0 : Number.POSITIVE_INFINITY;
  if (Object.is(got, want)) return 0;
  const error = Math.abs(got - want);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

function largest(numbers: ArrayLike<number>): number {
  let most = 0;
  for (let index = 0; index < numbers.length; index++) {
    const size = Math.abs(numbers[index]);
    if (Number.isFinite(size) && size > most) most = size;
  }
  return most;
}

import { expect } from 'chai';
import seedrandom from 'seedrandom';
import type { DType } from '../../../packages/core/src/kernels/dtype.ts';

/** Seeded random sizes and numbers. */
export class Random {
  private readonly next: seedrandom.PRNG;

  constructor(seed: string) {
    this.next = seedrandom.alea(seed);
  }

  /** A number in [low, high). */
  real(low = 0, high = 1): number {
    return low + (high - low) * this.next();
  }

  /** An integer in [low, high]. */
  integer(low: number, high: number): number {
    return low + Math.floor((high - low + 1) * this.next());
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(0, choices.length - 1)];
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Numbers of a dtype, floats in [-4, 4); with `special`, every eighth or so is a zero, a NaN, an infinity, or a small integer. */
  values(dtype: DType, size: number, special = false): number[] {
    const values = new Array<number>(size);
    for (let i = 0; i < size; i++) values[i] = this.value(dtype, special);
    return values;
  }

  private value(dtype: DType, special: boolean): number {
    if (dtype === 'uint8') return this.integer(0, 3) * this.integer(0, 85);
    if (dtype === 'int32') return this.integer(-10, 10);
    if (special && this.chance(0.12)) return this.pick([0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 1, -2]);
    // A draw has 32 bits, which leaves sums in float64 nothing to round.
    return dtype === 'float32' ? Math.fround(this.real(-4, 4)) : 8 * this.next.double() - 4;
  }

  /** A shape of at most `mostDims` dimensions, short ones most of the time, with a 0 now and then. */
  shape(mostDims: number, longest = 6): number[] {
    return Array.from({ length: this.integer(0, mostDims) }, () =>
      this.chance(0.03) ? 0 : this.chance(0.15) ? this.integer(1, 5 * longest) : this.integer(1, longest),
    );
  }
}

/** Fails unless every element equals its counterpart; NaN equals NaN, and 0 equals -0. */
export function expectEqual(got: readonly number[], want: readonly number[], what: string): void {
  expectClose(got, want, 0, what);
}

/** Fails unless |got - want| <= tolerance (1 + |want|) everywhere; what is not finite must be the same. */
export function expectClose(got: readonly number[], want: readonly number[], tolerance: number, what: string): void {
  expect(got.length, `${what}: length`).to.equal(want.length);
  for (let i = 0; i < want.length; i++) {
    const same = got[i] === want[i] || (Number.isNaN(got[i]) && Number.isNaN(want[i]));
    if (!same && !(Math.abs(got[i] - want[i]) <= tolerance * (1 + Math.abs(want[i])))) {
      expect.fail(`${what}: element ${i} is ${got[i]}, not ${want[i]}`);
    }
  }
}

/** Calls `visit` with every index of a shape, in row-major order, and its number. */
export function forEachIndex(shape: readonly number[], visit: (index: readonly number[], flat: number) => void): void {
  const index = shape.map(() => 0);
  const size = shape.reduce((product, length) => product * length, 1);
  for (let flat = 0; flat < size; flat++) {
    visit(index, flat);
    for (let dim = shape.length - 1; dim >= 0 && ++index[dim] === shape[dim]; dim--) index[dim] = 0;
  }
}

/** Sum of index times stride. */
export function offsetOf(index: readonly number[], strides: readonly number[]): number {
  return index.reduce((sum, i, dim) => sum + i * strides[dim], 0);
}

/** Rounds to the dtype: float32 by rounding, int32 by wrapping. */
export function roundTo(dtype: DType, value: number): number {
  if (dtype === 'float32') return Math.fround(value);
  if (dtype === 'int32') return value | 0;
  return dtype === 'uint8' ? value & 255 : value;
}

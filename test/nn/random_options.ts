import type { PaddingMode, PaddingPair } from '@convgrad/nn';
import fc from 'fast-check';

/*
 * Options as a careless caller might give them: mostly right, each now and then wrong in itself, or not fitting the others. What is
 * right is told a second time here, independently of the library.
 */

const strange = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 53, 1e300, null, '2'] as const;

/** Mostly `usual`, sometimes something else. */
export function mostly<T, U>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<U>, times = 30): fc.Arbitrary<T | U> {
  return fc.oneof({ arbitrary: usual, weight: times }, { arbitrary: other, weight: 1 });
}

/** A number that is mostly whole, between bounds. */
export function count(min: number, max: number): fc.Arbitrary<unknown> {
  return mostly(fc.integer({ min, max }), fc.constantFrom(...strange));
}

/** One number, or mostly as many as there are spatial dimensions. */
export function perDimension(rank: number, min: number, max: number): fc.Arbitrary<unknown> {
  const one = count(min, max);
  return mostly(fc.oneof(one, fc.array(one, { minLength: rank, maxLength: rank })), fc.array(one, { maxLength: 4 }));
}

/** Every form of padding. */
export function padding(rank: number, max: number): fc.Arbitrary<unknown> {
  const amount = count(0, max);
  const side = fc.oneof(amount, mostly(fc.tuple(amount, amount), fc.array(amount, { maxLength: 3 })));
  return mostly(
    fc.oneof(amount, fc.array(side, { minLength: rank, maxLength: rank }), fc.constantFrom('valid', 'same', 'causal')),
    fc.oneof(fc.array(side, { maxLength: 4 }), fc.constantFrom('full', null, {})),
  );
}

export const paddingMode: fc.Arbitrary<unknown> = mostly(
  fc.constantFrom<PaddingMode>('zeros', 'zeros', 'reflect', 'replicate', 'circular'),
  fc.constantFrom('constant', 1),
);

/** Lengths of spatial dimensions, mostly none empty, and mostly as many as there are: fewer or more by at least two, for one could be the batch. */
export function spatial(rank: number, max: number): fc.Arbitrary<readonly number[]> {
  const length = mostly(fc.integer({ min: 1, max }), fc.constant(0));
  return mostly(
    fc.array(length, { minLength: rank, maxLength: rank }),
    fc.array(length, { maxLength: 5 }).filter((list) => Math.abs(list.length - rank) > 1),
  );
}

/** Numbers for the spatial dimensions where what was given is right, or null. */
export function numbersOf(value: unknown, rank: number, least: number): readonly number[] | null {
  const list: readonly unknown[] = Array.isArray(value) ? value : new Array(rank).fill(value);
  const numbers = list.filter((entry) => typeof entry === 'number').filter((entry) => Number.isInteger(entry) && entry >= least);
  return list.length === rank && numbers.length === rank ? numbers : null;
}

/** Pairs for the spatial dimensions, the rules by name worked out, where what was given is right, or null. */
export function pairsOf(
  value: unknown,
  size: readonly number[],
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
): readonly PaddingPair[] | null {
  if (typeof value === 'string') {
    if (!['valid', 'same', 'causal'].includes(value)) return null;
    return size.map((length, dim): PaddingPair => {
      const reach = dilation[dim] * (kernel[dim] - 1);
      if (value === 'valid') return [0, 0];
      if (value === 'causal' && dim === 0) return [reach, 0];
      const outputs = Math.ceil(length / stride[dim]);
      const total = Math.max(0, (outputs - 1) * stride[dim] + reach + 1 - length);
      return [Math.floor(total / 2), total - Math.floor(total / 2)];
    });
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : new Array(size.length).fill(value);
  if (list.length !== size.length) return null;
  const pairs: PaddingPair[] = [];
  for (const entry of list) {
    const pair = numbersOf(entry, 2, 0);
    if (pair === null) return null;
    pairs.push([pair[0], pair[1]]);
  }
  return pairs;
}

/** Whether an image of a size can be padded in a mode. */
export function canPad(mode: unknown, size: readonly number[], pairs: readonly PaddingPair[]): boolean {
  const widest = (length: number) => (mode === 'reflect' ? length - 1 : mode === 'circular' ? length : Number.POSITIVE_INFINITY);
  if (typeof mode !== 'string' || !['zeros', 'reflect', 'replicate', 'circular'].includes(mode)) return false;
  return size.every((length, dim) => pairs[dim].every((rows) => rows <= widest(length)));
}

/** The longest padded image that can be counted. */
export const longest = 2 ** 31 - 1;

import { ArgumentError, defaultGenerator, type Generator } from '@convgrad/core';
import type { Collated } from './collate.ts';
import { batchOf, checkIndex, type Dataset } from './dataset.ts';

/**
 * Some samples of another dataset, in the order of `indices`.
 *
 * @throws IndexError if the dataset has no such sample
 * @example
 * const everyOther = new Subset(dataset, [0, 2]);
 * everyOther.length // 2
 */
export class Subset<S> implements Dataset<S> {
  readonly dataset: Dataset<S>;
  readonly indices: Int32Array;

  constructor(dataset: Dataset<S>, indices: ArrayLike<number>) {
    for (let i = 0; i < indices.length; i++) checkIndex('Subset', indices[i], dataset.length);
    this.dataset = dataset;
    this.indices = Int32Array.from(indices);
  }

  get length(): number {
    return this.indices.length;
  }

  /**
   * Sample number `index` of the subset.
   *
   * @throws IndexError if there is no such sample
   */
  get(index: number): S {
    checkIndex('Subset', index, this.length);
    return this.dataset.get(this.indices[index]);
  }

  /**
   * The batch of the samples `indices` of the subset.
   *
   * @throws IndexError if there is no such sample
   */
  getBatch(indices: Int32Array): Collated<S> {
    return batchOf(
      this.dataset,
      indices.map((index) => {
        checkIndex('Subset', index, this.length);
        return this.indices[index];
      }),
    );
  }
}

/**
 * The first `count` samples, or all if there are fewer.
 *
 * @throws ArgumentError unless `count` is a whole number that is not negative
 * @example take(mnist({ split: 'train' }), 100).length // 100
 */
export function take<S>(dataset: Dataset<S>, count: number): Subset<S> {
  if (!Number.isInteger(count) || count < 0) throw new ArgumentError(`take: expected a whole number >= 0, got ${count}`);
  return new Subset(
    dataset,
    Int32Array.from({ length: Math.min(count, dataset.length) }, (_, index) => index),
  );
}

/**
 * Splits a dataset at random into subsets without common samples.
 *
 * @param lengths how many samples each gets, adding up to all of them; or shares that add up to 1, where what rounding leaves over goes
 *   to the first subsets
 * @param options `generator` that draws the order; by default the default generator
 * @throws ArgumentError if the lengths do not add up
 * @example
 * const [train, validation] = randomSplit(dataset, [0.75, 0.25], { generator: new Generator(0) });
 * train.length // 3
 */
export function randomSplit<S, const L extends readonly number[]>(
  dataset: Dataset<S>,
  lengths: L,
  options?: { readonly generator?: Generator },
): { -readonly [K in keyof L]: Subset<S> };
export function randomSplit<S>(
  dataset: Dataset<S>,
  lengths: readonly number[],
  options: { readonly generator?: Generator } = {},
): Subset<S>[] {
  const counts = countsOf(lengths, dataset.length);
  const order = (options.generator ?? defaultGenerator()).permutation(dataset.length);
  let start = 0;
  return counts.map((count) => {
    start += count;
    return new Subset(dataset, order.subarray(start - count, start));
  });
}

/** Counts of samples from counts or shares. */
function countsOf(lengths: readonly number[], total: number): readonly number[] {
  const sum = lengths.reduce((partial, length) => partial + length, 0);
  if (lengths.every((length) => Number.isInteger(length) && length >= 0) && sum === total) return lengths;
  if (!lengths.every((length) => length >= 0) || Math.abs(sum - 1) > 1e-9) {
    throw new ArgumentError(
      `randomSplit: the lengths must add up to the ${total} samples of the dataset, or as shares to 1; got ${lengths.join(' + ')} = ${sum}`,
    );
  }
  const counts = lengths.map((share) => Math.floor(share * total + 1e-9));
  const left = total - counts.reduce((partial, count) => partial + count, 0);
  return counts.map((count, i) => count + (i < left ? 1 : 0));
}

import { IndexError } from '@convgrad/core';
import { type Collated, collate } from './collate.ts';

/**
 * Samples by number: what a `DataLoader` makes batches of. Any object with a length and `get` is one.
 *
 * @example
 * const squares: Dataset<[number, number]> = { length: 100, get: (i) => [i, i * i] };
 * for (const batch of new DataLoader(take(squares, 3), { batchSize: 3 })) {
 *   batch // [0, 1, 2], [0, 1, 4]
 * }
 */
export interface Dataset<S> {
  /** Number of samples. */
  readonly length: number;
  /** Sample number `index`, from 0 to length - 1. */
  get(index: number): S;
  /** The batch of several samples, where there is a faster way to it than collating them one by one. */
  getBatch?(indices: Int32Array): Collated<S>;
}

/** The batch of the samples `indices`, by the dataset's own fast way if it has one. */
export function batchOf<S>(dataset: Dataset<S>, indices: Int32Array): Collated<S> {
  if (dataset.getBatch !== undefined) return dataset.getBatch(indices);
  return collate(samplesOf(dataset, indices));
}

/** The samples `indices`, one by one. */
export function samplesOf<S>(dataset: Dataset<S>, indices: Int32Array): S[] {
  return Array.from(indices, (index) => dataset.get(index));
}

/** Throws an IndexError unless `index` is a sample of `length` ones. */
export function checkIndex(name: string, index: number, length: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= length) {
    const expected = length === 0 ? 'the dataset is empty' : `expected a whole number from 0 to ${length - 1}`;
    throw new IndexError(`${name}: there is no sample ${index}; ${expected}`);
  }
}

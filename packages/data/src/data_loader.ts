import { ArgumentError, defaultGenerator, Generator } from '@convgrad/core';
import type { Collated } from './collate.ts';
import { batchOf, type Dataset, samplesOf } from './dataset.ts';
import { turnWhenDue } from './event_loop.ts';

/** How a `DataLoader` makes batches. */
export interface DataLoaderOptions {
  /** Samples a batch; 1 by default. */
  readonly batchSize?: number;
  /** Whether each epoch goes through the samples in a new random order; not by default. */
  readonly shuffle?: boolean;
  /** Whether a last batch of fewer than batchSize samples is left out; not by default. */
  readonly dropLast?: boolean;
  /** Draws the orders; by default the default generator. */
  readonly generator?: Generator;
  /** Seed of a generator that only this loader uses, instead of `generator`. */
  readonly seed?: number;
}

/** How a `DataLoader` makes batches of samples S by a function of the user's. */
export interface CollatingOptions<S, B> extends DataLoaderOptions {
  /** Makes a batch of samples. */
  readonly collate: (samples: S[]) => B;
}

/**
 * Goes through a dataset in batches, one epoch an iteration: `for (const batch of loader)`, or `for await (const batch of loader)`,
 * which lets timers, signals and finalizers run at least every 50 ms. Each iteration has an order of its own, drawn when it starts.
 *
 * Samples become batches as `collate` says: [Tensor, Tensor] becomes [Tensor, Tensor] with a first dimension of batchSize.
 *
 * @throws ArgumentError for a batchSize that is not a positive whole number, or a generator together with a seed
 * @example
 * const loader = new DataLoader(mnist({ split: 'train' }), { batchSize: 64, shuffle: true, dropLast: true, seed: 0 });
 * for await (const [images, labels] of loader) {
 *   [images, labels] // shapes [64, 1, 28, 28] and [64]
 * }
 */
export class DataLoader<S, B = Collated<S>> implements Iterable<B>, AsyncIterable<B> {
  readonly dataset: Dataset<S>;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  /** Draws the orders: its state belongs into a checkpoint. */
  readonly generator: Generator;
  private readonly makeBatch: (indices: Int32Array) => B;

  constructor(dataset: Dataset<S>, options: CollatingOptions<S, B>);
  constructor(dataset: Dataset<S>, options?: DataLoaderOptions);
  constructor(dataset: Dataset<S>, options: DataLoaderOptions & Partial<CollatingOptions<S, B>> = {}) {
    const { batchSize = 1, shuffle = false, dropLast = false, generator, seed, collate } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new ArgumentError(`DataLoader: batchSize must be a positive whole number, got ${batchSize}`);
    }
    if (generator !== undefined && seed !== undefined) throw new ArgumentError('DataLoader: give a generator or a seed, not both');
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.shuffle = shuffle;
    this.dropLast = dropLast;
    this.generator = generator ?? (seed === undefined ? defaultGenerator() : new Generator(seed));
    this.makeBatch = batchMaker(dataset, collate);
  }

  /** Number of batches of an epoch. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  [Symbol.iterator](): IterableIterator<B> {
    return this.batches(this.drawOrder());
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<B> {
    return this.batchesAndTurns(this.drawOrder());
  }

  private drawOrder(): Int32Array {
    const { length } = this.dataset;
    return this.shuffle ? this.generator.permutation(length) : Int32Array.from({ length }, (_, index) => index);
  }

  private *batches(order: Int32Array): IterableIterator<B> {
    const end = this.dropLast ? order.length - (order.length % this.batchSize) : order.length;
    for (let start = 0; start < end; start += this.batchSize) {
      yield this.makeBatch(order.subarray(start, Math.min(start + this.batchSize, end)));
    }
  }

  private async *batchesAndTurns(order: Int32Array): AsyncIterableIterator<B> {
    for (const batch of this.batches(order)) {
      await turnWhenDue();
      yield batch;
    }
  }
}

/** By the constructor's signatures, B is Collated<S> where no function is given. */
function batchMaker<S, B>(dataset: Dataset<S>, collate: ((samples: S[]) => B) | undefined): (indices: Int32Array) => B;
function batchMaker<S>(dataset: Dataset<S>, collate: ((samples: S[]) => unknown) | undefined): (indices: Int32Array) => unknown {
  if (collate === undefined) return (indices) => batchOf(dataset, indices);
  return (indices) => collate(samplesOf(dataset, indices));
}

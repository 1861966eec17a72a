import { checkIndex, type Dataset } from './dataset.ts';
import type { Transform } from './transforms.ts';

/**
 * A dataset whose samples are those of another, passed through `transform` each time they are read.
 *
 * @example
 * const flat = new MappedDataset(mnist({ split: 'train' }), ([image, label]) => [image.flatten(), label] as const);
 * flat.get(0) // shapes [784] and []
 */
export class MappedDataset<S, R> implements Dataset<R> {
  readonly dataset: Dataset<S>;
  readonly transform: Transform<S, R>;

  constructor(dataset: Dataset<S>, transform: Transform<S, R>) {
    this.dataset = dataset;
    this.transform = transform;
  }

  get length(): number {
    return this.dataset.length;
  }

  /**
   * Sample number `index`, transformed.
   *
   * @throws IndexError if there is no such sample
   */
  get(index: number): R {
    checkIndex('MappedDataset', index, this.length);
    return this.transform(this.dataset.get(index));
  }
}

import { ArgumentError, type Shape, ShapeError, sizeOf, type Tensor } from '@convgrad/core';
import type { Collated } from './collate.ts';
import { checkIndex, type Dataset } from './dataset.ts';
import { gatherRows, writtenTensor } from './rows.ts';

/** One row of each of the tensors T. */
export type TensorRow<T extends readonly Tensor[]> = { -readonly [K in keyof T]: Tensor };

/**
 * The rows of tensors [N, ...] with equal N: sample i is the tuple of the i-th rows, and a batch is gathered straight from the tensors.
 * Rows are copies without gradients.
 *
 * @throws ShapeError if the tensors differ in their first dimension or a tensor has none; ArgumentError without tensors
 * @example
 * const dataset = new TensorDataset(randn([6, 1, 28, 28]), arange(6));
 * const [image, label] = dataset.get(2); // shapes [1, 28, 28] and []
 * for (const batch of new DataLoader(dataset, { batchSize: 3 })) {
 *   batch // shapes [3, 1, 28, 28] and [3]
 * }
 */
export class TensorDataset<T extends readonly Tensor[]> implements Dataset<TensorRow<T>> {
  readonly length: number;
  readonly tensors: T;

  constructor(...tensors: T) {
    if (tensors.length === 0) throw new ArgumentError('TensorDataset: expected at least one tensor');
    const scalar = tensors.findIndex((tensor) => tensor.ndim === 0);
    if (scalar >= 0)
      throw new ShapeError(`TensorDataset: tensor ${scalar} is a scalar; expected a first dimension that counts the samples`);
    const lengths = tensors.map((tensor) => tensor.shape[0]);
    if (lengths.some((length) => length !== lengths[0])) {
      throw new ShapeError(`TensorDataset: the tensors must have equal first dimensions, got ${lengths.join(', ')}`);
    }
    this.tensors = tensors;
    this.length = lengths[0];
  }

  /**
   * The rows number `index`.
   *
   * @throws IndexError if there is no such row
   */
  get(index: number): TensorRow<T>;
  get(index: number): readonly Tensor[] {
    checkIndex('TensorDataset', index, this.length);
    return this.tensors.map((tensor) => rowsOf(tensor, Int32Array.of(index), tensor.shape.slice(1)));
  }

  /**
   * The rows `indices`, gathered: tensors [indices.length, ...].
   *
   * @throws IndexError if there is no such row
   */
  getBatch(indices: Int32Array): Collated<TensorRow<T>>;
  getBatch(indices: Int32Array): unknown {
    for (const index of indices) checkIndex('TensorDataset', index, this.length);
    return this.tensors.map((tensor) => rowsOf(tensor, indices, [indices.length, ...tensor.shape.slice(1)]));
  }
}

function rowsOf(tensor: Tensor, indices: Int32Array, shape: Shape): Tensor {
  const width = sizeOf(tensor.shape.slice(1));
  return writtenTensor(shape, tensor.dtype, (rows) => gatherRows(tensor.data, width, indices, rows));
}

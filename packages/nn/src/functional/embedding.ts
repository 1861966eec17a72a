import {
  ArgumentError,
  apply,
  DTypeError,
  defineFunction,
  eq,
  IndexError,
  indexSelect,
  printShape,
  reshape,
  ShapeError,
  type Tensor,
  where,
} from '@convgrad/core';
import { floatDType } from './float_dtype.ts';

/** Options of `embedding`. */
export interface EmbeddingOptions {
  /** The row that stands for "nothing": it is read as any other and gets no gradient. Negative ones count from the end. */
  readonly paddingIdx?: number | null;
}

/** y = x, where a mask [rows, 1] says which rows get no gradient: dx = 0 there, dy elsewhere. */
const paddingRowsFunction = defineFunction<[Tensor, Tensor]>({
  name: 'embedding',
  isView: true,
  forward(call, [rows, isPadding]) {
    call.save(isPadding);
    return call.view(rows, rows.shape);
  },
  backward(call, g) {
    return [where(call.saved(0), 0, g), null];
  },
});

/**
 * The row of the padding counted from the front, or null.
 *
 * @throws ArgumentError if there is no such row
 */
export function resolvePaddingIdx(name: string, paddingIdx: number | null, rows: number): number | null {
  if (paddingIdx === null) return null;
  if (!Number.isInteger(paddingIdx) || paddingIdx < -rows || paddingIdx >= rows) {
    throw new ArgumentError(`${name}: paddingIdx ${paddingIdx} is not one of the ${rows} rows`);
  }
  return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
}

/**
 * The rows of a table that indices name.
 *
 * @param indices any shape, int32 or uint8
 * @param weight [rows, width]
 * @returns [..indices, width]
 * @throws IndexError for a row that does not exist; DTypeError for indices that are not integers; ShapeError if weight is not a table;
 *   ArgumentError if there is no row paddingIdx
 * @example embedding(tensor([2, 0], { dtype: 'int32' }), eye(3)) // [[0, 0, 1], [1, 0, 0]]
 */
export function embedding(indices: Tensor, weight: Tensor, { paddingIdx = null }: EmbeddingOptions = {}): Tensor {
  floatDType('embedding', weight, 'weight');
  if (weight.ndim !== 2) throw new ShapeError(`embedding: weight must be [rows, width], got ${printShape(weight.shape)}`);
  if (indices.dtype !== 'int32' && indices.dtype !== 'uint8') {
    throw new DTypeError(
      `embedding: indices must be int32 or uint8, got ${indices.dtype} ${printShape(indices.shape)}; convert them with to('int32')`,
    );
  }
  const [count, width] = weight.shape;
  checkRows(indices, count);
  const flat = reshape(indices, [indices.size]);
  const padding = resolvePaddingIdx('embedding', paddingIdx, count);
  const rows = indexSelect(weight, 0, flat);
  const masked = padding === null ? rows : apply(paddingRowsFunction, [rows, reshape(eq(flat, padding), [flat.size, 1])], undefined);
  return reshape(masked, [...indices.shape, width]);
}

function checkRows(indices: Tensor, count: number): void {
  indices.checkAlive();
  const numbers = indices.storage.current();
  for (let position = 0; position < numbers.length; position++) {
    const index = numbers[position];
    if (index < 0 || index >= count)
      throw new IndexError(`embedding: index ${index} at position ${position} is out of range for ${count} rows`);
  }
}

import { type DType, type DTypeArray, plainOutput, type Shape, type Tensor } from '@convgrad/core';

/** A new tensor, whose elements `write` sets where they lie: `tensor` would copy them once more. */
export function writtenTensor(shape: Shape, dtype: DType, write: (elements: DTypeArray) => void): Tensor {
  const written = plainOutput(shape, dtype);
  write(written.storage.current());
  return written;
}

/** Copies row `indices[k]` of `rows`, each `width` elements wide, to row k of `batch`. */
export function gatherRows(rows: DTypeArray, width: number, indices: Int32Array, batch: DTypeArray): void {
  if (width === 1) {
    for (let k = 0; k < indices.length; k++) batch[k] = rows[indices[k]];
    return;
  }
  for (let k = 0; k < indices.length; k++) {
    const start = indices[k] * width;
    batch.set(rows.subarray(start, start + width), k * width);
  }
}

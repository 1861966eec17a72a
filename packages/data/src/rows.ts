import { type DType, type DTypeArray, type Shape, type Tensor, tensor } from '@convgrad/core';

/** A new array of the type that holds elements of `dtype`. */
export function arrayOf(dtype: DType, size: number): DTypeArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(size);
    case 'float64':
      return new Float64Array(size);
    case 'int32':
      return new Int32Array(size);
    case 'uint8':
      return new Uint8Array(size);
  }
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

/** A tensor of an array that nobody else uses. */
export function tensorOf(array: DTypeArray, shape: Shape): Tensor {
  return tensor(array, { shape });
}

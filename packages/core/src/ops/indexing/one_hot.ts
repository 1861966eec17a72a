import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError } from '../../errors.ts';
import type { DType } from '../../kernels/dtype.ts';
import { plain, plainOutput } from '../plain.ts';
import { checkIndices, requireIndices } from './index_list.ts';

/** Options of `oneHot`. */
export interface OneHotOptions {
  /** Default int32. */
  readonly dtype?: DType;
}

/**
 * A row for every index that is 1 there and 0 elsewhere. Without `classes` the largest index decides.
 *
 * indices [..] (int32) -> [.., classes]
 *
 * @throws IndexError if an index is not in [0, classes); DTypeError for indices that are not integers; ArgumentError if classes is not a
 * whole number, or is left out and there is no index
 * @example oneHot(tensor([0, 2], { dtype: 'int32' }), 3) // [[1, 0, 0], [0, 0, 1]]
 */
export function oneHot(indices: Tensor, classes?: number, { dtype = 'int32' }: OneHotOptions = {}): Tensor {
  const list = requireIndices('oneHot', indices);
  list.checkAlive();
  const numbers = list.storage.current();
  if (classes === undefined && list.size === 0) throw new ArgumentError('oneHot: without an index, the number of classes must be given');
  let largest = 0;
  for (let at = 0; at < numbers.length; at++) largest = Math.max(largest, numbers[at]);
  const width = classes ?? largest + 1;
  if (!Number.isInteger(width) || width < 0) throw new ArgumentError(`oneHot: classes must be a whole number of at least 0, got ${width}`);
  checkIndices('oneHot', list, width, 'a row');
  return plain([list], () => {
    const rows = plainOutput([...list.shape, width], dtype);
    const array = rows.storage.current();
    array.fill(0);
    for (let row = 0; row < list.size; row++) array[row * width + numbers[row]] = 1;
    return rows;
  });
}

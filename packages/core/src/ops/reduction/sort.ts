import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError } from '../../errors.ts';
import * as kernels from '../../kernels/sort.ts';
import { lend, readable, writable } from '../../memory/staging.ts';
import { printShape } from '../../shape.ts';
import { along, resolveDim } from '../dims.ts';
import { gather } from '../indexing/gather.ts';
import { narrow } from '../movement/slice.ts';
import { asNumbers, numberDType } from '../operands.ts';
import { plain, plainOutput } from '../plain.ts';
import type { ValuesAndIndices } from './extremes.ts';

/** Options of `sort`. */
export interface SortOptions {
  /** Largest first. Default false. */
  readonly descending?: boolean;
}

/** Options of `topk`. */
export interface TopKOptions {
  /** The largest rather than the smallest. Default true. */
  readonly largest?: boolean;
}

/** Where each element of the sorted tensor stands in x. */
function order(x: Tensor, dim: number, descending: boolean): Tensor {
  const numbers = asNumbers(x);
  return plain([numbers], () => {
    const indices = plainOutput(x.shape, 'int32');
    const { outer, length, inner } = along(x.shape, dim);
    const dtype = numberDType(numbers);
    kernels.sort(dtype, readable(numbers.storage), lend(dtype, x.size), writable(indices.storage), outer, length, inner, descending);
    return indices;
  });
}

/**
 * The elements in order along a dimension, and where (int32) each was. Stable; NaN counts as the largest. Gradients go back to where
 * the values came from.
 *
 * @throws ShapeError if the dimension does not exist
 * @example sort(tensor([3, 1, 2])).values // [1, 2, 3]
 */
export function sort(x: Tensor, dim = -1, { descending = false }: SortOptions = {}): ValuesAndIndices {
  const resolved = resolveDim('sort', dim, x.ndim);
  const indices = order(x, resolved, descending);
  return { values: x.ndim === 0 ? x : gather(x, resolved, indices), indices };
}

/**
 * The k largest (or smallest) elements along a dimension, in order, and where (int32) each was.
 *
 * @throws ArgumentError if k is not between 0 and the length; ShapeError if the dimension does not exist
 * @example topk(tensor([3, 1, 2]), 2).values // [3, 2]
 */
export function topk(x: Tensor, k: number, dim = -1, { largest = true }: TopKOptions = {}): ValuesAndIndices {
  const resolved = resolveDim('topk', dim, x.ndim);
  const length = x.ndim === 0 ? 1 : x.shape[resolved];
  if (!Number.isInteger(k) || k < 0 || k > length) {
    throw new ArgumentError(
      `topk: k must be a whole number between 0 and ${length}, the length of dimension ${resolved} of ${printShape(x.shape)}; got ${k}`,
    );
  }
  if (x.ndim === 0) return sort(x);
  const indices = narrow(order(x, resolved, largest), resolved, 0, k);
  return { values: gather(x, resolved, indices), indices };
}

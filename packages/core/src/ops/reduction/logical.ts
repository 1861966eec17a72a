import type { Tensor } from '../../autograd/graph.ts';
import { reduceLogical } from '../../kernels/reduction.ts';
import type { Operation } from '../../kernels/table/operations.ts';
import { readable, writable } from '../../memory/staging.ts';
import { along, reducedShape, resolveDims } from '../dims.ts';
import { viewAs } from '../movement/view.ts';
import { plain, plainOutput } from '../plain.ts';
import { ne } from '../pointwise/compare.ts';
import type { KeepDimOption } from './sum.ts';

function logical(op: Operation<'LogicalReduceOp'>, x: Tensor, dims: number | readonly number[] | undefined, keepDim: boolean): Tensor {
  const reduced = resolveDims(op, dims, x.ndim);
  let current = reduced.length === 0 ? ne(x, 0) : x;
  for (const dim of reduced) current = logicalAlong(op, current, dim);
  return viewAs(current, reducedShape(x.shape, reduced, keepDim));
}

function logicalAlong(op: Operation<'LogicalReduceOp'>, x: Tensor, dim: number): Tensor {
  return plain([x], () => {
    const y = plainOutput(reducedShape(x.shape, [dim], true), 'uint8');
    const { outer, length, inner } = along(x.shape, dim);
    reduceLogical(op, x.dtype, readable(x.storage), writable(y.storage), outer, length, inner);
    return y;
  });
}

/**
 * 1 where any element over the dimensions (or all) is not zero, else 0, as uint8; 0 over none.
 *
 * @example any(tensor([[0, 2], [0, 0]]), 1) // [1, 0]
 */
export function any(x: Tensor, dims?: number | readonly number[], { keepDim = false }: KeepDimOption = {}): Tensor {
  return logical('any', x, dims, keepDim);
}

/**
 * 1 where every element over the dimensions (or all) is not zero, else 0, as uint8; 1 over none.
 *
 * @example all(tensor([[1, 2], [0, 1]]), 1) // [1, 0]
 */
export function all(x: Tensor, dims?: number | readonly number[], { keepDim = false }: KeepDimOption = {}): Tensor {
  return logical('all', x, dims, keepDim);
}

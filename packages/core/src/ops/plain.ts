import { beginInputs, compute } from '../autograd/function.ts';
import { Tensor } from '../autograd/graph.ts';
import type { DType } from '../kernels/dtype.ts';
import { newStorage } from '../memory/placement.ts';
import { type Shape, sizeOf } from '../shape.ts';

/**
 * A result that has no gradient, of undefined content.
 *
 * @example plainOutput([2, 3], 'int32') // shape [2, 3]
 */
export function plainOutput(shape: Shape, dtype: DType): Tensor {
  return new Tensor(newStorage(dtype, sizeOf(shape), false), shape);
}

/**
 * Runs an operation without gradients, which launches kernels on `inputs`.
 *
 * @example
 * import { unary } from '@convgrad/core/kernels';
 * const x = tensor([1, 2]);
 * plain([x], () => {
 *   const y = plainOutput(x.shape, x.dtype);
 *   unary('neg', 'float32', readable(x.storage), writable(y.storage), x.size);
 *   return y;
 * }) // [-1, -2]
 */
export function plain<T>(inputs: readonly Tensor[], body: () => T): T {
  beginInputs(inputs);
  return compute(body);
}

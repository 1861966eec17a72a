import { beginInputs, compute } from '../autograd/function.ts';
import { Tensor } from '../autograd/graph.ts';
import type { DType } from '../kernels/dtype.ts';
import { newStorage } from '../memory/placement.ts';
import { type Shape, sizeOf } from '../shape.ts';

/** A result that has no gradient, of undefined content. */
export function plainOutput(shape: Shape, dtype: DType): Tensor {
  return new Tensor(newStorage(dtype, sizeOf(shape), false), shape);
}

/** Runs an operation without gradients, which launches kernels on `inputs`. */
export function plain<T>(inputs: readonly Tensor[], body: () => T): T {
  beginInputs(inputs);
  return compute(body);
}

import { apply, defineFunction } from '../autograd/function.ts';
import type { Tensor } from '../autograd/graph.ts';
import { type DType, isFloat } from '../kernels/dtype.ts';
import * as kernels from '../kernels/movement.ts';
import { readable, writable } from '../memory/staging.ts';

interface CastOptions {
  readonly from: DType;
  readonly to: DType;
}

/** y = x in another dtype. Linear: dx = dy in the first dtype; from an integer dtype there is no gradient. */
const castFunction = defineFunction<[Tensor], CastOptions>({
  name: 'to',
  forward(call, [x], { to }) {
    const y = call.output(x.shape, to);
    kernels.cast(x.dtype, to, readable(x.storage), writable(y.storage), x.size);
    return y;
  },
  backward(_call, gradOutput, { from }) {
    return [isFloat(from) ? cast(gradOutput, from) : null];
  },
});

/**
 * The tensor in another dtype; the same tensor if it has it. Floats become integers by truncation.
 *
 * @example cast(tensor([1.7]), 'int32') // [1]
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : apply(castFunction, [x], { from: x.dtype, to: dtype });
}

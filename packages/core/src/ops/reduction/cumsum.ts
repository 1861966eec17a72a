import { apply, defineFunction } from '../../autograd/function.ts';
import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError } from '../../errors.ts';
import * as kernels from '../../kernels/reduction.ts';
import { readable, writable } from '../../memory/staging.ts';
import { printShape } from '../../shape.ts';
import { along, resolveDim } from '../dims.ts';
import { asNumbers, numberDType } from '../operands.ts';

interface CumsumOptions {
  readonly dim: number;
  readonly reverse: boolean;
}

/** y_i = sum_{j <= i} x_j along a dimension; dx_j = sum_{i >= j} g_i, the same from the other end. */
const cumsumFunction = defineFunction<[Tensor], CumsumOptions>({
  name: 'cumsum',
  forward(call, [x], { dim, reverse }) {
    const y = call.output(x.shape, x.dtype);
    const { outer, length, inner } = along(x.shape, dim);
    if (kernels.cumsum(numberDType(x), readable(x.storage), writable(y.storage), outer, length, inner, reverse)) {
      throw new ArgumentError(
        `cumsum: a sum along dimension ${dim} of an int32 tensor of shape ${printShape(x.shape)} overflows int32; convert it with to('float64') first`,
      );
    }
    return y;
  },
  backward(_call, gradOutput, { dim, reverse }) {
    return [scan(gradOutput, { dim, reverse: !reverse })];
  },
});

function scan(x: Tensor, options: CumsumOptions): Tensor {
  return apply(cumsumFunction, [x], options);
}

/**
 * Running sum along a dimension.
 *
 * @throws ShapeError if the dimension does not exist; ArgumentError if an integer sum overflows int32
 * @example cumsum(tensor([1, 2, 3]), 0) // [1, 3, 6]
 */
export function cumsum(x: Tensor, dim: number): Tensor {
  const resolved = resolveDim('cumsum', dim, x.ndim);
  return scan(asNumbers(x), { dim: resolved, reverse: false });
}

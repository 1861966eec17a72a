import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError } from '../../errors.ts';
import { isFloat } from '../../kernels/dtype.ts';
import { readable, writable } from '../../memory/staging.ts';
import { printShape } from '../../shape.ts';
import { cast } from '../cast.ts';
import { constant } from '../constant.ts';
import { reducedShape, resolveDims } from '../dims.ts';
import { narrow } from '../movement/slice.ts';
import { viewAs } from '../movement/view.ts';
import { plain, plainOutput } from '../plain.ts';
import { mul } from '../pointwise/arithmetic.ts';
import { reduceRuns } from './runs.ts';
import { expandTo, type KeepDimOption } from './sum.ts';

/**
 * Product over some dimensions, or all; 1 over none. Integers are multiplied exactly to int32.
 *
 * Floats are multiplied in halves, [0, n/2) with [n/2, 2(n/2)), again and again: products only, so that the gradient (the
 * product of the other factors) is right of every order where factors are 0.
 *
 * @throws ShapeError if a dimension does not exist; ArgumentError if an integer product overflows int32
 * @example prod(tensor([[1, 2], [3, 4]]), 0) // [3, 8]
 */
export function prod(x: Tensor, dims?: number | readonly number[], { keepDim = false }: KeepDimOption = {}): Tensor {
  const reduced = resolveDims('prod', dims, x.ndim);
  let product = isFloat(x.dtype) ? x : exactProduct(cast(x, 'int32'), reduced);
  if (isFloat(x.dtype)) for (const dim of reduced) product = productAlong(product, dim);
  return viewAs(product, reducedShape(x.shape, reduced, keepDim));
}

function productAlong(x: Tensor, dim: number): Tensor {
  let current = x;
  let odd: Tensor | null = null;
  for (let length = x.shape[dim]; length > 1; length = current.shape[dim]) {
    const half = length >> 1;
    if (length % 2 === 1) {
      const last = narrow(current, dim, length - 1, 1);
      odd = odd === null ? last : mul(odd, last);
    }
    current = mul(narrow(current, dim, 0, half), narrow(current, dim, half, half));
  }
  if (x.shape[dim] === 0) return expandTo(constant(1, x.dtype), reducedShape(x.shape, [dim], true));
  return odd === null ? current : mul(current, odd);
}

function exactProduct(x: Tensor, dims: readonly number[]): Tensor {
  return plain([x], () => {
    const y = plainOutput(reducedShape(x.shape, dims, true), 'int32');
    if (reduceRuns('prod', 'int32', readable(x.storage), writable(y.storage), x.shape, dims)) {
      throw new ArgumentError(
        `prod: the product of an int32 tensor of shape ${printShape(x.shape)} overflows int32; convert it with to('float64') first`,
      );
    }
    return y;
  });
}

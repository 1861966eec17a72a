import { apply, defineFunction } from '../../autograd/function.ts';
import type { Tensor } from '../../autograd/graph.ts';
import { bytesPerElement } from '../../kernels/dtype.ts';
import { copy } from '../../kernels/movement.ts';
import { readable, writable } from '../../memory/staging.ts';
import { contiguousStrides } from '../../shape.ts';
import { resolveDims } from '../dims.ts';

/** y[.., i, ..] = x[.., L - 1 - i, ..] along each of `dims`: its own inverse and its own adjoint, dx = flip(dy). */
const flipFunction = defineFunction<[Tensor], readonly number[]>({
  name: 'flip',
  forward(call, [x], dims) {
    const y = call.output(x.shape, x.dtype);
    const strides = contiguousStrides(x.shape);
    const last = x.size === 0 ? 0 : dims.reduce((sum, dim) => sum + (x.shape[dim] - 1) * strides[dim], 0);
    const backwards = strides.map((stride, dim) => (dims.includes(dim) ? -stride : stride));
    copy(x.dtype, readable(x.storage) + last * bytesPerElement[x.dtype], writable(y.storage), x.shape, backwards, strides);
    return y;
  },
  backward(_call, gradOutput, dims) {
    return [flipAlong(gradOutput, dims)];
  },
});

function flipAlong(x: Tensor, dims: readonly number[]): Tensor {
  return apply(flipFunction, [x], dims);
}

/**
 * The elements in reverse order along one or more dimensions.
 *
 * @throws ShapeError if a dimension does not exist or is named twice
 * @example flip(tensor([[1, 2], [3, 4]]), 1) // [[2, 1], [4, 3]]
 */
export function flip(x: Tensor, dims: number | readonly number[]): Tensor {
  return flipAlong(x, resolveDims('flip', dims, x.ndim));
}

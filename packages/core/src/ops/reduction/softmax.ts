import { apply, defineFunction } from '../../autograd/function.ts';
import type { Tensor } from '../../autograd/graph.ts';
import { isGradEnabled } from '../../autograd/mode.ts';
import { DTypeError } from '../../errors.ts';
import { type FloatDType, isFloat } from '../../kernels/dtype.ts';
import * as kernels from '../../kernels/softmax.ts';
import type { Operation } from '../../kernels/table/operations.ts';
import { readable, writable } from '../../memory/staging.ts';
import { printShape } from '../../shape.ts';
import { along, reducedShape, resolveDim, resolveDims } from '../dims.ts';
import { viewAs } from '../movement/view.ts';
import { plain, plainOutput } from '../plain.ts';
import { mul, sub } from '../pointwise/arithmetic.ts';
import { exp } from '../pointwise/unary.ts';
import { type KeepDimOption, sum } from './sum.ts';

interface SoftmaxOptions {
  readonly op: Operation<'SoftmaxOp'>;
  readonly dim: number;
}

function floatDType(name: string, x: Tensor): FloatDType {
  if (!isFloat(x.dtype))
    throw new DTypeError(`${name}: expected float32 or float64, got ${x.dtype} ${printShape(x.shape)}; convert it with to('float32')`);
  return x.dtype;
}

/**
 * softmax:     y = exp(x) / sum exp(x)        dx = y (g - sum g y)
 * logSoftmax:  y = x - log sum exp(x)         dx = g - exp(y) sum g
 *
 * with sums along one dimension; x is shifted by its maximum first. One kernel does the first-order backward.
 */
const softmaxFunction = defineFunction<[Tensor], SoftmaxOptions>({
  name: 'softmax',
  forward(call, [x], { op, dim }) {
    const y = call.output(x.shape, x.dtype);
    call.save(y);
    const { outer, length, inner } = along(x.shape, dim);
    kernels.softmax(op, floatDType(op, x), readable(x.storage), writable(y.storage), outer, length, inner);
    return y;
  },
  backward(call, g, { op, dim }) {
    const y = call.saved(0);
    if (!isGradEnabled()) return [fusedGradient(op, y, g, dim)];
    if (op === 'softmax') return [mul(y, sub(g, sum(mul(g, y), dim, { keepDim: true })))];
    return [sub(g, mul(exp(y), sum(g, dim, { keepDim: true })))];
  },
});

function fusedGradient(op: Operation<'SoftmaxOp'>, y: Tensor, g: Tensor, dim: number): Tensor {
  return plain([y, g], () => {
    const dx = plainOutput(y.shape, y.dtype);
    const { outer, length, inner } = along(y.shape, dim);
    kernels.softmaxGrad(op, floatDType(op, y), readable(y.storage), readable(g.storage), writable(dx.storage), outer, length, inner);
    return dx;
  });
}

/**
 * exp(x) / sum exp(x) along a dimension.
 *
 * @throws DTypeError for integers; ShapeError if the dimension does not exist
 * @example softmax(tensor([0, 0]), 0) // [0.5, 0.5]
 */
export function softmax(x: Tensor, dim: number): Tensor {
  floatDType('softmax', x);
  return apply(softmaxFunction, [x], { op: 'softmax', dim: resolveDim('softmax', dim, x.ndim) });
}

/**
 * log(softmax(x)) along a dimension, exact where softmax underflows.
 *
 * @throws DTypeError for integers; ShapeError if the dimension does not exist
 * @example logSoftmax(tensor([0, 0]), 0) // [-0.6931, -0.6931]
 */
export function logSoftmax(x: Tensor, dim: number): Tensor {
  floatDType('logSoftmax', x);
  return apply(softmaxFunction, [x], { op: 'logSoftmax', dim: resolveDim('logSoftmax', dim, x.ndim) });
}

/** y = log sum exp(x) along one dimension, which stays with length 1. dx = g exp(x - y), the softmax of x. */
const logSumExpFunction = defineFunction<[Tensor], number>({
  name: 'logSumExp',
  forward(call, [x], dim) {
    const y = call.output(reducedShape(x.shape, [dim], true), x.dtype);
    call.save(x, y);
    const { outer, length, inner } = along(x.shape, dim);
    kernels.logSumExp(floatDType('logSumExp', x), readable(x.storage), writable(y.storage), outer, length, inner);
    return y;
  },
  backward(call, g) {
    return [mul(g, exp(sub(call.saved(0), call.saved(1))))];
  },
});

/**
 * log(sum exp(x)) over some dimensions, or all, without overflow; -Infinity over none.
 *
 * @throws DTypeError for integers; ShapeError if a dimension does not exist
 * @example logSumExp(tensor([0, 0])) // 0.6931
 */
export function logSumExp(x: Tensor, dims?: number | readonly number[], { keepDim = false }: KeepDimOption = {}): Tensor {
  floatDType('logSumExp', x);
  const reduced = resolveDims('logSumExp', dims, x.ndim);
  let current = x;
  for (const dim of reduced) current = apply(logSumExpFunction, [current], dim);
  return viewAs(current, reducedShape(x.shape, reduced, keepDim));
}

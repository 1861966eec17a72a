import { apply, defineFunction, lend, mul, neg, readable, sigmoid, type Tensor, writable } from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';
import { floatDType } from './float_dtype.ts';

/**
 * y = log(1 / (1 + e^-x)) = min(x, 0) - log1p(e^-|x|), which neither overflows nor loses digits.
 *
 * dx = dy / (1 + e^x); the pieces of the formula have kinks at 0 where the function has none, so it is not composed of them.
 */
const logSigmoidFunction = defineFunction<[Tensor], undefined>({
  name: 'logSigmoid',
  forward(call, [x]) {
    const y = call.output(x.shape, x.dtype);
    call.save(x);
    const dtype = floatDType('logSigmoid', x);
    const { size } = x;
    const tail = lend(dtype, size);
    const source = readable(x.storage);
    const target = writable(y.storage);
    kernels.unary('abs', dtype, source, tail, size);
    kernels.unary('neg', dtype, tail, tail, size);
    kernels.unary('exp', dtype, tail, tail, size);
    kernels.unary('log1p', dtype, tail, tail, size);
    kernels.unary('clamp', dtype, source, target, size, Number.NEGATIVE_INFINITY, 0);
    kernels.binary('sub', dtype, target, tail, target, [size], [1], [1]);
    return y;
  },
  backward(call, g) {
    return [mul(g, sigmoid(neg(call.saved(0))))];
  },
});

/**
 * log(1 / (1 + e^-x)); elementwise, of the shape of x.
 *
 * @throws DTypeError for integers
 * @example logSigmoid(tensor([0, -100])) // [-0.6931, -100]
 */
export function logSigmoid(x: Tensor): Tensor {
  floatDType('logSigmoid', x);
  return apply(logSigmoidFunction, [x], undefined);
}

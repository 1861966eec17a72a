import { apply, defineFunction } from '../../autograd/function.ts';
import type { Tensor } from '../../autograd/graph.ts';
import { DTypeError } from '../../errors.ts';
import * as kernels from '../../kernels/pointwise.ts';
import { readable, writable } from '../../memory/staging.ts';
import type { Shape } from '../../shape.ts';
import { constant } from '../constant.ts';
import { broadcastLoop, broadcastShapes, type Operand, promote } from '../operands.ts';
import { sumTo } from '../reduction/sum.ts';
import { ne } from './compare.ts';

/** y = a where c, b elsewhere. Linear in a and b: da = dy where c, else 0; db = 0 where c, else dy; each summed over what was repeated. */
const whereFunction = defineFunction<[Tensor, Tensor, Tensor], Shape>({
  name: 'where',
  forward(call, [condition, a, b], shape) {
    const y = call.output(shape, a.dtype);
    call.save(condition, a, b);
    const loop = broadcastLoop([condition, a, b], shape);
    const [conditionStrides, aStrides, bStrides] = loop.strides;
    const [c, left, right] = [readable(condition.storage), readable(a.storage), readable(b.storage)];
    kernels.where(a.dtype, c, left, right, writable(y.storage), loop.shape, conditionStrides, aStrides, bStrides);
    return y;
  },
  backward(call, gradOutput) {
    const condition = call.saved(0);
    const zero = constant(0, gradOutput.dtype);
    return [
      null,
      call.needsGrad(1) ? sumTo(select(condition, gradOutput, zero, gradOutput.shape), call.saved(1).shape) : null,
      call.needsGrad(2) ? sumTo(select(condition, zero, gradOutput, gradOutput.shape), call.saved(2).shape) : null,
    ];
  },
});

function select(condition: Tensor, a: Tensor, b: Tensor, shape: Shape): Tensor {
  return apply(whereFunction, [condition, a, b], shape);
}

/**
 * a where the condition is not zero, b elsewhere; all three broadcast.
 *
 * @throws ShapeError if they do not broadcast; DTypeError if float32 meets float64
 * @example where(tensor([1, 0]), tensor([1, 2]), -1) // [1, -1]
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  if (condition === undefined || typeof condition === 'number') {
    throw new DTypeError(`where: the condition must be a tensor, got ${String(condition)}`);
  }
  return choose('where', condition, a, b);
}

/** `name` is what errors call it. */
function choose(name: string, condition: Tensor, a: Operand, b: Operand): Tensor {
  const [left, right] = promote(name, a, b);
  const mask = condition.dtype === 'uint8' ? condition : ne(condition, 0);
  const shape = broadcastShapes(name, broadcastShapes(name, left.shape, right.shape), mask.shape);
  return select(mask, left, right, shape);
}

/**
 * x with `value` wherever the mask is not zero.
 *
 * @throws ShapeError if mask and x do not broadcast; DTypeError if float32 meets float64
 * @example maskedFill(tensor([1, 2]), tensor([0, 1]), -1) // [1, -1]
 */
export function maskedFill(x: Tensor, mask: Tensor, value: Operand): Tensor {
  return choose('maskedFill', mask, value, x);
}

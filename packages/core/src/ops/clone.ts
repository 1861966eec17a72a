import { apply, defineFunction } from '../autograd/function.ts';
import type { Tensor } from '../autograd/graph.ts';

/** y = x, in memory of its own. dx = dy. */
const cloneFunction = defineFunction<[Tensor]>({
  name: 'clone',
  forward(call, [x]) {
    const y = call.output(x.shape, x.dtype);
    y.storage.current().set(x.storage.current());
    return y;
  },
  backward(_call, gradOutput) {
    return [gradOutput];
  },
});

/**
 * A copy, through which gradients flow; `x.detach().clone()` is one without.
 *
 * @example clone(tensor([1, 2])) // [1, 2]
 */
export function clone(x: Tensor): Tensor {
  return apply(cloneFunction, [x], undefined);
}

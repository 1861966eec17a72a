import { Leaf, Tensor } from './autograd/graph.ts';
import { persistentStorage } from './memory/placement.ts';

/** A copy of a tensor's numbers in the arena, for as long as the copy is reachable. */
function persist(tensor: Tensor): ConstructorParameters<typeof Tensor> {
  tensor.checkAlive();
  const storage = persistentStorage(tensor.dtype, tensor.size);
  storage.current().set(tensor.storage.current());
  return [storage, tensor.shape];
}

/**
 * A tensor that a module learns: a leaf that requires gradients. Its memory, and that of its gradient, is live: `.data` may be written.
 *
 * @throws DTypeError if the tensor is not float32 or float64
 * @example const weight = new Parameter(randn([6, 1, 5, 5]));
 */
export class Parameter extends Tensor {
  constructor(tensor: Tensor, requiresGrad = true) {
    super(...persist(tensor));
    this.leaf = new Leaf(true);
    if (requiresGrad) this.requiresGrad_();
  }
}

/**
 * A tensor that is part of a module's or an optimizer's state without being learned, such as running statistics. `.data` may be written.
 *
 * @example const runningMean = new StateBuffer(zeros([16]));
 */
export class StateBuffer extends Tensor {
  constructor(tensor: Tensor) {
    super(...persist(tensor));
  }
}

import { Leaf, Tensor } from './autograd/graph.ts';
import type { FloatDType } from './kernels/dtype.ts';
import { persistentStorage } from './memory/placement.ts';
import type { Storage } from './memory/storage.ts';

/** A tensor whose numbers lie in the arena for as long as it is reachable, and whose `.data` is that memory. */
abstract class PersistentTensor extends Tensor {
  constructor(tensor: Tensor) {
    super(persistentCopy(tensor, tensor.dtype), tensor.shape);
  }

  /**
   * Converts the numbers to another dtype, in place; the gradient, if there is one, goes. Views of `.data` that were taken before are no longer its memory.
   *
   * @example
   * const weight = new Parameter(zeros([2]));
   * weight.convert_('float64').dtype // 'float64'
   */
  convert_(dtype: FloatDType): this {
    if (dtype === this.dtype) return this;
    const { version } = this.storage;
    this.storage = persistentCopy(this, dtype);
    // A graph that saved the old numbers must notice.
    this.storage.version = version + 1;
    this.leaf?.forget();
    return this;
  }
}

function persistentCopy(tensor: Tensor, dtype: Tensor['dtype']): Storage {
  tensor.checkAlive();
  const storage = persistentStorage(dtype, tensor.size);
  storage.current().set(tensor.storage.current());
  return storage;
}

/**
 * A tensor that a module learns: a leaf that requires gradients. Its memory, and that of its gradient, is live: `.data` may be written.
 *
 * @throws DTypeError if the tensor is not float32 or float64
 * @example new Parameter(randn([6, 1, 5, 5])).requiresGrad // true
 */
export class Parameter extends PersistentTensor {
  constructor(tensor: Tensor, requiresGrad = true) {
    super(tensor);
    this.leaf = new Leaf(true);
    if (requiresGrad) this.requiresGrad_();
  }
}

/**
 * A tensor that is part of a module's or an optimizer's state without being learned, such as running statistics. `.data` may be written.
 *
 * @example
 * const runningMean = new StateBuffer(zeros([2]));
 * runningMean.data[1] = 3;
 * runningMean // [0, 3]
 */
export class StateBuffer extends PersistentTensor {}

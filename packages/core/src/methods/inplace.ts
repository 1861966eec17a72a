import { accumulate, copyInto, fillWith, setPlaces } from '../ops/inplace.ts';
import type { IndexItem } from '../ops/movement/basic_index.ts';
import type { Operand } from '../ops/operands.ts';
import { attach } from './attach.ts';

declare module '../autograd/graph.ts' {
  /**
   * Writes in place, which return the tensor. They are not recorded: a leaf that requires gradients is written inside `noGrad` only, and a
   * result of a recorded operation not at all (GradientError). Sources broadcast; integers are converted to a float target, other dtypes
   * must agree (DTypeError).
   */
  interface Tensor {
    /** Takes over the numbers of `source`. */
    copy_(source: Operand): this;
    /** Sets every element. */
    fill_(value: number): this;
    /** Sets every element to 0. */
    zero_(): this;
    add_(other: Operand): this;
    mul_(other: Operand): this;
    /**
     * Writes a part, which an index names as for `index`.
     *
     * @throws IndexError for an element that does not exist or too many indices
     * @example tensor([[1, 2, 3], [4, 5, 6]]).set_([0, { step: 2 }], -1) // [[-1, 2, -1], [4, 5, 6]]
     */
    set_(items: readonly IndexItem[], source: Operand): this;
  }
}

attach({
  copy_(source) {
    copyInto(this, source);
    return this;
  },
  fill_(value) {
    fillWith('fill_', this, value);
    return this;
  },
  zero_() {
    fillWith('zero_', this, 0);
    return this;
  },
  add_(other) {
    accumulate('add', this, other);
    return this;
  },
  mul_(other) {
    accumulate('mul', this, other);
    return this;
  },
  set_(items, source) {
    setPlaces(this, items, source);
    return this;
  },
});

import type { DTypeArray } from '../kernels/dtype.ts';
import { clone } from '../ops/clone.ts';
import { item, type NestedNumbers, toArray, toTypedArray } from '../ops/creation/values.ts';
import { attach } from './attach.ts';

declare module '../autograd/graph.ts' {
  /** A tensor's numbers as methods: `x.item()` is `item(x)`. See the functions. */
  interface Tensor {
    item(): number;
    toArray(): NestedNumbers;
    toTypedArray(): DTypeArray;
    clone(): Tensor;
    /** Number of elements: `size`. */
    numel(): number;
  }
}

attach({
  item() {
    return item(this);
  },
  toArray() {
    return toArray(this);
  },
  toTypedArray() {
    return toTypedArray(this);
  },
  clone() {
    return clone(this);
  },
  numel() {
    return this.size;
  },
});

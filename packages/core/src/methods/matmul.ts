import { matmul, outer } from '../ops/matmul/matmul.ts';
import { attach } from './attach.ts';

declare module '../autograd/graph.ts' {
  /** Products as methods: `a.matmul(b)` is `matmul(a, b)`. See the functions. */
  interface Tensor {
    matmul(other: Tensor): Tensor;
    outer(other: Tensor): Tensor;
  }
}

attach({
  matmul(other) {
    return matmul(this, other);
  },
  outer(other) {
    return outer(this, other);
  },
});

import { gather, scatterAdd } from '../ops/indexing/gather.ts';
import { indexAdd, indexSelect } from '../ops/indexing/index_select.ts';
import { maskedSelect } from '../ops/indexing/masked_select.ts';
import { attach } from './attach.ts';

declare module '../autograd/graph.ts' {
  /** Indexing as methods: `x.gather(dim, indices)` is `gather(x, dim, indices)`. See the functions. */
  interface Tensor {
    indexSelect(dim: number, indices: Tensor | readonly number[]): Tensor;
    indexAdd(dim: number, indices: Tensor | readonly number[], source: Tensor): Tensor;
    gather(dim: number, indices: Tensor): Tensor;
    scatterAdd(dim: number, indices: Tensor, source: Tensor): Tensor;
    maskedSelect(mask: Tensor): Tensor;
  }
}

attach({
  indexSelect(dim, indices) {
    return indexSelect(this, dim, indices);
  },
  indexAdd(dim, indices, source) {
    return indexAdd(this, dim, indices, source);
  },
  gather(dim, indices) {
    return gather(this, dim, indices);
  },
  scatterAdd(dim, indices, source) {
    return scatterAdd(this, dim, indices, source);
  },
  maskedSelect(mask) {
    return maskedSelect(this, mask);
  },
});

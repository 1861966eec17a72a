import { linear } from '@convgrad/core';
import { embedding } from '@convgrad/nn';
import type { OpAdapters } from '../op_adapter.ts';

/** `linear`: the linear layer, and the table of embeddings. */
export const linearAdapters: OpAdapters = {
  linear: (call) => linear(call.tensor('x'), call.tensor('weight'), call.optional('bias')),
  embedding: (call) => embedding(call.tensor('indices'), call.tensor('weight'), { paddingIdx: call.attrs.numberOr('padding_idx', null) }),
};

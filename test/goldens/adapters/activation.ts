import { relu, sigmoid, tanh } from '@convgrad/core';
import { logSigmoid } from '@convgrad/nn';
import type { OpAdapters } from '../op_adapter.ts';

/** `activation`: pointwise functions that stand between layers. */
export const activationAdapters: OpAdapters = {
  relu: (call) => relu(call.tensor('x')),
  sigmoid: (call) => sigmoid(call.tensor('x')),
  tanh: (call) => tanh(call.tensor('x')),
  logsigmoid: (call) => logSigmoid(call.tensor('x')),
};

import { logSoftmax, softmax } from '@convgrad/core';
import * as nn from '@convgrad/nn';
import type { OpAdapter, OpAdapters, OpCall } from '../op_adapter.ts';

function reduction(call: OpCall): 'mean' | 'sum' | 'none' {
  return call.attrs.oneOf('reduction', ['mean', 'sum', 'none']);
}

function regression(f: typeof nn.mseLoss): OpAdapter {
  return (call) => f(call.tensor('x'), call.tensor('target'), { reduction: reduction(call) });
}

/** Options of losses over classes. */
function classes(call: OpCall) {
  return { weight: call.optional('weight'), ignoreIndex: call.attrs.numberOr('ignore_index', -100), reduction: reduction(call) };
}

/** `loss`: softmax and losses. */
export const lossAdapters: OpAdapters = {
  softmax: (call) => softmax(call.tensor('x'), call.attrs.number('dim')),
  log_softmax: (call) => logSoftmax(call.tensor('x'), call.attrs.number('dim')),
  cross_entropy: (call) =>
    nn.crossEntropy(call.tensor('x'), call.tensor('target'), {
      ...classes(call),
      labelSmoothing: call.attrs.numberOr('label_smoothing', 0),
    }),
  nll_loss: (call) => nn.nllLoss(call.tensor('x'), call.tensor('target'), classes(call)),
  mse_loss: regression(nn.mseLoss),
  l1_loss: regression(nn.l1Loss),
  smooth_l1_loss: (call) =>
    nn.smoothL1Loss(call.tensor('x'), call.tensor('target'), { reduction: reduction(call), beta: call.attrs.numberOr('beta', 1) }),
  huber_loss: (call) =>
    nn.huberLoss(call.tensor('x'), call.tensor('target'), { reduction: reduction(call), delta: call.attrs.numberOr('delta', 1) }),
  bce_with_logits: (call) =>
    nn.bceWithLogits(call.tensor('x'), call.tensor('target'), {
      weight: call.optional('weight'),
      posWeight: call.optional('pos_weight'),
      reduction: reduction(call),
    }),
};

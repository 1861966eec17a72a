import { narrow, sigmoid } from '@convgrad/core';
import * as nn from '@convgrad/nn';
import { CaseError } from '../fields.ts';
import type { OpAdapters } from '../op_adapter.ts';

/** `deform_conv`: our groups and offset groups follow from the shapes, and must be those that the case names. */
export const deformConvAdapters: OpAdapters = {
  deform_conv2d: (call) => {
    const { attrs } = call;
    const [x, offset, weight] = [call.tensor('x'), call.tensor('offset'), call.tensor('weight')];
    const y = nn.deformConv2d(x, offset, weight, call.optional('bias'), call.optional('mask'), {
      stride: attrs.numbers('stride'),
      padding: attrs.numbers('padding'),
      dilation: attrs.numbers('dilation'),
    });
    const groups = x.shape[1] / weight.shape[1];
    const offsetGroups = offset.shape[1] / (2 * weight.shape[2] * weight.shape[3]);
    if (attrs.number('groups') !== groups || attrs.number('offset_groups') !== offsetGroups) {
      throw new CaseError(`the shapes mean ${groups} groups and ${offsetGroups} offset groups, the case others`);
    }
    return y;
  },
  // A layer of the networks: offsets and mask come from a convolution of the input.
  modulated_deform_block: (call) => {
    const { attrs } = call;
    attrs.oneOf('padding_mode', ['zeros']);
    const options = { stride: attrs.numbers('stride'), padding: attrs.numbers('padding'), dilation: attrs.numbers('dilation') };
    const [x, weight] = [call.tensor('x'), call.tensor('weight')];
    if (attrs.number('groups') !== x.shape[1] / weight.shape[1]) throw new CaseError('the shapes mean another number of groups');
    const masks = attrs.number('offset_groups') * weight.shape[2] * weight.shape[3];
    const predicted = nn.conv2d(x, call.tensor('offset_weight'), call.optional('offset_bias'), options);
    const mask = sigmoid(narrow(predicted, 1, 2 * masks, masks));
    return nn.deformConv2d(x, narrow(predicted, 1, 0, 2 * masks), weight, call.optional('bias'), mask, options);
  },
};

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
};

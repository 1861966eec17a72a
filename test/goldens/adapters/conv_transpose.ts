import * as nn from '@convgrad/nn';
import type { OpAdapter, OpAdapters } from '../op_adapter.ts';

function convTranspose(f: typeof nn.convTranspose2d): OpAdapter {
  return (call) => {
    const { attrs } = call;
    return f(call.tensor('x'), call.tensor('weight'), call.optional('bias'), {
      stride: attrs.numbers('stride'),
      padding: attrs.numbers('padding'),
      outputPadding: attrs.numbers('output_padding'),
      dilation: attrs.numbers('dilation'),
      groups: attrs.number('groups'),
    });
  };
}

/** `conv_transpose`: transposed convolutions of one to three dimensions. */
export const convTransposeAdapters: OpAdapters = {
  conv_transpose1d: convTranspose(nn.convTranspose1d),
  conv_transpose2d: convTranspose(nn.convTranspose2d),
  conv_transpose3d: convTranspose(nn.convTranspose3d),
};

import * as nn from '@convgrad/nn';
import type { OpAdapter, OpAdapters } from '../op_adapter.ts';

function conv(f: typeof nn.conv2d): OpAdapter {
  return (call) => {
    const { attrs } = call;
    const padding = Array.isArray(attrs.raw('padding')) ? attrs.numbers('padding') : attrs.oneOf('padding', ['same', 'valid']);
    return f(call.tensor('x'), call.tensor('weight'), call.optional('bias'), {
      stride: attrs.numbers('stride'),
      padding,
      dilation: attrs.numbers('dilation'),
      groups: attrs.number('groups'),
      paddingMode: attrs.oneOf('padding_mode', ['zeros', 'reflect', 'replicate', 'circular']),
    });
  };
}

/** `conv`: convolutions of one to three dimensions. */
export const convAdapters: OpAdapters = { conv1d: conv(nn.conv1d), conv2d: conv(nn.conv2d), conv3d: conv(nn.conv3d) };

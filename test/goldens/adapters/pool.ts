import * as nn from '@convgrad/nn';
import type { OpAdapter, OpAdapters } from '../op_adapter.ts';

function maxPool(values: typeof nn.maxPool2d, withIndices: typeof nn.maxPool2dWithIndices): OpAdapter {
  return (call) => {
    const { attrs } = call;
    const kernelSize = attrs.numbers('kernel_size');
    const options = {
      stride: attrs.numbersOr('stride', kernelSize),
      padding: attrs.numbersOr('padding', 0),
      dilation: attrs.numbersOr('dilation', 1),
      ceilMode: attrs.booleanOr('ceil_mode', false),
    };
    if (!attrs.booleanOr('return_indices', false)) return values(call.tensor('x'), kernelSize, options);
    const { values: output, indices } = withIndices(call.tensor('x'), kernelSize, options);
    return { output, extra: { indices } };
  };
}

function avgPool(f: typeof nn.avgPool2d): OpAdapter {
  return (call) => {
    const { attrs } = call;
    const kernelSize = attrs.numbers('kernel_size');
    return f(call.tensor('x'), kernelSize, {
      stride: attrs.numbersOr('stride', kernelSize),
      padding: attrs.numbersOr('padding', 0),
      ceilMode: attrs.booleanOr('ceil_mode', false),
      countIncludePad: attrs.booleanOr('count_include_pad', true),
      divisorOverride: attrs.numberOr('divisor_override', null),
    });
  };
}

/** `pool`: max and average pooling of one to three dimensions. */
export const poolAdapters: OpAdapters = {
  max_pool1d: maxPool(nn.maxPool1d, nn.maxPool1dWithIndices),
  max_pool2d: maxPool(nn.maxPool2d, nn.maxPool2dWithIndices),
  max_pool3d: maxPool(nn.maxPool3d, nn.maxPool3dWithIndices),
  avg_pool1d: avgPool(nn.avgPool1d),
  avg_pool2d: avgPool(nn.avgPool2d),
  avg_pool3d: avgPool(nn.avgPool3d),
};

import * as nn from '@convgrad/nn';
import type { OpAdapters } from '../op_adapter.ts';

/** `interpolate` and `grid_sample` of the family `resample`. */
export const samplingAdapters: OpAdapters = {
  interpolate: (call) => {
    const { attrs } = call;
    return nn.interpolate(call.tensor('x'), {
      size: attrs.numbersOr('size', null),
      scaleFactor: attrs.numberOr('scale_factor', null),
      mode: attrs.oneOf('mode', ['nearest', 'linear', 'bilinear', 'trilinear']),
      alignCorners: attrs.booleanOr('align_corners', false),
    });
  },
  grid_sample: (call) => {
    const { attrs } = call;
    return nn.gridSample(call.tensor('x'), call.tensor('grid'), {
      mode: attrs.oneOf('mode', ['bilinear', 'nearest']),
      paddingMode: attrs.oneOf('padding_mode', ['zeros', 'border', 'reflection']),
      alignCorners: attrs.boolean('align_corners'),
    });
  },
};

import * as nn from '@convgrad/nn';
import type { OpAdapters } from '../op_adapter.ts';

/** The part of `resample` that only moves elements. */
export const pixelShuffleAdapters: OpAdapters = {
  pixel_shuffle: (call) => nn.pixelShuffle(call.tensor('x'), call.attrs.number('upscale_factor')),
  pixel_unshuffle: (call) => nn.pixelUnshuffle(call.tensor('x'), call.attrs.number('downscale_factor')),
};

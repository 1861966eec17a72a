import type { Tensor } from '@convgrad/core';
import * as nn from '@convgrad/nn';
import { type ProofCase, sample } from './case.ts';

type Conv<Options> = (x: Tensor, weight: Tensor, bias: Tensor | null, options?: Options) => Tensor;

function convCase<Options>(
  what: string,
  f: Conv<Options>,
  x: number[],
  weight: number[],
  outChannels: number,
  options?: Options,
): ProofCase {
  return { what, f: (a, w, b) => f(a, w, b, options), inputs: [sample(91, x), sample(92, weight), sample(93, [outChannels])] };
}

const modes = ['reflect', 'replicate', 'circular'] as const;

const transposed: Readonly<Record<string, readonly ProofCase[]>> = {
  convTranspose1d: [
    convCase('plain', nn.convTranspose1d, [2, 3, 4], [3, 2, 3], 2),
    convCase('everything asymmetric', nn.convTranspose1d, [2, 4, 4], [4, 3, 4], 6, {
      stride: 3,
      padding: [[2, 1]],
      outputPadding: 1,
      dilation: 2,
      groups: 2,
    }),
    convCase('output padding of at least the stride', nn.convTranspose1d, [2, 2, 3], [2, 2, 2], 2, {
      stride: 2,
      dilation: 5,
      outputPadding: 4,
      padding: 1,
    }),
    convCase('stride larger than the kernel', nn.convTranspose1d, [2, 2, 3], [2, 1, 2], 1, { stride: 4, outputPadding: 3 }),
    convCase('unbatched', nn.convTranspose1d, [2, 3], [2, 2, 2], 2),
    ...modes.map((paddingMode) =>
      convCase(paddingMode, nn.convTranspose1d, [1, 2, 4], [2, 1, 3], 1, { paddingMode, padding: [[2, 1]], stride: 2, outputPadding: 1 }),
    ),
  ],
  convTranspose2d: [
    convCase('plain', nn.convTranspose2d, [2, 2, 3, 2], [2, 3, 3, 2], 3),
    convCase('everything asymmetric', nn.convTranspose2d, [1, 2, 3, 2], [2, 2, 3, 2], 4, {
      stride: [2, 1],
      padding: [
        [0, 1],
        [2, 1],
      ],
      outputPadding: [1, 1],
      dilation: [1, 3],
      groups: 2,
    }),
    convCase('output padding of at least the stride', nn.convTranspose2d, [1, 2, 2, 2], [2, 1, 2, 2], 1, {
      dilation: [3, 2],
      outputPadding: [2, 1],
    }),
    convCase('stride larger than the kernel', nn.convTranspose2d, [1, 2, 2, 2], [2, 2, 1, 2], 2, { stride: 3, outputSize: [6, 5] }),
    convCase('depthwise with multiplier', nn.convTranspose2d, [1, 2, 3, 3], [2, 2, 3, 3], 4, { groups: 2, padding: 1, stride: 2 }),
    ...modes.map((paddingMode) =>
      convCase(paddingMode, nn.convTranspose2d, [1, 2, 3, 3], [2, 1, 2, 3], 1, {
        paddingMode,
        padding: [
          [1, 0],
          [1, 2],
        ],
        stride: [1, 2],
      }),
    ),
  ],
  convTranspose3d: [
    convCase('plain', nn.convTranspose3d, [1, 2, 2, 2, 2], [2, 1, 2, 2, 2], 1),
    convCase('everything asymmetric', nn.convTranspose3d, [1, 2, 2, 1, 2], [2, 1, 2, 3, 1], 2, {
      stride: [2, 1, 3],
      padding: [
        [1, 0],
        [0, 1],
        [0, 0],
      ],
      outputPadding: [0, 1, 2],
      dilation: [1, 2, 1],
      groups: 2,
    }),
    convCase('circular', nn.convTranspose3d, [1, 1, 2, 2, 2], [1, 1, 2, 2, 3], 1, {
      paddingMode: 'circular',
      padding: [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
    }),
  ],
};

const rearranged: Readonly<Record<string, readonly ProofCase[]>> = {
  unfold: [
    { what: 'a sequence', f: (x) => nn.unfold(x, [3], { stride: 2, padding: [[2, 1]], dilation: 2 }), inputs: [sample(94, [2, 2, 6])] },
    {
      what: 'an image',
      f: (x) => nn.unfold(x, [3, 2], { stride: [1, 2], padding: [[0, 1], 1], dilation: [1, 2] }),
      inputs: [sample(94, [2, 2, 4, 5])],
    },
    { what: 'a volume', f: (x) => nn.unfold(x, [2, 1, 2], { stride: 2, padding: 1 }), inputs: [sample(94, [1, 2, 3, 2, 3])] },
    { what: 'unbatched', f: (x) => nn.unfold(x, 2), inputs: [sample(94, [2, 3, 3])] },
  ],
  fold: [
    { what: 'a sequence', f: (y) => nn.fold(y, [6], [3], { stride: 2, padding: [[2, 1]], dilation: 2 }), inputs: [sample(95, [2, 6, 3])] },
    {
      what: 'an image',
      f: (y) => nn.fold(y, [4, 5], [3, 2], { stride: [1, 2], padding: [[0, 1], 1], dilation: [1, 2] }),
      inputs: [sample(95, [2, 12, 9])],
    },
    { what: 'a volume', f: (y) => nn.fold(y, [3, 2, 3], [2, 1, 2], { stride: 2, padding: 1 }), inputs: [sample(95, [1, 8, 8])] },
    { what: 'unbatched', f: (y) => nn.fold(y, 3, 2), inputs: [sample(95, [8, 4])] },
  ],
  pixelShuffle: [
    { what: 'by 2', f: (x) => nn.pixelShuffle(x, 2), inputs: [sample(96, [2, 8, 2, 3])] },
    { what: 'unbatched, by 3', f: (x) => nn.pixelShuffle(x, 3), inputs: [sample(96, [9, 1, 2])] },
  ],
  pixelUnshuffle: [
    { what: 'by 2', f: (x) => nn.pixelUnshuffle(x, 2), inputs: [sample(96, [2, 2, 4, 2])] },
    { what: 'unbatched, by 3', f: (x) => nn.pixelUnshuffle(x, 3), inputs: [sample(96, [1, 3, 6])] },
  ],
  channelShuffle: [
    { what: 'an image', f: (x) => nn.channelShuffle(x, 3), inputs: [sample(97, [2, 6, 2, 2])] },
    { what: 'a sequence', f: (x) => nn.channelShuffle(x, 2), inputs: [sample(97, [1, 4, 3])] },
  ],
};

/** Proof cases of the variants of convolution. */
export const variants: Readonly<Record<string, readonly ProofCase[]>> = { ...transposed, ...rearranged };

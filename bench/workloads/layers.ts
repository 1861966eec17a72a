import { linear, matmul, relu, type Shape, sizeOf, type Tensor } from '@convgrad/core';
import { avgPool2d, conv1d, conv2d, conv3d, convTranspose2d, deformConv2d, maxPool2d } from '@convgrad/nn';
import type { LayerName } from './names.ts';

/** A layer as a function of leaves: input, weights, and what else it takes. */
export interface LayerDefinition {
  readonly leaves: readonly Shape[];
  readonly output: Shape;
  /** Multiply-adds of the direct algorithm, forward. */
  readonly multiplyAdds: number;
  readonly compute: (...leaves: Tensor[]) => Tensor;
}

const image = [16, 64, 28, 28];
/** Positions of all outputs of one channel. */
const positions = 16 * 28 * 28;
const sampled = 64 * 9 * positions * 4;

/** The layers, float32; the same stand in the peers' files. */
export const layers: Readonly<Record<LayerName, LayerDefinition>> = {
  conv3x3: convolution([16, 64, 28, 28], 64, 3, { padding: 1 }),
  'conv3x3-128': convolution([16, 128, 14, 14], 128, 3, { padding: 1 }),
  'conv3x3-256': convolution([16, 256, 7, 7], 256, 3, { padding: 1 }),
  pointwise: {
    leaves: [image, [64, 64, 1, 1], [64]],
    output: image,
    multiplyAdds: 64 * 64 * positions,
    compute: (x, w, b) => conv2d(x, w, b),
  },
  depthwise: {
    leaves: [image, [64, 1, 3, 3], [64]],
    output: image,
    multiplyAdds: 64 * 9 * positions,
    compute: (x, w, b) => conv2d(x, w, b, { padding: 1, groups: 64 }),
  },
  'depthwise-separable': {
    leaves: [image, [64, 1, 3, 3], [64, 64, 1, 1], [64]],
    output: image,
    multiplyAdds: (64 * 9 + 64 * 64) * positions,
    compute: (x, depth, point, b) => conv2d(conv2d(x, depth, null, { padding: 1, groups: 64 }), point, b),
  },
  grouped8: {
    leaves: [image, [64, 8, 3, 3], [64]],
    output: image,
    multiplyAdds: 64 * 8 * 9 * positions,
    compute: (x, w, b) => conv2d(x, w, b, { padding: 1, groups: 8 }),
  },
  dilated2: {
    leaves: [image, [64, 64, 3, 3], [64]],
    output: image,
    multiplyAdds: 64 * 64 * 9 * positions,
    compute: (x, w, b) => conv2d(x, w, b, { padding: 2, dilation: 2 }),
  },
  transposed: {
    leaves: [[16, 64, 14, 14], [64, 64, 4, 4], [64]],
    output: image,
    multiplyAdds: 64 * 64 * 16 * 16 * 14 * 14,
    compute: (x, w, b) => convTranspose2d(x, w, b, { stride: 2, padding: 1 }),
  },
  'spatially-separable': {
    leaves: [image, [64, 64, 3, 1], [64, 64, 1, 3], [64]],
    output: image,
    multiplyAdds: 2 * 64 * 64 * 3 * positions,
    compute: (x, column, row, b) => conv2d(conv2d(x, column, null, { padding: [1, 0] }), row, b, { padding: [0, 1] }),
  },
  'deform-v1': {
    leaves: [image, [64, 64, 3, 3], [64], [16, 18, 28, 28]],
    output: image,
    multiplyAdds: 64 * 64 * 9 * positions + sampled,
    compute: (x, w, b, offset) => deformConv2d(x, offset, w, b, null, { padding: 1 }),
  },
  'deform-v2': {
    leaves: [image, [64, 64, 3, 3], [64], [16, 18, 28, 28], [16, 9, 28, 28]],
    output: image,
    multiplyAdds: 64 * 64 * 9 * positions + sampled,
    compute: (x, w, b, offset, mask) => deformConv2d(x, offset, w, b, mask, { padding: 1 }),
  },
  conv3d: {
    leaves: [[4, 16, 16, 16, 16], [16, 16, 3, 3, 3], [16]],
    output: [4, 16, 16, 16, 16],
    multiplyAdds: 16 * 16 * 27 * 4 * 16 ** 3,
    compute: (x, w, b) => conv3d(x, w, b, { padding: 1 }),
  },
  conv1d: {
    leaves: [[16, 64, 512], [64, 64, 3], [64]],
    output: [16, 64, 512],
    multiplyAdds: 64 * 64 * 3 * 16 * 512,
    compute: (x, w, b) => conv1d(x, w, b, { padding: 1 }),
  },
  linear: {
    leaves: [[64, 3136], [128, 3136], [128]],
    output: [64, 128],
    multiplyAdds: 64 * 3136 * 128,
    compute: (x, w, b) => linear(x, w, b),
  },
  'relu-maxpool': { leaves: [[64, 32, 28, 28]], output: [64, 32, 14, 14], multiplyAdds: 0, compute: (x) => maxPool2d(relu(x), 2) },
  gemm1024: {
    leaves: [
      [1024, 1024],
      [1024, 1024],
    ],
    output: [1024, 1024],
    multiplyAdds: 1024 ** 3,
    compute: (a, b) => matmul(a, b),
  },
  conv5x5: convolution([16, 64, 28, 28], 64, 5, { padding: 2 }),
  'conv3x3-stride2': convolution([8, 64, 56, 56], 128, 3, { padding: 1, stride: 2 }),
  'conv3x3-stride2-4x4': convolution([64, 128, 4, 4], 256, 3, { padding: 1, stride: 2 }),
  'conv3x3-2x2': convolution([64, 256, 2, 2], 256, 3, { padding: 1 }),
  'pointwise-2x2': convolution([64, 256, 2, 2], 256, 1, {}),
  'whole-image': convolution([64, 16, 5, 5], 120, 5, {}),
  'depthwise-stride2': convolution([16, 192, 14, 14], 192, 3, { padding: 1, stride: 2, groups: 192 }),
  depthwise5x5: convolution([16, 128, 14, 14], 128, 5, { padding: 2, groups: 128 }),
  depthwise7x7: convolution([16, 64, 28, 28], 64, 7, { padding: 3, groups: 64 }),
  avgpool: { leaves: [image], output: [16, 64, 14, 14], multiplyAdds: 0, compute: (x) => avgPool2d(x, 2) },
};

/** A convolution of square images with a square kernel, and bias. */
function convolution(
  shape: readonly [batch: number, channels: number, height: number, width: number],
  outChannels: number,
  kernel: number,
  { padding = 0, stride = 1, groups = 1 }: { readonly padding?: number; readonly stride?: number; readonly groups?: number },
): LayerDefinition {
  const [batch, channels, side] = shape;
  const weight = [outChannels, channels / groups, kernel, kernel];
  const out = Math.floor((side + 2 * padding - kernel) / stride) + 1;
  return {
    leaves: [shape, weight, [outChannels]],
    output: [batch, outChannels, out, out],
    multiplyAdds: batch * out * out * sizeOf(weight),
    compute: (x, w, b) => conv2d(x, w, b, { padding, stride, groups }),
  };
}

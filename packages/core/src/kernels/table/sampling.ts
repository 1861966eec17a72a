import { floats, type KernelDeclaration } from './declaration.ts';

/** Samples of images at real positions. */
const sampling = {
  batch: 'i32',
  groups: 'i32', // of channels that are sampled at the same positions
  channels: 'i32', // per group
  taps: 'i32',
  points: 'i32',
  rank: 'i32',
  inSize: 'i32[3]',
  order: 'i32[3]', // of the derivative by each dimension, 0 or 1
  nearest: 'i32', // the pixel at the position rounded down instead
  positionStride: 'i32', // from image to image; 0 for shared positions
} as const;

/** A deformable convolution, and how it is cut into blocks of outputs and taps. */
const deformable = {
  pixels: 'T*',
  packed: 'T*', // weights
  rank: 'i32',
  batch: 'i32',
  channels: 'i32',
  outChannels: 'i32',
  groups: 'i32',
  offsetGroups: 'i32',
  inSize: 'i32[3]',
  kernelSize: 'i32[3]',
  outSize: 'i32[3]',
  stride: 'i32[3]',
  dilation: 'i32[3]',
  padding: 'i32[3]',
  stage: 'i32', // see each source
  pointParts: 'i32', // shares of an image's outputs, a task each
  ownImages: 'i32', // a task copies its images for itself
  blockPoints: 'i32', // outputs
  blockTaps: 'i32',
  scratch: 'u8*', // scratchStride bytes for each worker
  scratchStride: 'i32',
} as const;

/** Samples of images at real positions, and deformable convolution. */
export const samplingKernels = {
  // sample.cc: samples at real positions [batch or 1, groups, taps, rank, points], and the adjoint by the image
  sampleGather: { source: 'sample', scalars: floats, fields: { x: 'T*', positions: 'T*', y: 'T*', ...sampling } },
  sampleScatter: {
    source: 'sample',
    scalars: floats,
    fields: { gradOutput: 'T*', positions: 'T*', x: 'T*', ...sampling, blockChannels: 'i32' },
  },

  // deform_conv.cc, deform_conv_grad.cc: offset [batch, offsetGroups, taps, rank, outSize]; `pixels` are the images channels-last, see each source
  deformConv: { source: 'deform_conv', scalars: floats, fields: { x: 'T*', offset: 'T*', weight: 'T*', bias: 'T*', mask: 'T*', y: 'T*', ...deformable } },
  deformConvGrad: {
    source: 'deform_conv_grad',
    scalars: floats,
    fields: {
      gradOutput: 'T*', x: 'T*', offset: 'T*', weight: 'T*', mask: 'T*', gradInput: 'T*', gradOffset: 'T*', gradWeight: 'T*', gradBias: 'T*', gradMask: 'T*',
      imageParts: 'T*', weightParts: 'T*', weightPartCount: 'i32', ...deformable,
    },
  },
} as const satisfies Record<string, KernelDeclaration>;

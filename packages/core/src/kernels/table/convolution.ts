import { floats, type KernelDeclaration } from './declaration.ts';

/** Image, kernel and output of a convolution: C/groups input and O/groups output channels per group. */
const convolution = {
  batch: 'i32',
  groups: 'i32',
  inChannels: 'i32', // per group
  outChannels: 'i32', // per group
  inSize: 'i32[3]',
  kernelSize: 'i32[3]',
  outSize: 'i32[3]',
  stride: 'i32[3]',
  dilation: 'i32[3]',
  padding: 'i32[3]', // before; the padding behind follows from outSize
} as const;

/** How a convolution is cut into blocks of outputs and channels, whose lines of the image lie in a worker's scratch memory. */
const convolutionCut = {
  stage: 'i32', // see each source
  blockImages: 'i32',
  blockSize: 'i32[3]', // outputs
  blockChannels: 'i32',
  linePitch: 'i32', // 0 where no lines are made: panels are gathered from the image, products scattered, or taps are offsets in a copy
  shareRows: 'i32', // whether taps of one column of the kernel share a line
  rowParts: 'i32', // shares of a group's output channels (for convInput: input channels)
  scratch: 'u8*', // scratchStride bytes for each worker
  scratchStride: 'i32',
} as const;

/** How a convolution with vectors over channels is cut into blocks of outputs, of all images together. */
const channelsLastCut = {
  stage: 'i32', // see the source
  turnTasks: 'i32', // tasks of stage 0 that turn images; the others pack weights
  blockOutputs: 'i32',
  blocks: 'i32',
  rowParts: 'i32',
  vectorsTogether: 'i32', // of terms, gathered at a time
  scratch: 'u8*', // scratchStride bytes for each worker
  scratchStride: 'i32',
} as const;

/** How a convolution plane by plane is cut into blocks of outputs, whose part of the image lies in a worker's scratch memory. */
const planeCut = { blockSize: 'i32[3]', scratch: 'u8*', scratchStride: 'i32' } as const;

/** A convolution with its images interleaved: `rows` channels of the result from `channels` that are read, of each group. */
const interleavedConvolution = {
  batch: 'i32',
  groups: 'i32',
  channels: 'i32',
  rows: 'i32',
  inSize: 'i32[3]',
  kernelSize: 'i32[3]',
  outSize: 'i32[3]',
  dilation: 'i32[3]',
  padding: 'i32[3]', // before
  stage: 'i32', // see each source
  blockRows: 'i32', // of outputs
} as const;

/** Convolutions: their three maps, by several algorithms. */
export const convolutionKernels = {
  // conv.cc, conv_input.cc, conv_weight.cc: the three bilinear maps; `packed` and `partial` hold what one stage leaves to the next
  conv: {
    source: 'conv',
    scalars: floats,
    fields: { x: 'T*', weight: 'T*', bias: 'T*', y: 'T*', pooled: 'i32', winners: 'u8*', packed: 'T*', ...convolution, ...convolutionCut },
  },
  convInput: { source: 'conv_input', scalars: floats, fields: { gradOutput: 'T*', weight: 'T*', bias: 'T*', x: 'T*', packed: 'T*', scatter: 'i32', ...convolution, ...convolutionCut } },
  convWeight: {
    source: 'conv_weight',
    scalars: floats,
    fields: { x: 'T*', gradOutput: 'T*', winners: 'u8*', weight: 'T*', partial: 'T*', parts: 'i32', ...convolution, ...convolutionCut },
  },

  // channels_last.cc: the same with vectors over channels, of one group
  channelsLast: {
    source: 'channels_last',
    scalars: ['f32'],
    fields: {
      source: 'T*', weight: 'T*', bias: 'T*', target: 'T*', turned: 'T*', packed: 'T*', transposed: 'i32', ...convolution, ...channelsLastCut,
    },
  },

  // plane_conv.cc, plane_weight.cc: the same for few channels a group; `rowParts` shares of a group's rows
  planeConv: { source: 'plane_conv', scalars: floats, fields: { x: 'T*', weight: 'T*', bias: 'T*', y: 'T*', ...convolution, rowParts: 'i32', ...planeCut } },
  planeInput: { source: 'plane_conv', scalars: floats, fields: { gradOutput: 'T*', weight: 'T*', bias: 'T*', x: 'T*', ...convolution, rowParts: 'i32', ...planeCut } },
  planeWeight: { source: 'plane_weight', scalars: floats, fields: { x: 'T*', gradOutput: 'T*', weight: 'T*', partial: 'T*', parts: 'i32', stage: 'i32', ...convolution, ...planeCut } },

  // plane_gradients.cc: the gradients of a depthwise one of 3x3 with stride 1 by image, weight and bias in one pass; `gradBias` may be 0
  planeGradients: {
    source: 'plane_gradients',
    scalars: floats,
    fields: {
      x: 'T*', gradOutput: 'T*', weight: 'T*', gradInput: 'T*', gradWeight: 'T*', gradBias: 'T*', partial: 'T*', parts: 'i32', stage: 'i32',
      batch: 'i32', groups: 'i32', inSize: 'i32[3]', outSize: 'i32[3]', padding: 'i32[3]', blockRows: 'i32', scratch: 'u8*', scratchStride: 'i32',
    },
  },

  // depthwise.cc: depthwise ones of images with vectors over channels
  depthwiseConv: {
    source: 'depthwise',
    scalars: ['f32'],
    fields: { x: 'T*', weight: 'T*', bias: 'T*', y: 'T*', ...convolution, scratch: 'u8*', scratchStride: 'i32' },
  },
  depthwiseInput: {
    source: 'depthwise',
    scalars: ['f32'],
    fields: { gradOutput: 'T*', weight: 'T*', bias: 'T*', x: 'T*', ...convolution, scratch: 'u8*', scratchStride: 'i32' },
  },
  depthwiseWeight: {
    source: 'depthwise',
    scalars: ['f32'],
    fields: {
      x: 'T*', gradOutput: 'T*', weight: 'T*', partial: 'T*', parts: 'i32', stage: 'i32', ...convolution, scratch: 'u8*', scratchStride: 'i32',
    },
  },

  // interleaved_conv.cc, interleaved_weight.cc: the same with stride 1 for few channels and many images; sizes are those of the direction
  interleavedConv: {
    source: 'interleaved_conv',
    scalars: ['f32'],
    fields: {
      x: 'T*', weight: 'T*', bias: 'T*', y: 'T*', packed: 'T*', transposed: 'i32', ...interleavedConvolution, scratch: 'u8*', scratchStride: 'i32',
    },
  },
  interleavedWeight: {
    source: 'interleaved_weight',
    scalars: ['f32'],
    fields: {
      x: 'T*', gradOutput: 'T*', weight: 'T*', partial: 'T*', parts: 'i32', sumPitch: 'i32', ...interleavedConvolution,
      scratch: 'u8*', scratchStride: 'i32',
    },
  },
} as const satisfies Record<string, KernelDeclaration>;

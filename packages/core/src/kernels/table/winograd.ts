import type { KernelDeclaration } from './declaration.ts';

/** A convolution by tiles: `rows` channels of the result from `channels` that are read. */
const tiledConvolution = {
  batch: 'i32',
  channels: 'i32',
  rows: 'i32',
  depthTaps: 'i32', // slices of the kernel
  inSize: 'i32[3]',
  outSize: 'i32[3]',
  dilation: 'i32[3]',
  padding: 'i32[3]', // before
  stage: 'i32', // see each source
} as const;

/** A 3x3 convolution as tiles that lie side by side: `rows` channels of the result from `channels` that are read, of each group. */
const thinConvolution = {
  batch: 'i32',
  groups: 'i32',
  channels: 'i32',
  rows: 'i32',
  inSize: 'i32[3]',
  outSize: 'i32[3]',
  padding: 'i32[3]', // before
  stage: 'i32', // see each source
  parts: 'i32', // of a group's rows of tiles
} as const;

/** A convolution by the phases of its stride: `rows` channels of the result from `channels` that are read. */
const phaseConvolution = {
  batch: 'i32',
  channels: 'i32',
  rows: 'i32',
  inSize: 'i32[3]',
  kernelSize: 'i32[3]',
  outSize: 'i32[3]',
  stride: 'i32[3]',
  padding: 'i32[3]', // before
  taps: 'i32[3]', // of the phase that has the most
  stage: 'i32', // see each source
} as const;

/** Convolutions by Winograd's algorithm. */
export const winogradKernels = {
  // winograd.cc, winograd_weight.cc: 3x3 kernels with stride 1; what one stage leaves to the next has a stride from point to point
  winograd: {
    source: 'winograd',
    scalars: ['f32'],
    fields: {
      x: 'T*', inWinners: 'u8*', weight: 'T*', bias: 'T*', y: 'T*', pooled: 'i32', winners: 'u8*', transformed: 'T*', transposed: 'i32',
      ...tiledConvolution, sharesInputs: 'i32', blockTiles: 'i32', blocks: 'i32',
      rowParts: 'i32', partBlocks: 'i32', weightStride: 'i32', inputStride: 'i32', inputPitch: 'i32', sumStride: 'i32', scratch: 'u8*',
      scratchStride: 'i32',
    },
  },
  winogradWeight: {
    source: 'winograd_weight',
    scalars: ['f32'],
    fields: {
      x: 'T*', gradOutput: 'T*', winners: 'u8*', weight: 'T*', partial: 'T*', ...tiledConvolution, rowParts: 'i32', tileParts: 'i32', chunks: 'i32',
      cotangentStride: 'i32', inputStride: 'i32', sumStride: 'i32', scratch: 'u8*', scratchStride: 'i32',
    },
  },

  // thin_winograd.cc, thin_winograd_weight.cc: the same for few channels a group
  thinWinograd: {
    source: 'thin_winograd',
    scalars: ['f32'],
    fields: {
      x: 'T*', weight: 'T*', bias: 'T*', y: 'T*', transformed: 'T*', transposed: 'i32', ...thinConvolution, chunkRows: 'i32',
      scratch: 'u8*', scratchStride: 'i32',
    },
  },
  thinWinogradWeight: {
    source: 'thin_winograd_weight',
    scalars: ['f32'],
    fields: {
      x: 'T*', gradOutput: 'T*', weight: 'T*', partial: 'T*', ...thinConvolution, blockRows: 'i32', stepVectors: 'i32', tapPitch: 'i32',
      scratch: 'u8*', scratchStride: 'i32',
    },
  },

  // phase_conv.cc, phase_weight.cc: the same for kernels of few taps for each phase of a stride; of `transposed` ones x has the gradient's size
  phaseConv: {
    source: 'phase_conv',
    scalars: ['f32'],
    fields: {
      x: 'T*', weight: 'T*', bias: 'T*', y: 'T*', transformed: 'T*', sharedInputs: 'T*', transposed: 'i32', ...phaseConvolution,
      weightTasks: 'i32', blockTiles: 'i32', blocks: 'i32', vectorsTogether: 'i32', rowParts: 'i32', partBlocks: 'i32', weightStride: 'i32',
      inputStride: 'i32', inputPitch: 'i32', sumStride: 'i32', scratch: 'u8*', scratchStride: 'i32',
    },
  },
  phaseWeight: {
    source: 'phase_weight',
    scalars: ['f32'],
    fields: {
      x: 'T*', gradOutput: 'T*', weight: 'T*', partial: 'T*', ...phaseConvolution, rowParts: 'i32', panelParts: 'i32', tileParts: 'i32',
      chunks: 'i32', cotangentStride: 'i32', inputStride: 'i32', sumStride: 'i32', scratch: 'u8*', scratchStride: 'i32',
    },
  },
} as const satisfies Record<string, KernelDeclaration>;

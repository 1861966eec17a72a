/**
 * The binary interface of the kernels: every kernel, its scalar types, its source file and the fields of its argument block.
 *
 * The C++ header `kernels/generated/kernel_args.h` is generated from this table, and the TypeScript types of `launch` are
 * derived from it, so a field that one side names and the other does not is a compile error.
 *
 * A field is a pointer (`T*` to the kernel's scalar, or to a fixed type; a 32-bit byte offset into the one memory), a 32-bit
 * integer, a float64, or a fixed-size list of integers. Images are N-d with up to three spatial dimensions: `[3]` fields
 * hold (depth, height, width), 1 (or 0 for padding) where a dimension is missing.
 */

/** Scalar types a kernel can be compiled for; `i32` and `u8` also stand for "any element of 4 or 1 bytes" in pure copies, `f64` for 8. */
export type Scalar = 'f32' | 'f64' | 'i32' | 'u8';

/** Type of one field of an argument block. */
export type FieldType = 'T*' | 'f32*' | 'i32*' | 'u8*' | 'i32' | 'f64' | 'i32[3]' | 'i32[8]';

/** One kernel: the file that defines it, what it is compiled for, and its argument block in order. */
export interface KernelDeclaration {
  readonly source: string;
  readonly scalars: readonly Scalar[];
  readonly fields: Readonly<Record<string, FieldType>>;
}

const floats = ['f32', 'f64'] as const;
const numbers = ['f32', 'f64', 'i32'] as const;
const widths = ['u8', 'i32', 'f64'] as const;

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

/** Windows of a pooling over `planes` images of one channel. */
const windows = {
  planes: 'i32',
  inSize: 'i32[3]',
  kernelSize: 'i32[3]',
  outSize: 'i32[3]',
  stride: 'i32[3]',
  dilation: 'i32[3]',
  padding: 'i32[3]',
} as const;

/** Windows of `kernelRows` x 2 that lie side by side in `planes` images of one channel, and are all inside. */
const pairs = { planes: 'i32', kernelRows: 'i32', inHeight: 'i32', inWidth: 'i32', outHeight: 'i32', outWidth: 'i32' } as const;

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

/** A tensor seen as [outer, length, inner], the middle one being the dimension a kernel works along. */
const along = { outer: 'i32', length: 'i32', inner: 'i32' } as const;

/** Names of the operations that a kernel selects by a number: C++ gets an `enum class`, TypeScript a union of literals. */
export const operations = {
  UnaryOp: [
    'neg', 'abs', 'sign', 'exp', 'expm1', 'log', 'log1p', 'log2', 'sqrt', 'rsqrt', 'square', 'reciprocal',
    'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'sigmoid', 'relu', 'erf',
    'floor', 'ceil', 'round', 'trunc', 'clamp',
  ],
  /** reluGrad(g, y) = g where y > 0 else 0; sigmoidGrad(g, y) = g y (1 - y); tanhGrad(g, y) = g (1 - y^2). */
  BinaryOp: ['add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum', 'atan2', 'reluGrad', 'sigmoidGrad', 'tanhGrad'],
  /** Comparisons give uint8; the logical ones take any non-zero value as true. */
  CompareOp: ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'logicalAnd', 'logicalOr', 'logicalXor'],
  TestOp: ['isNaN', 'isFinite', 'logicalNot'],
  ReduceOp: ['sum', 'prod', 'max', 'min'],
  LogicalReduceOp: ['any', 'all'],
  ArgReduceOp: ['argmax', 'argmin'],
  SoftmaxOp: ['softmax', 'logSoftmax'],
  ElementType: ['f32', 'f64', 'i32', 'u8'],
} as const;

/** Name of a list of operations, such as `UnaryOp`. */
export type OperationSet = keyof typeof operations;
/** The literals of one list of operations. */
export type Operation<S extends OperationSet> = (typeof operations)[S][number];

/** Every kernel. */
export const kernelTable = {
  // pointwise.cc
  unary: { source: 'unary', scalars: numbers, fields: { op: 'i32', x: 'T*', y: 'T*', size: 'i32', lower: 'f64', upper: 'f64' } },
  test: { source: 'pointwise', scalars: [...numbers, 'u8'], fields: { op: 'i32', x: 'T*', y: 'u8*', size: 'i32' } },
  binary: {
    source: 'pointwise',
    scalars: numbers,
    fields: { op: 'i32', a: 'T*', b: 'T*', y: 'T*', rank: 'i32', shape: 'i32[8]', aStrides: 'i32[8]', bStrides: 'i32[8]' },
  },
  compare: {
    source: 'pointwise',
    scalars: [...numbers, 'u8'],
    fields: { op: 'i32', a: 'T*', b: 'T*', y: 'u8*', rank: 'i32', shape: 'i32[8]', aStrides: 'i32[8]', bStrides: 'i32[8]' },
  },
  where: {
    source: 'pointwise',
    scalars: widths,
    fields: {
      condition: 'u8*', a: 'T*', b: 'T*', y: 'T*', rank: 'i32', shape: 'i32[8]',
      conditionStrides: 'i32[8]', aStrides: 'i32[8]', bStrides: 'i32[8]',
    },
  },

  // movement.cc: copies between strided places; cast and fill
  copy: {
    source: 'movement',
    scalars: widths,
    fields: { x: 'T*', y: 'T*', rank: 'i32', shape: 'i32[8]', xStrides: 'i32[8]', yStrides: 'i32[8]' },
  },
  cast: { source: 'cast', scalars: ['u8'], fields: { x: 'u8*', y: 'u8*', size: 'i32', from: 'i32', to: 'i32' } },
  fill: { source: 'movement', scalars: [...numbers, 'u8'], fields: { y: 'T*', size: 'i32', value: 'f64' } },

  // reduction.cc: y is [outer, parts, inner], part p reducing its share of length; overflow is set to 1 where an int32 sum or product overflows
  reduce: {
    source: 'reduction',
    scalars: numbers,
    fields: { op: 'i32', x: 'T*', y: 'T*', ...along, parts: 'i32', overflow: 'i32*' },
  },
  reduceLogical: {
    source: 'reduction_logical',
    scalars: [...numbers, 'u8'],
    fields: { op: 'i32', x: 'T*', y: 'u8*', ...along, parts: 'i32' },
  },
  argReduce: { source: 'reduction', scalars: numbers, fields: { op: 'i32', x: 'T*', values: 'T*', indices: 'i32*', ...along } },
  cumsum: { source: 'reduction', scalars: numbers, fields: { x: 'T*', y: 'T*', ...along, reverse: 'i32', overflow: 'i32*' } },
  sort: { source: 'sort', scalars: numbers, fields: { x: 'T*', values: 'T*', indices: 'i32*', ...along, descending: 'i32', scratch: 'u8*', scratchStride: 'i32' } },

  // softmax.cc
  softmax: { source: 'softmax', scalars: floats, fields: { op: 'i32', x: 'T*', y: 'T*', ...along } },
  softmaxGrad: { source: 'softmax', scalars: floats, fields: { op: 'i32', y: 'T*', gradOutput: 'T*', gradInput: 'T*', ...along } },
  logSumExp: { source: 'softmax', scalars: floats, fields: { x: 'T*', y: 'T*', ...along } },

  // indexing.cc: x or y [outer, length, inner]; one index list for all rows (select) or one index an element (gather); y += if accumulate
  indexSelect: { source: 'indexing', scalars: widths, fields: { x: 'T*', indices: 'i32*', y: 'T*', ...along, count: 'i32' } },
  indexAdd: {
    source: 'indexing',
    scalars: numbers,
    fields: { x: 'T*', indices: 'i32*', y: 'T*', ...along, count: 'i32', accumulate: 'i32' },
  },
  gather: { source: 'indexing', scalars: widths, fields: { x: 'T*', indices: 'i32*', y: 'T*', ...along, count: 'i32' } },
  scatterAdd: {
    source: 'indexing',
    scalars: numbers,
    fields: { x: 'T*', indices: 'i32*', y: 'T*', ...along, count: 'i32', accumulate: 'i32' },
  },

  // gemm.cc: c[b] = op(a[b]) op(b[b]) (+ rowBias[m]) (+ columnBias[n]) (+ c[b]); op(a) is [m, k], op(b) [k, n]; row-major, strides in elements
  gemm: {
    source: 'gemm',
    scalars: floats,
    fields: {
      a: 'T*', b: 'T*', c: 'T*', rowBias: 'T*', columnBias: 'T*', m: 'i32', n: 'i32', k: 'i32', transposeA: 'i32', transposeB: 'i32',
      accumulate: 'i32', batch: 'i32', aStride: 'i32', bStride: 'i32', cStride: 'i32',
      dot: 'i32', blockM: 'i32', blockN: 'i32', blockK: 'i32', scratch: 'u8*', scratchStride: 'i32',
    },
  },

  // shared_gemm.cc: the same for one pair of matrices, `depth` steps of the sum from `step` on; `prepared` is what one stage leaves to the next
  sharedGemm: {
    source: 'shared_gemm',
    scalars: floats,
    fields: {
      a: 'T*', b: 'T*', c: 'T*', rowBias: 'T*', columnBias: 'T*', m: 'i32', n: 'i32', k: 'i32', transposeA: 'i32', transposeB: 'i32',
      copyB: 'i32', accumulate: 'i32', stage: 'i32', step: 'i32', depth: 'i32', blockK: 'i32', rowParts: 'i32', prepared: 'T*',
    },
  },

  // long_gemm.cc: the same of rows that both run along a long sum; `partial` holds what one stage leaves to the next
  longGemm: {
    source: 'long_gemm',
    scalars: floats,
    fields: {
      a: 'T*', b: 'T*', c: 'T*', rowBias: 'T*', columnBias: 'T*', m: 'i32', n: 'i32', k: 'i32', pitch: 'i32', parts: 'i32', blockK: 'i32',
      stage: 'i32', partial: 'T*', scratch: 'u8*', scratchStride: 'i32',
    },
  },

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

  // max_pool.cc, avg_pool.cc: indices are flat positions in the plane of the input
  maxPool: { source: 'max_pool', scalars: floats, fields: { x: 'T*', y: 'T*', indices: 'i32*', ...windows } },
  avgPool: {
    source: 'avg_pool',
    scalars: floats,
    fields: {
      x: 'T*', y: 'T*', countIncludePad: 'i32', divisorOverride: 'i32', paddingAfter: 'i32[3]', ...windows, scratch: 'u8*', scratchStride: 'i32',
    },
  },
  avgPoolGrad: {
    source: 'avg_pool',
    scalars: floats,
    fields: {
      gradOutput: 'T*', gradInput: 'T*', countIncludePad: 'i32', divisorOverride: 'i32', paddingAfter: 'i32[3]', ...windows,
      scratch: 'u8*', scratchStride: 'i32',
    },
  },

  // max_pool_pairs.cc: `winners` are the numbers of the taps that were taken, 255 for none; indices and winners may be 0
  maxPoolPairs: { source: 'max_pool_pairs', scalars: floats, fields: { x: 'T*', y: 'T*', indices: 'i32*', winners: 'u8*', relu: 'i32', ...pairs } },
  maxPoolPairsGrad: { source: 'max_pool_pairs', scalars: floats, fields: { gradOutput: 'T*', winners: 'u8*', gradInput: 'T*', ...pairs } },
  maxPoolPairsSum: {
    source: 'max_pool_pairs',
    scalars: floats,
    fields: { gradOutput: 'T*', winners: 'u8*', y: 'T*', batch: 'i32', channels: 'i32', length: 'i32' },
  },
  maxPoolPairsPick: { source: 'max_pool_pairs', scalars: floats, fields: { x: 'T*', winners: 'u8*', y: 'T*', ...pairs } },

  // patches.cc: y is [planes, kernelSize, outSize]; the copy by element width, its adjoint by scalar
  unfold: { source: 'patches', scalars: widths, fields: { x: 'T*', y: 'T*', ...windows } },
  fold: { source: 'patches', scalars: numbers, fields: { y: 'T*', x: 'T*', ...windows } },

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

  // optimizer.cc: `table` has `count` rows of 32-bit offsets and sizes, one a parameter: see each kernel
  sgd: {
    source: 'optimizer',
    scalars: floats,
    fields: {
      table: 'i32*', count: 'i32', lr: 'f64', momentum: 'f64', dampening: 'f64', weightDecay: 'f64', nesterov: 'i32', maximize: 'i32',
    }, // row: parameter, gradient, momentum buffer (0 without momentum), size, first step (1: the buffer becomes the gradient)
  },
  adam: {
    source: 'optimizer',
    scalars: floats,
    fields: {
      table: 'i32*', count: 'i32', lr: 'f64', beta1: 'f64', beta2: 'f64', eps: 'f64', weightDecay: 'f64', decoupled: 'i32',
      amsgrad: 'i32', maximize: 'i32',
    }, // row: parameter, gradient, first moment, second moment, largest second moment (0 without amsgrad), size, step number (1, 2, ..)
  },

  // peak.cc: the bench's ruler: multiply-adds on register tiles, operands in the first-level cache
  peak: { source: 'peak', scalars: floats, fields: { a: 'T*', b: 'T*', c: 'T*', tile: 'i32', depth: 'i32', repetitions: 'i32' } },
} as const satisfies Record<string, KernelDeclaration>;

/** Name of a kernel. */
export type KernelName = keyof typeof kernelTable;

/** The scalars that a kernel is compiled for. */
export type ScalarOf<K extends KernelName> = (typeof kernelTable)[K]['scalars'][number];

type FieldValue<F> = F extends 'i32[3]' | 'i32[8]' ? readonly number[] : number;
type Fields<K extends KernelName> = (typeof kernelTable)[K]['fields'];

/** The arguments of one launch: every field of the kernel's block, by name. */
export type KernelArguments<K extends KernelName> = {
  readonly [F in keyof Fields<K>]: FieldValue<Fields<K>[F]>;
};

import { floats, type KernelDeclaration, numbers, widths } from './declaration.ts';

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

/** Pooling, and patches of images. */
export const windowKernels = {
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
} as const satisfies Record<string, KernelDeclaration>;

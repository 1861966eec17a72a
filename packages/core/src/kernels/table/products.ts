import { floats, type KernelDeclaration } from './declaration.ts';

/** Products of matrices. */
export const productKernels = {
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

  // peak.cc: the bench's ruler: multiply-adds on register tiles, operands in the first-level cache
  peak: { source: 'peak', scalars: floats, fields: { a: 'T*', b: 'T*', c: 'T*', tile: 'i32', depth: 'i32', repetitions: 'i32' } },
} as const satisfies Record<string, KernelDeclaration>;

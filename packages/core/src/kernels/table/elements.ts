import { type KernelDeclaration, numbers, widths } from './declaration.ts';

/** Kernels of single elements: functions, copies between strided places. */
export const elementKernels = {
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
} as const satisfies Record<string, KernelDeclaration>;

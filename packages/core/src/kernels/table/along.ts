import { floats, type KernelDeclaration, numbers, widths } from './declaration.ts';

/** A tensor seen as [outer, length, inner], the middle one being the dimension a kernel works along. */
const along = { outer: 'i32', length: 'i32', inner: 'i32' } as const;

/** Kernels along a dimension. */
export const kernelsAlong = {
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
} as const satisfies Record<string, KernelDeclaration>;

/*
 * The kernels, for packages that define functions of their own (@convgrad/core/kernels): numbers only, arguments are trusted.
 */
export * from './convolution.ts';
export * from './deform.ts';
export * from './dtype.ts';
export * from './gemm.ts';
export * from './indexing.ts';
export type { Pointer } from './memory.ts';
export { views, workerCount } from './memory.ts';
export * from './movement.ts';
export * from './optimizer.ts';
export * from './patches.ts';
export * from './pointwise.ts';
export * from './pool.ts';
export * from './pooled_convolution.ts';
export * from './reduction.ts';
export * from './sample.ts';
export * from './softmax.ts';
export * from './sort.ts';
export { tasksRun } from './threads/launching.ts';

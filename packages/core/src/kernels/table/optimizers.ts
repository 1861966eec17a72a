import { floats, type KernelDeclaration } from './declaration.ts';

/** Steps of optimizers. */
export const optimizerKernels = {
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
} as const satisfies Record<string, KernelDeclaration>;

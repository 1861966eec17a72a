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

import { kernelsAlong } from './table/along.ts';
import { convolutionKernels } from './table/convolution.ts';
import { elementKernels } from './table/elements.ts';
import { optimizerKernels } from './table/optimizers.ts';
import { productKernels } from './table/products.ts';
import { samplingKernels } from './table/sampling.ts';
import { windowKernels } from './table/windows.ts';
import { winogradKernels } from './table/winograd.ts';

/** Every kernel. */
export const kernelTable = {
  ...elementKernels,
  ...kernelsAlong,
  ...productKernels,
  ...convolutionKernels,
  ...winogradKernels,
  ...windowKernels,
  ...samplingKernels,
  ...optimizerKernels,
};

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

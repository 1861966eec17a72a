/* What a row of the table of kernels says. */

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

export const floats = ['f32', 'f64'] as const;
export const numbers = ['f32', 'f64', 'i32'] as const;
export const widths = ['u8', 'i32', 'f64'] as const;

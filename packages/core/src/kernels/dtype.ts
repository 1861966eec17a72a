import type { Scalar } from './table/declaration.ts';

/** Element type of a tensor. */
export type DType = 'float32' | 'float64' | 'int32' | 'uint8';
/** The dtypes that can have gradients. */
export type FloatDType = 'float32' | 'float64';

/** A typed array of one of the four dtypes. */
export type DTypeArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** What the kernels call each dtype. */
export const scalarOf = { float32: 'f32', float64: 'f64', int32: 'i32', uint8: 'u8' } as const satisfies Record<DType, Scalar>;

/** Bytes an element takes. */
export const bytesPerElement: Readonly<Record<DType, number>> = { float32: 4, float64: 8, int32: 4, uint8: 1 };

/**
 * Whether tensors of this dtype can require gradients.
 *
 * @example isFloat('int32') // false
 */
export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === 'float32' || dtype === 'float64';
}

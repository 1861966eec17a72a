import { expect } from 'chai';
import { bytesPerElement, type DType } from '../../../packages/core/src/kernels/dtype.ts';
import { type Pointer, reserve, views } from '../../../packages/core/src/kernels/memory.ts';

const regionBytes = 64 << 20;
/** Behind every place: bytes that no kernel may write, and that as numbers are NaN, so that none may count them either. */
const guardBytes = 512;
const guardByte = 0xff;

const region = reserve(regionBytes);
let next = region;

/** Gives back all places: for `beforeEach`. */
export function clearPlaces(): void {
  next = region;
}

/** A place in the kernels' memory for `size` elements, filled with rubbish. */
export function room(dtype: DType, size: number): Pointer {
  const bytes = size * bytesPerElement[dtype];
  const pointer = next;
  next += 64 * Math.ceil((bytes + guardBytes) / 64);
  if (next > region + regionBytes) throw new Error('the places of one test take more than their region');
  views().u8.fill(guardByte, pointer, next);
  return pointer;
}

/** A place that holds `values`. */
export function place(dtype: DType, values: ArrayLike<number>): Pointer {
  const pointer = room(dtype, values.length);
  viewAt(dtype, pointer, values.length).set(values);
  return pointer;
}

/** The elements at a place; fails where something was written behind them. */
export function read(dtype: DType, pointer: Pointer, size: number): number[] {
  const end = pointer + size * bytesPerElement[dtype];
  const { u8 } = views();
  for (let at = end; at < end + guardBytes / 2; at++) {
    if (u8[at] !== guardByte) expect.fail('a kernel wrote behind the end of an array');
  }
  // By a loop: Array.from asks an iterator for each.
  const view = viewAt(dtype, pointer, size);
  const elements = new Array<number>(size);
  for (let i = 0; i < size; i++) elements[i] = view[i];
  return elements;
}

function viewAt(dtype: DType, pointer: Pointer, size: number): Float32Array | Float64Array | Int32Array | Uint8Array {
  const { f32, f64, i32, u8 } = views();
  const view = { float32: f32, float64: f64, int32: i32, uint8: u8 }[dtype];
  const start = pointer / bytesPerElement[dtype];
  return view.subarray(start, start + size);
}

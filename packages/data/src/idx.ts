import { readFileSync } from 'node:fs';
import { type DTypeArray, ResourceError, type Shape } from '@convgrad/core';

/*
 * IDX, the format of the MNIST files (LeCun, Cortes, Burges: "The MNIST database of handwritten digits"): two zero bytes, the code of
 * the element type, the number of dimensions, each dimension as a big-endian 32-bit integer, then the elements, row-major and big-endian.
 */

/** Numbers of an IDX file. */
export interface IdxArray {
  readonly shape: Shape;
  readonly data: DTypeArray;
}

interface ElementType {
  readonly bytes: number;
  read(view: DataView, bytesBefore: number, size: number): DTypeArray;
}

const elementTypes: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [0x08, { bytes: 1, read: (view, before, size) => new Uint8Array(view.buffer, view.byteOffset + before, size) }],
  [0x09, { bytes: 1, read: (view, before, size) => Int32Array.from({ length: size }, (_, i) => view.getInt8(before + i)) }],
  [0x0b, { bytes: 2, read: (view, before, size) => Int32Array.from({ length: size }, (_, i) => view.getInt16(before + 2 * i)) }],
  [0x0c, { bytes: 4, read: (view, before, size) => Int32Array.from({ length: size }, (_, i) => view.getInt32(before + 4 * i)) }],
  [0x0d, { bytes: 4, read: (view, before, size) => Float32Array.from({ length: size }, (_, i) => view.getFloat32(before + 4 * i)) }],
  [0x0e, { bytes: 8, read: (view, before, size) => Float64Array.from({ length: size }, (_, i) => view.getFloat64(before + 8 * i)) }],
]);

/**
 * Reads the bytes of an IDX file: bytes become a Uint8Array that shares the memory, the other integers an Int32Array, floats a
 * Float32Array or Float64Array.
 *
 * @param name of the file, for error messages
 * @throws ResourceError if the header or the length is not that of an IDX file
 * @example
 * const { shape, data } = parseIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 9), 'digits.idx');
 * tensor(data, { shape }) // [7, 9]
 */
export function parseIdx(bytes: Uint8Array, name: string): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0) throw new ResourceError(`parseIdx: ${name} does not begin like an IDX file`);
  const elementType = elementTypes.get(view.getUint8(2));
  if (elementType === undefined) {
    throw new ResourceError(`parseIdx: ${name} has the unknown element type 0x${view.getUint8(2).toString(16).padStart(2, '0')}`);
  }
  const rank = view.getUint8(3);
  const header = 4 + 4 * rank;
  if (bytes.length < header)
    throw new ResourceError(`parseIdx: ${name} ends within its header: ${header} bytes expected, got ${bytes.length}`);
  const shape = Array.from({ length: rank }, (_, d) => view.getUint32(4 + 4 * d));
  const size = shape.reduce((product, length) => product * length, 1);
  const expected = header + size * elementType.bytes;
  if (bytes.length !== expected) {
    throw new ResourceError(`parseIdx: ${name} holds [${shape.join(', ')}] in ${expected} bytes by its header, but has ${bytes.length}`);
  }
  return { shape, data: elementType.read(view, header, size) };
}

/**
 * Reads an IDX file.
 *
 * @throws ResourceError if it cannot be read or is not an IDX file
 * @example
 * const { shape, data } = readIdx(labelFile);
 * shape // [10_000]
 */
export function readIdx(path: string): IdxArray {
  return parseIdx(readBytes('readIdx', path), path);
}

/** The bytes of a file; a ResourceError says `remedy` where it cannot be read. */
export function readBytes(name: string, path: string, remedy = ''): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const reason = missing ? 'is missing' : `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`;
    throw new ResourceError(`${name}: ${path} ${reason}${remedy}`, { cause });
  }
}

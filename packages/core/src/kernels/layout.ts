import { alignUp } from './align.ts';
import type { FieldType, KernelDeclaration, Scalar } from './table/declaration.ts';
import { operations } from './table/operations.ts';
import { kernelTable } from './table.ts';

/** Pages of 64 KiB that the binary's stack and data may take; the memory starts with them. */
export const initialMemoryPages = 64;
/** The most pages that 32-bit addresses reach. */
export const maximumMemoryPages = 65536;

/** Where one field lies in its kernel's argument block. */
export interface FieldLayout {
  readonly name: string;
  readonly type: FieldType;
  readonly offset: number;
}

/** The argument block of one kernel as both sides see it, in bytes; the C++ header asserts every number. */
export interface BlockLayout {
  readonly fields: readonly FieldLayout[];
  readonly size: number;
}

/** 32-bit words that a field takes. */
export const fieldWords: Readonly<Record<FieldType, number>> = {
  'T*': 1,
  'f32*': 1,
  'i32*': 1,
  'u8*': 1,
  i32: 1,
  f64: 2,
  'i32[3]': 3,
  'i32[8]': 8,
};

/** Lays out a kernel's fields by the rules of C: in order, each aligned to its own size, the whole to its largest alignment. */
export function layoutOf(declaration: KernelDeclaration): BlockLayout {
  let end = 0;
  let alignment = 4;
  const fields: FieldLayout[] = [];
  for (const [name, type] of Object.entries(declaration.fields)) {
    const fieldAlignment = type === 'f64' ? 8 : 4;
    alignment = Math.max(alignment, fieldAlignment);
    const offset = alignUp(end, fieldAlignment);
    fields.push({ name, type, offset });
    end = offset + 4 * fieldWords[type];
  }
  return { fields, size: alignUp(end, alignment) };
}

/** The table's rows by name. */
export const kernelDeclarations: ReadonlyMap<string, KernelDeclaration> = new Map(Object.entries(kernelTable));

/** One compiled kernel: its position in this list is its number in a launch. */
export interface KernelInstance {
  readonly kernel: string;
  readonly scalar: Scalar;
}

/** Every kernel with every scalar it is compiled for, in the order of the table. */
export const kernelInstances: readonly KernelInstance[] = [...kernelDeclarations].flatMap(([kernel, { scalars }]) =>
  scalars.map((scalar) => ({ kernel, scalar })),
);

/** A number that changes with the table; a binary that carries another one was built for another interface. */
export const interfaceVersion: number = hashOf(JSON.stringify([kernelTable, operations]));

// FNV-1a.
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash;
}

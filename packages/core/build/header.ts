import { kernelDeclarations, layoutOf } from '../src/kernels/layout.ts';
import type { FieldType, KernelDeclaration } from '../src/kernels/table/declaration.ts';
import { operations } from '../src/kernels/table/operations.ts';

const memberTypes: Readonly<Record<FieldType, (name: string) => string>> = {
  'T*': (name) => `Pointer<T> ${name}`,
  'f32*': (name) => `Pointer<f32> ${name}`,
  'i32*': (name) => `Pointer<i32> ${name}`,
  'u8*': (name) => `Pointer<u8> ${name}`,
  i32: (name) => `i32 ${name}`,
  f64: (name) => `f64 ${name}`,
  'i32[3]': (name) => `i32 ${name}[3]`,
  'i32[8]': (name) => `i32 ${name}[8]`,
};

/** Name of the C++ struct that holds a kernel's arguments: `maxPool` -> `MaxPoolArgs`. */
export function argumentStruct(kernel: string): string {
  return `${kernel.charAt(0).toUpperCase()}${kernel.slice(1)}Args`;
}

/**
 * The text of `kernel_args.h`: operation lists, argument structs, and assertions that their layout is the one `launch` writes.
 *
 * With `source` only the structs of that source's kernels: its objects then need no rebuild when another kernel's arguments change.
 */
export function kernelArgumentsHeader(source?: string): string {
  const kernels = [...kernelDeclarations].filter(([, declaration]) => source === undefined || declaration.source === source);
  return [
    '// Generated from src/kernels/table/ by `npm run kernels`.',
    '#pragma once',
    '',
    '#include <cstddef>',
    '',
    'namespace convgrad {',
    '',
    ...Object.entries(operations).map(([set, names]) => `enum class ${set} : i32 { ${names.join(', ')} };`),
    '',
    ...kernels.flatMap(([name, declaration]) => structLines(name, declaration)),
    '}  // namespace convgrad',
    '',
  ].join('\n');
}

function structLines(kernel: string, declaration: KernelDeclaration): string[] {
  const struct = argumentStruct(kernel);
  const layout = layoutOf(declaration);
  return [
    'template <class T>',
    `struct ${struct} {`,
    ...layout.fields.map((field) => `  ${memberTypes[field.type](field.name)};`),
    '};',
    `static_assert(sizeof(${struct}<f32>) == ${layout.size});`,
    ...layout.fields.map((field) => `static_assert(offsetof(${struct}<f32>, ${field.name}) == ${field.offset});`),
    '',
  ];
}

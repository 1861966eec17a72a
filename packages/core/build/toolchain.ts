import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { initialMemoryPages, maximumMemoryPages } from '../src/kernels/layout.ts';
import type { KernelVariant } from '../src/kernels/variant.ts';

const pageBytes = 65536;

/** Flags of the compiler proper for one variant. */
export function compileFlags(variant: KernelVariant): string[] {
  return [
    '--target=wasm32-wasip1',
    ...['-c', '-I.', '-O3', '-std=c++20', '-fno-exceptions', '-fno-rtti', '-ffp-contract=fast'],
    ...['-msimd128', '-matomics', '-mbulk-memory'],
    ...(variant === 'relaxed' ? ['-mrelaxed-simd'] : []),
    ...['-Wall', '-Wextra', '-Werror'],
  ];
}

/** Flags of the linker. The packaged libm was built without atomics, which its pure functions do not miss: hence no feature check. */
export const linkFlags: readonly string[] = [
  '--target=wasm32-wasip1',
  '-nostartfiles',
  '-Wl,--no-entry,--export-dynamic,--export=__heap_base,--import-memory,--shared-memory,--no-check-features,--stack-first',
  `-Wl,-z,stack-size=${16 * pageBytes},--initial-memory=${initialMemoryPages * pageBytes},--max-memory=${maximumMemoryPages * pageBytes}`,
];

/** Version of the installed compiler package. Throws when there is none. */
export function compilerVersion(): string {
  const entry = compilerEntry();
  const manifest: unknown = JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest && typeof manifest.version === 'string') {
    return manifest.version;
  }
  throw new Error('@yowasp/clang has a package.json without a version');
}

function compilerEntry(): string {
  try {
    return createRequire(import.meta.url).resolve('@yowasp/clang');
  } catch (cause) {
    throw new Error('the compiler of the kernels, the npm package @yowasp/clang, is not installed: run `npm ci`', { cause });
  }
}

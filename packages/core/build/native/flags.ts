import { createRequire } from 'node:module';
import { nodeApiVersion } from '../../src/kernels/backends/native_file.ts';
import { interfaceVersion } from '../../src/kernels/layout.ts';
import type { InstructionSet } from './instruction_sets.ts';

// Neither of the two math flags changes a result: there is no errno to set, and nobody asks which exceptions a number raised.
const common = [
  ...['-c', '-I.', '-O3', '-std=c++20', '-fPIC', '-pthread', '-fvisibility=hidden', '-fno-exceptions', '-fno-rtti'],
  ...['-ffp-contract=fast', '-fno-math-errno', '-fno-trapping-math'],
];

/**
 * Flags for the kernels of one set. Each set has a namespace of its own: else the linker would take one copy of an inline function for
 * all of them, and that of AVX-512 would run on processors that have none.
 */
export function kernelFlags(set: InstructionSet): readonly string[] {
  return [...common, ...set.flags, `-Dconvgrad=convgrad_${set.name}`];
}

/** Flags for the addon's own code, which runs everywhere. */
export function addonFlags(): readonly string[] {
  return [...common, `-I${nodeHeaders()}`, `-DNAPI_VERSION=${nodeApiVersion}`, `-DCONVGRAD_INTERFACE_VERSION=${interfaceVersion}`];
}

/** Flags of the linker: Node itself defines the functions of its interface. */
export const linkFlags: readonly string[] =
  process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-pthread', '-Wl,-z,now'];

function nodeHeaders(): string {
  const headers: unknown = createRequire(import.meta.url)('node-api-headers');
  if (typeof headers === 'object' && headers !== null && 'include_dir' in headers && typeof headers.include_dir === 'string') {
    return headers.include_dir;
  }
  throw new Error('node-api-headers does not say where its headers are');
}

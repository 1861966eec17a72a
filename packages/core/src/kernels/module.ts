import { readBinary } from '#binary';
import { environment } from '#platform';
import { ResourceError } from '../errors.ts';
import { type KernelBinary, loadBinary } from './binary.ts';
import { binaryName, type KernelVariant, preferredVariant } from './variant.ts';
import { memory } from './wasm_memory.ts';

const variant = preferredVariant(environment('CONVGRAD_VARIANT'));

/** The binary that this process runs, in the one memory. */
export const binary: KernelBinary = load();

/**
 * The variant of the kernels this process runs: 'relaxed' fuses multiply and add, 'plain' gives the same bits on every machine.
 *
 * @example ['relaxed', 'plain'].includes(kernelVariant()) // true
 */
export function kernelVariant(): KernelVariant {
  return variant;
}

function load(): KernelBinary {
  const name = binaryName[variant];
  const remedy = `build it with \`npm run kernels -- --variant ${variant}\` in a checkout of convgrad, or install @convgrad/core again`;
  let bytes: Uint8Array;
  try {
    bytes = readBinary(name);
  } catch (cause) {
    throw new ResourceError(`the kernels' binary ${name} cannot be read; ${remedy}`, { cause });
  }
  return loadBinary(name, bytes, memory, remedy);
}

import { readBinary } from '#binary';
import { environment } from '#platform';
import { ResourceError } from '../../errors.ts';
import { type KernelBinary, loadBinary } from '../binary.ts';
import { binaryName, type KernelVariant, preferredVariant } from '../variant.ts';
import { memory } from '../wasm_memory.ts';
import type { KernelRunner } from './backend.ts';

const variant = preferredVariant(environment('CONVGRAD_VARIANT'));
let loaded: KernelBinary | undefined;

/** The WebAssembly binary in the one memory: the first call loads it, which is for programs only that run it. Throws ResourceError. */
export function wasmBinary(): KernelBinary {
  loaded ??= load();
  return loaded;
}

/** WebAssembly as the runner of kernels. Throws ResourceError. */
export function wasmRunner(): KernelRunner {
  const { run, heapBase } = wasmBinary();
  return { backend: 'wasm', instructionSet: variant === 'relaxed' ? 'relaxed-simd' : 'simd128', run, heapBase };
}

/**
 * The variant of the WebAssembly kernels that this process runs, or would where native ones serve: 'relaxed' fuses multiply and add,
 * 'plain' gives the same bits on every machine.
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

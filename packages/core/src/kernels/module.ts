import { nativeRunner } from '#native';
import { environment } from '#platform';
import { ArgumentError } from '../errors.ts';
import type { Backend, InstructionSet, KernelRunner, NativeRunner } from './backends/backend.ts';
import { wasmRunner } from './backends/wasm.ts';

/** The native kernels, where this process runs them. */
export const native: NativeRunner | undefined = chooseNative();

/** What runs the kernels of this process. */
export const runner: KernelRunner = native ?? wasmRunner();

/**
 * Where the kernels of this process run: 'native' where they were built with this machine's compiler, else 'wasm'.
 * `CONVGRAD_BACKEND` decides otherwise.
 *
 * @example ['wasm', 'native'].includes(backend()) // true
 */
export function backend(): Backend {
  return runner.backend;
}

/**
 * The vector instructions that the kernels of this process use: 'simd128' or 'relaxed-simd' (WebAssembly), 'sse2', 'avx2', 'avx512' or
 * 'neon' (native).
 *
 * @example typeof instructionSet() // 'string'
 */
export function instructionSet(): InstructionSet {
  return runner.instructionSet;
}

function chooseNative(): NativeRunner | undefined {
  const wanted = environment('CONVGRAD_BACKEND');
  if (wanted !== undefined && wanted !== 'wasm' && wanted !== 'native') {
    throw new ArgumentError(`CONVGRAD_BACKEND is '${wanted}'; it can be 'wasm' or 'native'`);
  }
  return wanted === 'wasm' ? undefined : nativeRunner(wanted === 'native');
}

import { ResourceError } from '../errors.ts';
import { interfaceVersion } from './layout.ts';
import type { SharedMemory } from './shared.ts';

/** The functions of a loaded binary. */
export interface KernelBinary {
  /** Runs all tasks of one kernel: its number, its argument block, the task count. */
  readonly run: (kernel: number, args: number, tasks: number) => void;
  /** First byte behind the binary's stack and data. */
  readonly heapBase: number;
}

/**
 * Loads a binary into a memory.
 *
 * @throws ResourceError where the bytes are no kernels, or were built from another table than this one; the message ends in `remedy`.
 */
export function loadBinary(name: string, bytes: Uint8Array, memory: SharedMemory, remedy: string): KernelBinary {
  const { run, interfaceVersion: versionOf, __heap_base: heapBase } = instantiate(name, bytes, memory, remedy);
  if (typeof run !== 'function' || typeof versionOf !== 'function' || !(heapBase instanceof WebAssembly.Global)) {
    throw new ResourceError(`the kernels' binary ${name} is damaged: it lacks an export; ${remedy}`);
  }
  if (versionOf() !== interfaceVersion) {
    throw new ResourceError(`the kernels' binary ${name} was built for other arguments than this version's; ${remedy}`);
  }
  return { run: (kernel, args, tasks) => run(kernel, args, tasks), heapBase: Number(heapBase.value) };
}

function instantiate(name: string, bytes: Uint8Array, memory: SharedMemory, remedy: string): Record<string, unknown> {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
  } catch (cause) {
    throw new ResourceError(`the kernels' binary ${name} is damaged; ${remedy}`, { cause });
  }
}

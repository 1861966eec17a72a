import { ResourceError } from '../errors.ts';
import { interfaceVersion } from './layout.ts';
import { compileModule } from './relaxed_simd.ts';
import type { SharedMemory } from './wasm_memory.ts';

/** A loaded binary. */
export interface KernelBinary {
  /** The WebAssembly.Module, of which other threads make instances of their own. */
  readonly module: object;
  /** Runs all tasks of one kernel on this thread: its number, its argument block, the task count. */
  readonly run: (kernel: number, args: number, tasks: number) => void;
  /** Makes a launch known to all of `threads` threads. @returns how many of them sleep. */
  readonly publish: (kernel: number, args: number, tasks: number, threads: number) => number;
  /** Runs tasks of the launch as thread number `worker`: as many as are left, `most` at most. */
  readonly share: (worker: number, most: number) => void;
  /** Waits until the tasks of the launch are done. @returns how many threads failed in one. */
  readonly join: () => number;
  /** Ends a launch in which this thread failed. */
  readonly cancel: () => void;
  /** Wakes so many of the threads that sleep. */
  readonly wake: (count: number) => void;
  /** Wakes every thread, also those that take no part. */
  readonly alarm: () => void;
  /** Tasks that thread number `worker` has run, modulo 2^32. */
  readonly tasksRun: (worker: number) => number;
  /** First byte behind the binary's stack and data. */
  readonly heapBase: number;
}

/**
 * Loads a binary into a memory.
 *
 * @throws ResourceError where the bytes are no kernels, or were built from another table than this one; the message ends in `remedy`.
 */
export function loadBinary(name: string, bytes: Uint8Array, memory: SharedMemory, remedy: string): KernelBinary {
  const module = compile(name, bytes, remedy);
  const exports = instantiate(name, module, memory, remedy);
  const damage = new ResourceError(`the kernels' binary ${name} is damaged: it lacks an export; ${remedy}`);
  const exported = (symbol: string): NumericFunction => {
    const value = exports[symbol];
    if (!isFunction(value)) throw damage;
    return value;
  };
  const global = (symbol: string): WebAssembly.Global => {
    const value = exports[symbol];
    if (!(value instanceof WebAssembly.Global)) throw damage;
    return value;
  };
  if (exported('interfaceVersion')() !== interfaceVersion) {
    throw new ResourceError(`the kernels' binary ${name} was built for other arguments than this version's; ${remedy}`);
  }
  const stackPointer = global('__stack_pointer');
  const stack = stackPointer.value;
  const cancel = exported('cancel');
  return {
    module,
    run: exported('run'),
    publish: exported('publish'),
    share: exported('share'),
    join: exported('join'),
    cancel: () => {
      // The function that failed has not cleared the stack.
      stackPointer.value = stack;
      cancel();
    },
    wake: exported('wake'),
    alarm: exported('alarm'),
    tasksRun: (worker) => exported('tasksRun')(worker) >>> 0,
    heapBase: Number(global('__heap_base').value),
  };
}

type NumericFunction = (...numbers: readonly number[]) => number;

function isFunction(value: unknown): value is NumericFunction {
  return typeof value === 'function';
}

function compile(name: string, bytes: Uint8Array, remedy: string): WebAssembly.Module {
  try {
    return compileModule(bytes);
  } catch (cause) {
    throw damaged(name, remedy, cause);
  }
}

function instantiate(name: string, module: WebAssembly.Module, memory: SharedMemory, remedy: string): Record<string, unknown> {
  try {
    return new WebAssembly.Instance(module, { env: { memory } }).exports;
  } catch (cause) {
    throw damaged(name, remedy, cause);
  }
}

function damaged(name: string, remedy: string, cause: unknown): ResourceError {
  return new ResourceError(`the kernels' binary ${name} is damaged; ${remedy}`, { cause });
}

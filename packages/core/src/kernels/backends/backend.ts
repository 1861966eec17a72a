/** Where kernels run: WebAssembly, or a native addon that this machine's compiler built. */
export type Backend = 'wasm' | 'native';

/** Vector instructions: of WebAssembly without and with relaxed SIMD, or of the processor. */
export type InstructionSet = 'simd128' | 'relaxed-simd' | 'sse2' | 'avx2' | 'avx512' | 'neon';

/** What runs kernels in the one memory. */
export interface KernelRunner {
  readonly backend: Backend;
  readonly instructionSet: InstructionSet;
  /** Runs all tasks of one kernel on this thread: its number, its argument block, the task count. */
  readonly run: (kernel: number, args: number, tasks: number) => void;
  /** First byte of the memory that it has no use for itself. */
  readonly heapBase: number;
}

/** The native addon as the runner of kernels, with threads of its own. */
export interface NativeRunner extends KernelRunner {
  readonly backend: 'native';
  /** Runs all tasks of one kernel on at most `threads` threads, this one included. */
  readonly runOnThreads: (kernel: number, args: number, tasks: number, threads: number) => void;
  /** Tasks that thread number `worker` has run, modulo 2^32. */
  readonly tasksRun: (worker: number) => number;
}

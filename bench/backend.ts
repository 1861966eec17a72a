import * as core from '@convgrad/core';

/** Where the kernels of this process run, and by which instructions. */
export interface KernelsInUse {
  readonly backend: string;
  readonly instructions: string;
}

/** What this process runs. A core without native kernels does not say where it runs: in WebAssembly. */
export function kernelsInUse(): KernelsInUse {
  const { backend, instructionSet }: Readonly<Record<string, unknown>> = core;
  return {
    backend: typeof backend === 'function' ? String(backend()) : 'wasm',
    instructions: typeof instructionSet === 'function' ? String(instructionSet()) : core.kernelVariant(),
  };
}

import { ResourceError } from '../../src/errors.ts';

/** One set of vector instructions, which the kernels are compiled for. */
export interface InstructionSet {
  /** Also its name in `kernels/native/instruction_sets.h`, which says what a processor must have for it. */
  readonly name: string;
  /** Flags of GCC and clang. */
  readonly flags: readonly string[];
}

const avx2 = ['-mavx2', '-mfma', '-mbmi', '-mbmi2'];
const avx512 = ['-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mprefer-vector-width=512'];

const setsOf: Readonly<Record<string, readonly InstructionSet[]>> = {
  x64: [
    { name: 'avx512', flags: [...avx2, ...avx512] },
    { name: 'avx2', flags: avx2 },
    { name: 'sse2', flags: [] },
  ],
  arm64: [{ name: 'neon', flags: [] }],
};

/** The instruction sets of an architecture, the best first. Throws ResourceError where there are none. */
export function instructionSets(architecture: string = process.arch): readonly InstructionSet[] {
  const sets = setsOf[architecture];
  if (sets === undefined) {
    throw new ResourceError(`there are native kernels for x64 and arm64 processors, not for ${architecture}; WebAssembly serves here`);
  }
  return sets;
}

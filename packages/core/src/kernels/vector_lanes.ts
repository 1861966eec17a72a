import type { InstructionSet } from './backends/backend.ts';
import { instructionSet } from './module.ts';

const lanesOf: Readonly<Record<InstructionSet, number>> = { simd128: 4, 'relaxed-simd': 4, sse2: 4, neon: 4, avx2: 8, avx512: 16 };

/** Float32 numbers in a vector of the instruction set in use, for rules that choose between ways of equal results. */
export function vectorLanes(): number {
  return lanesOf[instructionSet()];
}

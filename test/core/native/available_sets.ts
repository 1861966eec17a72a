import { createRequire } from 'node:module';
import type { InstructionSet } from '@convgrad/core';
import { nativePath } from '../../../packages/core/src/kernels/backends/native.ts';

/** The instruction sets that the built addon has kernels for and this processor has, the best first. */
export function availableSets(): readonly InstructionSet[] {
  return createRequire(import.meta.url)(nativePath).instructionSets;
}

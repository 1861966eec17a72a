import { ArgumentError } from '../errors.ts';
import { takesRelaxedSimd } from './relaxed_simd.ts';

/** The two WebAssembly binaries: SIMD128, and the same with relaxed SIMD (fused multiply-add). */
export type KernelVariant = 'plain' | 'relaxed';

export const kernelVariants: readonly KernelVariant[] = ['plain', 'relaxed'];

/** File name of a variant's binary inside the package's `wasm` folder. */
export const binaryName: Readonly<Record<KernelVariant, string>> = { plain: 'convgrad.wasm', relaxed: 'convgrad-relaxed.wasm' };

/** The variant to use: what `CONVGRAD_VARIANT` says if it is set, else relaxed where the engine takes it, else plain. Throws `ArgumentError`. */
export function preferredVariant(forced: string | undefined): KernelVariant {
  if (forced === undefined) {
    return takesRelaxedSimd() ? 'relaxed' : 'plain';
  }
  if (forced !== 'plain' && forced !== 'relaxed') {
    throw new ArgumentError(`CONVGRAD_VARIANT is '${forced}'; it can be 'plain' or 'relaxed'`);
  }
  return forced;
}

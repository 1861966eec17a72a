import { ArgumentError } from '../errors.ts';

/** The two WebAssembly binaries: SIMD128, and the same with relaxed SIMD (fused multiply-add). */
export type KernelVariant = 'plain' | 'relaxed';

export const kernelVariants: readonly KernelVariant[] = ['plain', 'relaxed'];

/** File name of a variant's binary inside the package's `wasm` folder. */
export const binaryName: Readonly<Record<KernelVariant, string>> = { plain: 'convgrad.wasm', relaxed: 'convgrad-relaxed.wasm' };

// (module (func (param v128) (result v128) (f32x4.relaxed_madd (local.get 0) (local.get 0) (local.get 0))))
const relaxedProbe = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7b, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x20, 0x00, 0x20, 0x00, 0x20, 0x00, 0xfd, 0x85, 0x02, 0x0b],
);

/** The variant to use: what `CONVGRAD_VARIANT` says if it is set, else relaxed where the engine takes it, else plain. Throws `ArgumentError`. */
export function preferredVariant(forced: string | undefined): KernelVariant {
  if (forced === undefined) {
    return WebAssembly.validate(relaxedProbe) ? 'relaxed' : 'plain';
  }
  if (forced !== 'plain' && forced !== 'relaxed') {
    throw new ArgumentError(`CONVGRAD_VARIANT is '${forced}'; it can be 'plain' or 'relaxed'`);
  }
  return forced;
}

import { withEngineFlag } from '#platform';

// (module (func (param v128) (result v128) (f32x4.relaxed_madd (local.get 0) (local.get 0) (local.get 0))))
const probe = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7b, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x20, 0x00, 0x20, 0x00, 0x20, 0x00, 0xfd, 0x85, 0x02, 0x0b],
);

// The flag is the process's: a worker thread that compiles at the same moment may take it back between two lines.
const attempts = 3;

/** Whether the engine takes relaxed SIMD, by itself or where it is asked to. */
export function takesRelaxedSimd(): boolean {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    if (isOn() || withRelaxedSimd(isOn)) return true;
  }
  return false;
}

/** Compiles a module that may use relaxed SIMD. Throws the engine's errors. */
export function compileModule(bytes: Uint8Array): WebAssembly.Module {
  const compile = (): WebAssembly.Module => new WebAssembly.Module(bytes);
  for (let attempt = 1; ; attempt++) {
    try {
      return isOn() ? compile() : withRelaxedSimd(compile);
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

function isOn(): boolean {
  return WebAssembly.validate(probe);
}

// Node 20 has it behind a flag, as it was standardized. A module that was compiled under it keeps it.
function withRelaxedSimd<T>(work: () => T): T {
  return withEngineFlag('experimental-wasm-relaxed-simd', work);
}

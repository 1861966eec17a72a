import { readFileSync } from 'node:fs';

/** A file of the package's `wasm` folder. Throws the file system's errors. */
export function readBinary(name: string): Uint8Array {
  return readFileSync(new URL(`../../wasm/${name}`, import.meta.url));
}

import { fileURLToPath } from 'node:url';

/** Folders the build reads and writes: tests build from folders of their own. */
export interface BuildFolders {
  /** C++ sources and headers. */
  readonly sources: string;
  /** Where `kernel_args.h` is generated. */
  readonly generated: string;
  /** Where the binaries are put. */
  readonly binaries: string;
  /** Compiled objects, and the lock. */
  readonly cache: string;
}

/** The folders of a package that lies at `root` (default: this one). */
export function buildFolders(root: string = fileURLToPath(new URL('..', import.meta.url))): BuildFolders {
  return { sources: `${root}/kernels`, generated: `${root}/kernels/generated`, binaries: `${root}/wasm`, cache: `${root}/.cache` };
}

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folders the build reads and writes: tests build from folders of their own. */
export interface BuildFolders {
  /** C++ sources and headers. */
  readonly sources: string;
  /** Where `kernel_args.h` is generated. */
  readonly generated: string;
  /** Where the binaries are put. */
  readonly binaries: string;
  /** Where the native addons are put. */
  readonly addons: string;
  /** Compiled objects, and the lock. */
  readonly cache: string;
}

/** The folders of a package that lies at `root`. */
export function buildFolders(root: string = packageRoot()): BuildFolders {
  const kernels = join(root, 'kernels');
  return {
    sources: kernels,
    generated: join(kernels, 'generated'),
    binaries: join(root, 'wasm'),
    addons: join(root, 'native'),
    cache: join(root, '.cache'),
  };
}

// This file lies in the folder `build` of a checkout, or its content in a file of the installed package's folder `dist`.
function packageRoot(): string {
  return fileURLToPath(new URL('..', import.meta.url));
}

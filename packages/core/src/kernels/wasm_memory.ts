import { ResourceError } from '../errors.ts';
import { initialMemoryPages, maximumMemoryPages } from './layout.ts';

/** A shared WebAssembly memory, in terms that a user's compiler knows without the browser's declarations. */
export interface SharedMemory {
  /** As long as the memory was when it is taken; it does not grow with it. */
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** The one memory: the kernels' stack and data, the argument block, and everything that is reserved behind them. */
export const memory: SharedMemory = createMemory();

// A shared memory reserves address space for its maximum at once, which a limited process may not have.
function createMemory(): SharedMemory {
  for (let maximum = maximumMemoryPages; maximum >= 4 * initialMemoryPages; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: initialMemoryPages, maximum, shared: true });
    } catch (error) {
      if (!(error instanceof RangeError)) {
        throw error;
      }
    }
  }
  throw new ResourceError(
    'no shared WebAssembly memory can be reserved: the engine takes about 10 GiB of addresses for one, and this process may have fewer (ulimit -v)',
  );
}

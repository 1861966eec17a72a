import { Tensor } from '../../autograd/graph.ts';
import { DTypeError, IndexError } from '../../errors.ts';
import { Storage } from '../../memory/storage.ts';
import { cast } from '../cast.ts';

/**
 * Indices made inside an operation. An ordinary array on purpose: a recorded call that saves them may outlive the region in which it
 * was made.
 */
export function indexList(indices: Int32Array): Tensor {
  return new Tensor(Storage.ofArray('int32', indices), [indices.length]);
}

/** Indices as the kernels take them: int32. */
export function requireIndices(name: string, indices: Tensor): Tensor {
  if (indices.dtype === 'int32') return indices;
  if (indices.dtype === 'uint8') return cast(indices, 'int32');
  throw new DTypeError(`${name}: indices must be int32 (or uint8), not ${indices.dtype}; convert them with to('int32')`);
}

/** Checks that every index lies in [0, length) before a kernel trusts it. */
export function checkIndices(name: string, indices: Tensor, length: number, what: string): void {
  indices.checkAlive();
  const numbers = indices.storage.current();
  for (let position = 0; position < numbers.length; position++) {
    // A negative number becomes a large one.
    if (numbers[position] >>> 0 >= length) {
      throw new IndexError(
        `${name}: index ${numbers[position]} at position ${position} of the indices is out of range for ${what} of length ${length}`,
      );
    }
  }
}

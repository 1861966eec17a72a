import { ResourceError } from '../errors.ts';
import { bytesPerElement, type DType } from '../kernels/dtype.ts';
import { type Pointer, reserve } from '../kernels/memory.ts';
import { allocateBlock, type Block, freeBlock } from './blocks.ts';
import { arenaView, type Storage } from './storage.ts';

/**
 * Lends ordinary arrays a place in the arena for the time of a kernel's launch.
 *
 * `readable`, `writable` and `updatable` give a storage's pointer, through a temporary block if it is an ordinary array;
 * `settle(mark)` copies the results back and frees every block that was lent since `mark = stagingMark()`.
 */
interface Loan {
  readonly block: Block;
  /** Where the numbers go back to; null for operands that are only read. */
  readonly result: Storage | null;
}

const loans: Loan[] = [];

/** Empty storages point here: kernels neither read nor write there, and 0 means "absent". */
const nowhere: Pointer = reserve(64);

/**
 * Number of loans now; what is lent from here on is settled by `settle` with this mark.
 *
 * @example
 * import { fill } from '@convgrad/core/kernels';
 * const y = zeros([2]);
 * const mark = stagingMark();
 * fill('float32', writable(y.storage), y.size, 3);
 * settle(mark);
 * y // [3, 3]
 */
export function stagingMark(): number {
  return loans.length;
}

/**
 * Where a kernel can read the storage.
 *
 * @example
 * import { unary } from '@convgrad/core/kernels';
 * const [x, y] = [tensor([1, 4]), zeros([2])];
 * const mark = stagingMark();
 * unary('sqrt', 'float32', readable(x.storage), writable(y.storage), 2);
 * settle(mark);
 * y // [1, 2]
 */
export function readable(storage: Storage): Pointer {
  if (storage.inArena) return storage.pointer;
  return lendTo(storage, null, true);
}

/**
 * Where a kernel can write the storage; every element must be written.
 *
 * @example
 * import { fill } from '@convgrad/core/kernels';
 * const y = zeros([2]);
 * const mark = stagingMark();
 * fill('float32', writable(y.storage), y.size, 3);
 * settle(mark);
 * y // [3, 3]
 */
export function writable(storage: Storage): Pointer {
  if (storage.inArena) return storage.pointer;
  return lendTo(storage, storage, false);
}

/**
 * Where a kernel can read the storage and write it.
 *
 * @example
 * import { unary } from '@convgrad/core/kernels';
 * const x = tensor([1, -2]);
 * const mark = stagingMark();
 * const pointer = updatable(x.storage);
 * unary('abs', 'float32', pointer, pointer, 2);
 * settle(mark);
 * x // [1, 2]
 */
export function updatable(storage: Storage): Pointer {
  if (storage.inArena) return storage.pointer;
  return lendTo(storage, storage, true);
}

/**
 * Working memory for `size` elements between the launches of one operation.
 *
 * @throws ResourceError if the memory has no room
 * @example
 * import { unary } from '@convgrad/core/kernels';
 * const [x, y] = [tensor([1, 4]), zeros([2])];
 * const mark = stagingMark();
 * const roots = lend('float32', 2);
 * unary('sqrt', 'float32', readable(x.storage), roots, 2);
 * unary('neg', 'float32', roots, writable(y.storage), 2);
 * settle(mark);
 * y // [-1, -2]
 */
export function lend(dtype: DType, size: number): Pointer {
  const block = borrow(size * bytesPerElement[dtype]);
  loans.push({ block, result: null });
  return block.pointer;
}

/**
 * Ends the loans since `mark`: results go back to their arrays.
 *
 * @example
 * import { fill } from '@convgrad/core/kernels';
 * const y = zeros([2]);
 * const mark = stagingMark();
 * fill('float32', writable(y.storage), y.size, 3);
 * settle(mark);
 * y // [3, 3]
 */
export function settle(mark: number): void {
  while (loans.length > mark) {
    const loan = loans.pop();
    if (loan === undefined) return;
    const { block, result } = loan;
    result?.current().set(arenaView(result.dtype, block.pointer, result.size));
    freeBlock(block);
  }
}

function lendTo(storage: Storage, result: Storage | null, read: boolean): Pointer {
  const numbers = storage.current();
  if (storage.size === 0) return nowhere;
  const block = borrow(storage.bytes);
  loans.push({ block, result });
  if (read) arenaView(storage.dtype, block.pointer, storage.size).set(numbers);
  return block.pointer;
}

function borrow(bytes: number): Block {
  const block = allocateBlock(bytes, Number.POSITIVE_INFINITY);
  if (block === null) {
    throw new ResourceError(`out of memory: no room for ${bytes} bytes that a kernel needs; the WebAssembly memory ends at 4 GiB`);
  }
  return block;
}

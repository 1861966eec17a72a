import { RecycledError } from '../errors.ts';
import { bytesPerElement, type DType, type DTypeArray } from '../kernels/dtype.ts';
import { type Pointer, views } from '../kernels/memory.ts';
import { type Block, freeBlock } from './blocks.ts';
import type { BlockOwner } from './owner.ts';

/** Results of up to this many bytes survive recycling. */
const smallBytes = 64 * 1024;

/** What recycles storages, as error messages name it. */
export type Recycler = 'backward()' | 'inferenceMode';

/** A new ordinary array, zero-filled. */
export function createArray(dtype: DType, size: number): DTypeArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(size);
    case 'float64':
      return new Float64Array(size);
    case 'int32':
      return new Int32Array(size);
    case 'uint8':
      return new Uint8Array(size);
  }
}

/** A view of `size` elements of the arena. Taken late, used at once: a kept view is right only for storages that never move. */
export function arenaView(dtype: DType, pointer: Pointer, size: number): DTypeArray {
  const { buffer } = views().u8;
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer, pointer, size);
    case 'float64':
      return new Float64Array(buffer, pointer, size);
    case 'int32':
      return new Int32Array(buffer, pointer, size);
    case 'uint8':
      return new Uint8Array(buffer, pointer, size);
  }
}

/**
 * The numbers of one or more tensors: in a block of the arena, in an ordinary array, or recycled.
 *
 * A storage moves from the arena to an ordinary array when it must outlive its block (`moveToArray`), never the other way.
 */
export class Storage {
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** Counts the in-place writes. */
  version = 0;
  /** Survives recycling: detached, kept, given to a hook, returned to the user. */
  kept = false;
  /** Something that is recycled together with it has read it. */
  consumed = false;
  /** Made by a function for its own backward: nobody outside can hold it. */
  internal = false;
  /** A recorded call keeps it for its backward. */
  saved = false;
  /** A parameter, a buffer, or a parameter's gradient: `.data` is the live memory. */
  live = false;
  /** Somebody holds a view of the live memory. */
  exposed = false;
  /** Gradients in flight that wait in this storage during a backward pass. */
  inFlight = 0;

  private block: Block | null;
  private array: DTypeArray | null;
  private recycler: Recycler | null = null;
  /** Keeps the owner reachable for as long as the storage is. */
  private owner: BlockOwner | null;

  /** Whether `owner` is responsible for the block. */
  isOwnedBy(owner: BlockOwner): boolean {
    return this.owner === owner;
  }

  private constructor(dtype: DType, size: number, block: Block | null, array: DTypeArray | null, owner: BlockOwner | null) {
    this.dtype = dtype;
    this.size = size;
    this.block = block;
    this.array = array;
    this.owner = owner;
  }

  /** A storage over an ordinary array, which it does not copy. */
  static ofArray(dtype: DType, array: DTypeArray): Storage {
    return new Storage(dtype, array.length, null, array, null);
  }

  /** A storage in a block of the arena. */
  static ofBlock(dtype: DType, size: number, block: Block, owner: BlockOwner | null): Storage {
    owner?.add(block);
    return new Storage(dtype, size, block, null, owner);
  }

  get bytes(): number {
    return this.size * bytesPerElement[this.dtype];
  }

  get isRecycled(): boolean {
    return this.recycler !== null;
  }

  get inArena(): boolean {
    return this.block !== null;
  }

  /** Where it lies in the arena, 0 if it is an ordinary array. */
  get pointer(): Pointer {
    return this.block === null ? 0 : this.block.pointer;
  }

  /** The numbers, for reading or writing at once: an ordinary array or a view of the arena. */
  current(): DTypeArray {
    if (this.array !== null) return this.array;
    if (this.block !== null) return arenaView(this.dtype, this.block.pointer, this.size);
    throw this.recycledError();
  }

  /** The numbers for a user to hold: live memory of parameters and the like, else an array that never changes behind their back. */
  exposeData(): DTypeArray {
    if (this.array === null && !this.live) this.moveToArray();
    if (this.block !== null) {
      this.exposed = true;
      this.owner?.abandon();
    }
    return this.current();
  }

  /** Leaves the arena: the numbers are copied to an ordinary array and the block is free. */
  moveToArray(): void {
    if (this.block === null) {
      if (this.recycler !== null) throw this.recycledError();
      return;
    }
    const array = createArray(this.dtype, this.size);
    array.set(this.current());
    this.array = array;
    this.releaseBlock();
  }

  /** Whether a user can be expected to hold it, so that it must survive recycling. */
  get survivesRecycling(): boolean {
    return this.kept || (!this.internal && (!this.consumed || this.bytes <= smallBytes));
  }

  /** Frees the block; the numbers survive in an ordinary array where a user can be expected to hold them. */
  recycle(recycler: Recycler): void {
    if (this.block === null || this.live) return;
    if (this.survivesRecycling) this.moveToArray();
    else this.discard(recycler);
  }

  /** Frees the block and loses the numbers. */
  discard(recycler: Recycler): void {
    if (this.block === null) return;
    this.releaseBlock();
    this.recycler = recycler;
  }

  /** Frees the block of internal numbers that were read, unless a recorded call keeps them. */
  discardInternal(): void {
    if (this.internal && !this.saved && !this.kept && !this.live) this.discard('backward()');
  }

  /** Makes `owner` responsible for the block from now on. */
  adopt(owner: BlockOwner): void {
    if (this.block === null) return;
    owner.add(this.block);
    this.owner = owner;
  }

  /** Frees the block; the numbers survive if somebody holds the storage. */
  release(): void {
    if (this.kept) this.moveToArray();
    else this.discard('backward()');
  }

  /** Hands exposed live memory on to a new storage, and keeps a copy of the numbers here. */
  succeed(): Storage {
    const { block, owner } = this;
    if (block === null) return this;
    const successor = new Storage(this.dtype, this.size, block, null, owner);
    successor.live = true;
    successor.exposed = true;
    this.moveToArray();
    this.live = false;
    this.exposed = false;
    return successor;
  }

  /** The error that reading it gives once it was recycled. */
  recycledError(shape: readonly number[] = [this.size]): RecycledError {
    const by = this.recycler ?? 'backward()';
    const remedy =
      by === 'backward()'
        ? 'Call .keep() on it before backward(), or backward({ retainGraph: true }).'
        : 'Return it from the callback, or call .keep() on it inside.';
    return new RecycledError(
      `this tensor of shape [${shape.join(', ')}] is gone: ${by} recycled its memory, as that of every large intermediate result. ${remedy}`,
    );
  }

  private releaseBlock(): void {
    if (this.block !== null && !this.exposed) freeBlock(this.block);
    this.block = null;
    this.owner = null;
  }
}

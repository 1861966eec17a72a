import { bytesPerElement, type DType } from '../kernels/dtype.ts';
import { allocateBlock } from './blocks.ts';
import { memoryBudget, warnBudgetUsed } from './budget.ts';
import { BlockOwner } from './owner.ts';
import { createArray, type Recycler, Storage } from './storage.ts';

/** Blocks a tape may own before the next one begins: what dies unrecycled is found in steps of this many. */
const tapeBlocks = 64;

let tape = new BlockOwner();

/** Ends the tape that recorded results belong to, unless all of it was recycled; what is still live on it is left to the finalizers. */
export function rotateTape(): void {
  if (tape.size === 0) return;
  tape.watch();
  tape = new BlockOwner();
}

/** The owner of a region that has ended without leaving anything, for the next one. */
let spareOwner: BlockOwner | null = null;

/**
 * A stretch of the program whose unrecorded results lie in the arena and are recycled when it ends: a backward pass, or a call of
 * `inferenceMode`.
 */
export class Region {
  readonly recycler: Recycler;
  private readonly owner: BlockOwner;
  private readonly storages: Storage[] = [];
  private readonly outer: Region | null;

  private constructor(recycler: Recycler, outer: Region | null) {
    this.recycler = recycler;
    this.outer = outer;
    this.owner = spareOwner ?? new BlockOwner();
    spareOwner = null;
  }

  /** Opens a region inside the current one. */
  static open(recycler: Recycler): Region {
    currentRegion = new Region(recycler, currentRegion);
    return currentRegion;
  }

  /** The region that unrecorded results belong to now. */
  static get current(): Region | null {
    return currentRegion;
  }

  allocate(dtype: DType, size: number): Storage | null {
    const storage = arenaStorage(dtype, size, this.owner);
    if (storage !== null) this.storages.push(storage);
    return storage;
  }

  /** For `releaseSince`: what is made from here on. */
  get mark(): number {
    return this.storages.length;
  }

  /** Frees what was made since `mark` and holds no gradient in flight. */
  releaseSince(mark: number): void {
    let kept = mark;
    for (let index = mark; index < this.storages.length; index++) {
      const storage = this.storages[index];
      if (!this.owns(storage)) continue;
      if (storage.inFlight === 0) storage.release();
      else this.storages[kept++] = storage;
    }
    this.storages.length = kept;
  }

  /** Whether the storage was made here and was not handed on. */
  owns(storage: Storage): boolean {
    return storage.isOwnedBy(this.owner);
  }

  /** Ends the region; its storages survive or are recycled as `Storage.recycle` decides. */
  close(): void {
    for (const storage of this.storages) if (this.owns(storage)) storage.recycle(this.recycler);
    this.storages.length = 0;
    if (this.owner.size === 0) spareOwner = this.owner;
    else this.owner.watch();
    currentRegion = this.outer;
  }
}

let currentRegion: Region | null = null;

/**
 * A new storage whose content is undefined. What is recorded lies in the arena and belongs to the tape; what is not lies in the arena inside a region, and is an
 * ordinary array elsewhere. An empty storage is an ordinary array always.
 */
export function newStorage(dtype: DType, size: number, recorded: boolean): Storage {
  if (size > 0) {
    const storage = recorded ? tapeStorage(dtype, size) : currentRegion === null ? null : currentRegion.allocate(dtype, size);
    if (storage !== null) return storage;
  }
  return Storage.ofArray(dtype, createArray(dtype, size));
}

/** Hands a storage of the current region on to the tape, where something recorded needs it; returns whether it was one. */
export function moveToTape(storage: Storage): boolean {
  if (currentRegion === null || !currentRegion.owns(storage)) return false;
  if (tape.size >= tapeBlocks) rotateTape();
  storage.adopt(tape);
  return true;
}

function tapeStorage(dtype: DType, size: number): Storage | null {
  if (tape.size >= tapeBlocks) rotateTape();
  return arenaStorage(dtype, size, tape);
}

/** A storage for a parameter, a buffer or an optimizer's state: in the arena for as long as it is reachable. */
export function persistentStorage(dtype: DType, size: number): Storage {
  const owner = new BlockOwner();
  const storage = size === 0 ? null : arenaStorage(dtype, size, owner);
  owner.watch();
  const result = storage ?? Storage.ofArray(dtype, createArray(dtype, size));
  result.live = true;
  result.kept = true;
  return result;
}

function arenaStorage(dtype: DType, size: number, owner: BlockOwner): Storage | null {
  const block = allocateBlock(size * bytesPerElement[dtype], memoryBudget());
  if (block !== null) return Storage.ofBlock(dtype, size, block, owner);
  warnBudgetUsed();
  return null;
}

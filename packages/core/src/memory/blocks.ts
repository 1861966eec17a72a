import { type Pointer, reserve } from '../kernels/memory.ts';

/**
 * The arena: a caching allocator over size classes in the one WebAssembly memory.
 *
 * A block is cut once from the top of the memory and then belongs to its size class for ever: freeing puts it on the class's
 * stack, so the block that was used last, and is still in the caches, is the next to be handed out. Classes are a quarter of a
 * power of two apart (at most 25 % is wasted).
 */

/** Kernels may read this many bytes past the end of any buffer. */
const slackBytes = 256;
const smallestBlock = 512;

/** Number of size classes: four for each power of two from 512 bytes to 4 GiB. */
const classCount = 4 * (32 - 9) + 1;

/** Bytes of each size class: 512 * 2^(index / 4), the steps between powers of two being quarters. */
const classBytes = Array.from({ length: classCount }, (_, index) => smallestBlock * 2 ** (index >> 2) * (1 + (index & 3) / 4));

const freeLists: Block[][] = Array.from({ length: classCount }, () => []);

function classIndex(bytes: number): number {
  const needed = bytes + slackBytes;
  if (needed <= smallestBlock) return 0;
  if (needed > classBytes[classCount - 1]) return classCount;
  const power = 31 - Math.clz32((needed - 1) / smallestBlock);
  const base = classBytes[4 * power];
  return 4 * power + Math.ceil((4 * (needed - base)) / base);
}

/** A piece of the arena. There is one object for each, for ever: it goes from storage to storage, so that these make no garbage. */
export class Block {
  readonly pointer: Pointer;
  readonly sizeClass: number;
  /** Whether it is somebody's now. */
  live = true;
  /** Where an owner keeps it. */
  list: BlockList | null = null;
  previous: Block | null = null;
  next: Block | null = null;

  constructor(pointer: Pointer, sizeClass: number) {
    this.pointer = pointer;
    this.sizeClass = sizeClass;
  }
}

/** Live blocks that belong together. A block is in one list at most, and leaves it when it is freed. */
export class BlockList {
  size = 0;
  private first: Block | null = null;

  /** Takes a block over from the list that it is in. */
  add(block: Block): void {
    block.list?.remove(block);
    block.list = this;
    block.next = this.first;
    if (this.first !== null) this.first.previous = block;
    this.first = block;
    this.size++;
  }

  /** Leaves a block of the list to nobody. */
  remove(block: Block): void {
    if (block.previous === null) this.first = block.next;
    else block.previous.next = block.next;
    if (block.next !== null) block.next.previous = block.previous;
    block.list = null;
    block.previous = null;
    block.next = null;
    this.size--;
  }

  /** Leaves all blocks to nobody. */
  clear(): void {
    while (this.first !== null) this.remove(this.first);
  }

  /** Frees all blocks. */
  free(): void {
    while (this.first !== null) freeBlock(this.first);
  }
}

/** What is held of the arena, in bytes. */
export interface ArenaUsage {
  /** Blocks that belong to a storage now. */
  live: number;
  /** Blocks that were freed and wait to be used again. */
  cached: number;
}

const usage: ArenaUsage = { live: 0, cached: 0 };

/**
 * Bytes of the arena that are live, and that are cached for reuse.
 *
 * @example
 * const before = arenaUsage().live;
 * const weight = new Parameter(zeros([1024]));
 * arenaUsage().live - before >= weight.size * 4 // true
 */
export function arenaUsage(): Readonly<ArenaUsage> {
  return { ...usage };
}

/**
 * A block of at least `bytes` bytes; null where the memory cannot grow, or more than `budget` bytes would be live, or live and cached.
 * The content is whatever its last owner left.
 */
export function allocateBlock(bytes: number, budget: number): Block | null {
  const sizeClass = classIndex(bytes);
  if (sizeClass >= classCount) return null;
  const size = classBytes[sizeClass];
  if (usage.live + size > budget) return null;
  const cached = takeCached(sizeClass);
  if (cached !== null) return cached;
  if (usage.live + usage.cached + size > budget) return borrowLarger(sizeClass, budget);
  const pointer = reserve(size);
  if (pointer === 0) return borrowLarger(sizeClass, budget);
  usage.live += size;
  return new Block(pointer, sizeClass);
}

/** With no room for a new block, a cached one of up to four times the size serves. */
function borrowLarger(sizeClass: number, budget: number): Block | null {
  for (let larger = sizeClass + 1; larger < Math.min(sizeClass + 9, classCount); larger++) {
    if (usage.live + classBytes[larger] > budget) return null;
    const block = takeCached(larger);
    if (block !== null) return block;
  }
  return null;
}

function takeCached(sizeClass: number): Block | null {
  const block = freeLists[sizeClass].pop();
  if (block === undefined) return null;
  usage.cached -= classBytes[sizeClass];
  usage.live += classBytes[sizeClass];
  block.live = true;
  return block;
}

/** Gives a block back; one that was given back before is left alone. */
export function freeBlock(block: Block): void {
  if (!block.live) return;
  block.live = false;
  block.list?.remove(block);
  const size = classBytes[block.sizeClass];
  usage.live -= size;
  usage.cached += size;
  freeLists[block.sizeClass].push(block);
}

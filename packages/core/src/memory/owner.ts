import { type Block, freeBlock } from './blocks.ts';

/** What the finalizer gets to see of an owner: the blocks, not the owner itself. */
interface Holdings {
  blocks: Block[];
}

const finalizers = new FinalizationRegistry<Holdings>((holdings) => {
  for (const block of holdings.blocks) freeBlock(block);
});

/**
 * Keeps blocks from leaking where nobody frees them: every storage in the arena points to an owner, and when the last of an
 * owner's storages is unreachable, a finalizer frees what is still live of its blocks.
 *
 * Registering with the engine costs time and memory that a synchronous loop gets back only when it ends, so storages share
 * owners, and an owner whose blocks were all recycled is never registered.
 */
export class BlockOwner {
  private readonly holdings: Holdings = { blocks: [] };
  private watched = false;

  /** Number of blocks that were ever added and not dropped by `watch`. */
  get size(): number {
    return this.holdings.blocks.length;
  }

  add(block: Block): void {
    this.holdings.blocks.push(block);
  }

  /** Forgets the blocks that are free again, and watches for the owner's end if some are not. */
  watch(): void {
    this.holdings.blocks = this.holdings.blocks.filter((block) => block.live);
    if (this.watched || this.holdings.blocks.length === 0) return;
    finalizers.register(this, this.holdings, this);
    this.watched = true;
  }

  /** Gives the blocks to nobody ever: somebody holds a view of them that no finalizer can see. */
  abandon(): void {
    this.holdings.blocks = [];
    if (this.watched) finalizers.unregister(this);
    this.watched = false;
  }
}

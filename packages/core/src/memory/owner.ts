import { type Block, freeBlock } from './blocks.ts';

/** So many blocks may be remembered although they are free again. */
const fewBlocks = 16;

/** What the finalizer gets to see of an owner: the blocks, not the owner itself. */
interface Holdings {
  blocks: Block[];
}

const finalizers = new FinalizationRegistry<Holdings>((holdings) => {
  for (const block of holdings.blocks) if (block.holder === holdings) freeBlock(block);
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

  /** Number of blocks that were added and not forgotten by `watch`. */
  get size(): number {
    return this.holdings.blocks.length;
  }

  /** Makes the owner responsible for a block, instead of the one that was. */
  add(block: Block): void {
    block.holder = this.holdings;
    this.holdings.blocks.push(block);
  }

  /** Forgets the blocks that are free again or another's, and watches for the owner's end if some are not. */
  watch(): void {
    const { holdings } = this;
    if (this.watched && holdings.blocks.length < fewBlocks) return;
    const isOwn = (block: Block) => block.live && block.holder === holdings;
    if (!holdings.blocks.every(isOwn)) holdings.blocks = holdings.blocks.filter(isOwn);
    if (this.watched || holdings.blocks.length === 0) return;
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

import { type Block, BlockList } from './blocks.ts';

// It gets to see the blocks, not the owner itself.
const finalizers = new FinalizationRegistry<BlockList>((blocks) => blocks.free());

/**
 * Keeps blocks from leaking where nobody frees them: every storage in the arena points to an owner, and when the last of an
 * owner's storages is unreachable, a finalizer frees what is still live of its blocks.
 *
 * Registering with the engine costs time and memory that a synchronous loop gets back only when it ends, so storages share
 * owners, and an owner whose blocks were all recycled is never registered.
 */
export class BlockOwner {
  private readonly blocks = new BlockList();
  private watched = false;

  /** Number of its blocks. */
  get size(): number {
    return this.blocks.size;
  }

  /** Makes the owner responsible for a block, instead of the one that was. */
  add(block: Block): void {
    this.blocks.add(block);
  }

  /** Watches for the owner's end, if it has blocks. */
  watch(): void {
    if (this.watched || this.blocks.size === 0) return;
    finalizers.register(this, this.blocks, this);
    this.watched = true;
  }

  /** Gives the blocks to nobody ever: somebody holds a view of them that no finalizer can see. */
  abandon(): void {
    this.blocks.clear();
    if (this.watched) finalizers.unregister(this);
    this.watched = false;
  }
}

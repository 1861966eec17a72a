import { alignUp } from './align.ts';

/*
 * What the cuts of Winograd's algorithm have in common, of squares (winograd.ts) and of a stride's phases.
 */

export const floatBytes = 4;
/** Launches are cut into so many tasks where their size allows. */
export const fewestTasks = 16;
/** The same where a cut into more would transform the inputs for each share of the rows. */
export const fewestBlocks = 6;
/** What is transformed and summed at a time stays in a second-level cache of 2 MB, and mostly in one of 1 MB. */
export const blockBytes = 1200 << 10;
/** Tiles that convWeight sums at a time, at least, for its register tiles to be worth their sums. */
export const shortestChunk = 12;
/** Tiles of the largest block of shared inputs. */
export const mostSharedTiles = 72;
/** Lanes of the widest vector. */
export const widestVector = 16;
/** Channels of the widest panel. */
export const widestPanel = 48;
/** A multiple of the tiles of every target's register tile. */
export const tileMultiple = 24;

/** Tiles from one vector of terms to the next: where that is a multiple of a page, all vectors lie in the same few lines of the first-level cache. */
export function pitchOf(tiles: number): number {
  return tiles % 64 === 0 ? tiles + 8 : tiles;
}

/** Strides near a power of two would put one place of all points into the same lines of the caches. */
export function spread(elements: number): number {
  return alignUp(elements, 1024) + 16;
}

/** Tasks for so much work, of which each does at least `workPerTask`. */
export function tasksFor(work: number, workPerTask: number): number {
  return Math.max(1, Math.min(Math.floor(work / workPerTask), fewestTasks));
}

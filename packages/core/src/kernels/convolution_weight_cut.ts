import { alignUp } from './align.ts';
import {
  blockCount,
  type ConvolutionCut,
  fewestTasks,
  lineBytes,
  lineLength,
  linesOf,
  pitchOf,
  plainBlock,
  scratchSlack,
  sharedBlock,
  sharesRows,
  widestPanel,
  widestVector,
} from './convolution_cut.ts';
import { type GatherSize, type Triple, volume } from './convolution_sizes.ts';
import { evenShare } from './even_share.ts';
import { vectorLanes } from './vector_lanes.ts';

/** Input channels that make a task of their own worth a second reading of the gradient. */
const channelsPerPart = 8;
/** Outer products: outputs that are summed at a time, and channels whose copies stay in the second-level cache. */
const mostOutputs = 512;
const mostChannels = 32;
/** Channels of pointwise ones on wide vectors, whose sums are few. */
const mostPointwiseChannels = 64;
/** With fewer channels outer products leave lanes idle. */
const fewestChannels = 12;
/** Vectors of so many float32 numbers are wide: dot products lose much on tails and on sums over lanes. */
const wideLanes = 8;

/** Rows of the gradient that dot products take at a time, at most. */
const tallestDotTile = 4;

/** How convWeight is cut: blocks of outputs and of channels, and parts of what is summed. */
export interface WeightPlan {
  readonly cut: ConvolutionCut;
  readonly parts: number;
  /** Elements of all parts' sums. */
  readonly sums: number;
  readonly tasks: number;
  readonly addTasks: number;
}

/** Cuts the sums of convWeight, which run over all outputs, into blocks of outputs, of channels, and parts. */
export function weightPlan(size: GatherSize): WeightPlan {
  if (vectorLanes() >= wideLanes && fillsLanes(size)) return tapsPlan(size);
  return servesOuter(size) ? outerPlan(size) : dotPlan(size);
}

/** Whether there are channels to fill most of the wide vectors in which they lie. */
function fillsLanes(size: GatherSize): boolean {
  return 4 * size.channels >= 3 * vectorLanes();
}

/** Whether outer products are faster on narrow vectors: with a stride, where a line serves one tap alone; not for one tap. */
function servesOuter(size: GatherSize): boolean {
  return vectorLanes() < wideLanes && volume(size.taps) > 1 && volume(size.stride) > 1 && size.channels >= fewestChannels;
}

function outerPlan(size: GatherSize): WeightPlan {
  const taps = volume(size.taps);
  const blockChannels = evenShare(size.channels, mostChannels);
  const block = plainBlock(size, mostOutputs);
  const disjoint = size.groups * Math.ceil(size.channels / blockChannels);
  const parts = Math.max(1, Math.min(Math.ceil(fewestTasks / disjoint), blockCount(size, block)));
  const outputs = block.images * volume(block.size);
  const plane = planeElements(size, block.size);
  const elements = (block.images + 1) * blockChannels * plane + outputs * (size.rows + widestPanel + 2);
  return {
    cut: {
      blockImages: block.images,
      blockSize: block.size,
      blockChannels,
      linePitch: 0,
      shareRows: 0,
      rowParts: 1,
      scratchStride: alignUp(elements * size.elementBytes + scratchSlack, 64),
    },
    parts,
    sums: parts * size.groups * size.channels * taps * size.rows,
    tasks: disjoint * parts,
    addTasks: Math.min(fewestTasks, size.groups * size.rows),
  };
}

function tapsPlan(size: GatherSize): WeightPlan {
  const taps = volume(size.taps);
  const blockChannels = alignUp(evenShare(size.channels, taps === 1 ? mostPointwiseChannels : mostChannels), widestVector);
  const disjoint = size.groups * Math.ceil(size.channels / blockChannels);
  const most = Math.ceil(fewestTasks / disjoint);
  // Small images together, so long as there are blocks for all parts.
  const together = Math.min(Math.floor(mostOutputs / volume(size.out)), Math.ceil(size.batch / most));
  const block =
    together > 1
      ? { images: evenShare(size.batch, together), size: size.out, shared: false }
      : plainBlock({ ...size, batch: 1 }, mostOutputs);
  const parts = Math.max(1, Math.min(most, blockCount(size, block)));
  const remainders = volume(size.stride);
  const places = remainders * partElements(size, block.size);
  const panel = Math.min(blockChannels, widestPanel) * places;
  const runs = 2 * block.images * block.size[0] * block.size[1];
  const elements = block.images * panel + runs + (remainders > 1 ? panel + remainders * widestVector : 0);
  return {
    cut: {
      blockImages: block.images,
      blockSize: block.size,
      blockChannels,
      linePitch: 0,
      shareRows: 0,
      rowParts: 1,
      scratchStride: alignUp(elements * size.elementBytes + scratchSlack, 64),
    },
    parts,
    sums: parts * size.groups * taps * size.rows * alignUp(size.channels, widestVector),
    tasks: disjoint * parts,
    addTasks: Math.min(fewestTasks, size.groups * size.rows),
  };
}

/** At most so many places has each part of an image that a block of outputs reads, as image_parts.h splits it by the stride. */
function partElements({ source, stride, taps, tapStep, out }: GatherSize, block: Triple): number {
  const whole = (d: 0 | 1 | 2) => Math.ceil(source[d] / stride[d]);
  const extent = (d: 0 | 1 | 2) => Math.min(whole(d), block[d] + Math.floor(((taps[d] - 1) * tapStep[d]) / stride[d]) + 1);
  return extent(0) * (block[0] > 1 ? whole(1) : extent(1)) * (block[2] === out[2] ? whole(2) : extent(2));
}

/** At most so many elements has a channel's padded copy of what a block of outputs reads. */
function planeElements(size: GatherSize, block: Triple): number {
  const extent = (d: 0 | 1 | 2) => (block[d] - 1) * size.stride[d] + (size.taps[d] - 1) * size.tapStep[d] + 1;
  const pitch = Math.floor((block[2] + Math.floor(((size.taps[2] - 1) * size.tapStep[2]) / size.stride[2])) * 1.125);
  return extent(0) * size.stride[2] * (extent(1) * pitch + 2 * widestVector);
}

function dotPlan(size: GatherSize): WeightPlan {
  const taps = volume(size.taps);
  // A dot product's rows, a dozen at a time and four against them, are read again and again; shorter ones spend more on their ends than
  // the first-level cache, which would hold half as many, saves.
  const longest = Math.floor(3200 / size.elementBytes);
  const budget = lineBytes / size.elementBytes;
  const shared = sharesRows(size);
  const perColumn = shared ? linesOf(size, true) * size.taps[0] * 1.5 : taps;
  const most = Math.max(1, Math.floor(budget / (longest * perColumn)));
  const blockChannels = evenShare(size.channels, Math.min(most, Math.max(channelsPerPart, Math.ceil(size.channels / fewestTasks))));
  const block = shared
    ? sharedBlock(size, blockChannels, longest)
    : plainBlock(size, Math.min(longest, Math.floor(budget / (blockChannels * taps))));
  const linePitch = pitchOf(lineLength(size, block), size.elementBytes);
  const lines = size.readsInPlace && block.images === 1 ? 0 : blockChannels * linesOf(size, shared) * linePitch;
  const disjoint = size.groups * Math.ceil(size.channels / blockChannels);
  const blocks = blockCount(size, block);
  const parts = Math.max(1, Math.min(Math.ceil(fewestTasks / disjoint), blocks));
  const gradientRows = Math.max(tallestDotTile, block.images > 1 ? size.rows + 1 : 0);
  const elements = lines + gradientRows * linePitch + 2 * blockChannels * taps;
  const scratchStride = alignUp(elements * size.elementBytes + scratchSlack, 64);
  return {
    cut: {
      blockImages: block.images,
      blockSize: block.size,
      blockChannels,
      linePitch,
      shareRows: shared ? 1 : 0,
      rowParts: 1,
      scratchStride,
    },
    parts,
    sums: parts * size.groups * size.channels * taps * alignUp(size.rows, widestVector),
    tasks: disjoint * parts,
    addTasks: disjoint,
  };
}

import { alignUp } from './align.ts';
import { type GatherSize, greatestCommonDivisor, type Triple, volume } from './convolution_sizes.ts';
import { evenShare } from './even_share.ts';
import type { KernelArguments } from './table.ts';

/** A launch's fields that say how it is cut. */
export type ConvolutionCut = Pick<
  KernelArguments<'conv'>,
  'blockImages' | 'blockSize' | 'blockChannels' | 'linePitch' | 'shareRows' | 'rowParts' | 'scratchStride'
>;

/** The lines of a block stay in the second-level cache, with room beside them for weights and results. */
export const lineBytes = 160 << 10;
/** Sums of more terms are made in blocks, for accuracy, and so that a panel of lines stays in the first-level cache. */
const blockDepth = 256;
/** Outputs of a block beyond which nothing gets faster. */
const mostColumns = 768;
/** Images of fewer outputs are worked on several at a time: of about so many outputs together, or, where as many blocks remain, of more. */
const fewColumns = 64;
const columnsTogether = 256;
const mostTogether = 400;
const blocksOfMany = 8;
/** Launches are cut into so many tasks where their size allows. */
export const fewestTasks = 16;
/** Output channels that make panels of lines worth their copy, on every target, and channels that make finding a tap's places worth it. */
const fewestRows = 24;
const fewestChannels = 8;
/** Output channels that make a task of their own worth the second copy of the lines. */
const rowsPerPart = 32;
/** Weights a task packs at least. */
const weightsPerTask = 16384;
/** No target's panels are wider, in elements. */
export const widestPanel = 64;
/** Elements of the widest vector of any target. */
export const widestVector = 16;
/** Kernels may write a vector over the end of a line, and read a panel over the end of the last. */
const lineSlack = 16;
export const scratchSlack = 4096;

/** A cut, and the tasks of the two launches: the one that packs the weights, and the one that multiplies. */
export interface ConvolutionPlan {
  readonly cut: ConvolutionCut;
  readonly packTasks: number;
  readonly tasks: number;
}

/** Cuts the product of conv or convInput into blocks of outputs and of channels. */
export function gatherPlan(size: GatherSize): ConvolutionPlan {
  const taps = volume(size.taps);
  let blockChannels = evenShare(size.channels, Math.max(1, Math.floor(blockDepth / Math.max(1, taps))));
  let block = gatherBlock(size, blockChannels);
  // Rows that taps share cost little only where a block has several times as many.
  const halo = haloRows(size);
  while (block.shared && block.size[1] < Math.min(size.out[1], 3 * halo) && blockChannels * taps > blockDepth / 4 && blockChannels > 1) {
    blockChannels = evenShare(size.channels, blockChannels >> 1);
    block = gatherBlock(size, blockChannels);
  }
  const isDirect = gathersDirectly(size);
  const linePitch = isDirect ? 0 : pitchOf(lineLength(size, block), size.elementBytes);
  const lines = isDirect
    ? directElements(size, block, blockChannels)
    : size.readsInPlace && block.images === 1
      ? 0
      : blockChannels * linesOf(size, block.shared) * linePitch;
  const tasks = ((size.groups * size.phases) / size.together) * blockCount(size, block);
  const rowParts = Math.max(1, Math.min(Math.ceil(fewestTasks / Math.max(1, size.together * tasks)), Math.floor(size.rows / rowsPerPart)));
  const columns = alignUp(block.images * volume(block.size), widestVector);
  const sums = size.together * (Math.ceil(size.rows / rowParts) + 8) * columns;
  const elements = lines + taps + blockChannels * taps * (widestPanel + 1) + sums;
  const weights = size.rows * size.channels * taps * size.phases;
  const packParts = Math.min(Math.floor(weights / weightsPerTask), Math.floor(size.rows / 8), fewestTasks);
  return {
    cut: {
      blockImages: block.images,
      blockSize: block.size,
      blockChannels,
      linePitch,
      shareRows: block.shared ? 1 : 0,
      rowParts,
      scratchStride: alignUp(elements * size.elementBytes + scratchSlack, 64),
    },
    packTasks: size.groups * Math.max(1, packParts),
    tasks: tasks * rowParts,
  };
}

/**
 * Channels of the image that are worked on at a time where convInput makes all products before it adds them up, or 0 where the
 * gradient had better be gathered: with a stride, and where the image is not much larger than the outputs.
 */
export function scatterChannels(size: GatherSize, outSize: Triple): number {
  const products = volume(size.taps) * volume(outSize);
  const blockChannels = Math.floor(lineBytes / (size.elementBytes * products));
  const pays = volume(size.out) > 1.25 * volume(outSize) && size.channels >= 8 && size.rows * volume(size.taps) >= 16;
  return pays && size.phases === 1 && blockChannels >= 1 ? evenShare(size.rows, blockChannels) : 0;
}

/** Cuts convInput into images and blocks of so many channels. */
export function scatterPlan(size: GatherSize, outSize: Triple, blockChannels: number): ConvolutionPlan {
  const products = blockChannels * volume(size.taps) * (volume(outSize) + widestPanel);
  const masks = size.taps[2] * (size.out[2] + widestPanel);
  const elements = products + Math.max(masks, Math.min(size.channels, blockDepth) * (widestPanel + 1));
  const blocks = size.groups * Math.ceil(size.rows / blockChannels);
  return {
    cut: {
      blockImages: 1,
      blockSize: outSize,
      blockChannels,
      linePitch: 0,
      shareRows: 0,
      rowParts: 1,
      scratchStride: alignUp(elements * size.elementBytes + scratchSlack, 64),
    },
    packTasks: blocks,
    tasks: size.batch * blocks,
  };
}

/** Outputs that are worked on at a time. */
export interface OutputBlock {
  readonly images: number;
  readonly size: Triple;
  readonly shared: boolean;
}

function gatherBlock(size: GatherSize, blockChannels: number): OutputBlock {
  if (gathersDirectly(size)) {
    return directBlock(size);
  }
  if (size.readsInPlace && volume(size.out) >= fewColumns) {
    return plainBlock(size, mostColumns);
  }
  if (sharesRows(size)) {
    return sharedBlock(size, blockChannels, mostColumns);
  }
  const depth = Math.max(1, blockChannels * volume(size.taps));
  return plainBlock(size, Math.min(mostColumns, Math.floor(lineBytes / (size.elementBytes * depth))));
}

/**
 * Whether panels are gathered straight from the image, without lines: that needs channels enough on both sides, and of several images
 * that none, not even a smaller phase's, has fewer outputs than a vector.
 */
function gathersDirectly(size: GatherSize): boolean {
  const isInPlace = size.readsInPlace && volume(size.out) >= fewColumns;
  const hasChannels = size.rows >= fewestRows && size.channels >= fewestChannels;
  return size.keepsRows && !isInPlace && hasChannels && volume(size.out) >= (size.phases === 1 ? widestVector : fewColumns);
}

/** Where results have to be put in their places anyway, images together leave less of the last panel empty. */
function directBlock(size: GatherSize): OutputBlock {
  const together = Math.min(
    Math.floor(mostTogether / volume(size.out)),
    Math.floor((size.batch * size.phases) / size.together / fewestTasks),
  );
  if (together < 2) return plainBlock(size, mostColumns);
  return { images: evenShare(size.batch, together), size: size.out, shared: false };
}

/** Masks of all taps, and with a stride the parts of the images that a block reads. */
function directElements({ taps, tapStep, stride, out }: GatherSize, block: OutputBlock, blockChannels: number): number {
  const masks = volume(taps) * (block.images * volume(block.size) + widestVector);
  const extent = (d: 0 | 1) => block.size[d] + Math.floor(((taps[d] - 1) * tapStep[d]) / stride[d]) + 1;
  const part = blockChannels * extent(0) * extent(1) * out[2] + widestVector;
  return masks + (volume(stride) > 1 ? block.images * volume(stride) * part : 0) + 4 * widestVector;
}

/** Whether taps of one column of the kernel share lines, and whether that is worth it. */
export function sharesRows(size: GatherSize): boolean {
  const isLarge = size.out[1] > 1 && size.out[1] * size.out[2] >= fewColumns;
  return size.taps[1] > rowClasses(size) && isLarge && haloRows(size) < (size.taps[1] - 1) * size.out[1];
}

/** Lines for a column of the kernel where taps share them: taps that many apart read the same one. */
function rowClasses({ stride, tapStep, taps }: GatherSize): number {
  return Math.min(stride[1] / greatestCommonDivisor(stride[1], tapStep[1]), taps[1]);
}

/** Rows of a shared line beyond those of its first tap. */
function haloRows(size: GatherSize): number {
  return (Math.floor((size.taps[1] - 1) / rowClasses(size)) * size.tapStep[1]) / greatestCommonDivisor(size.stride[1], size.tapStep[1]);
}

/** Lines of a channel. */
export function linesOf(size: GatherSize, shared: boolean): number {
  return size.taps[2] * (shared ? rowClasses(size) : size.taps[0] * size.taps[1]);
}

/** A block of rows of one slice of one image. */
export function sharedBlock(size: GatherSize, blockChannels: number, most: number): OutputBlock {
  const halo = haloRows(size);
  const columns = evenShare(size.out[2], most);
  const lineRows = Math.floor(lineBytes / (size.elementBytes * blockChannels * size.taps[0] * linesOf(size, true) * columns)) - halo;
  const rows = columns < size.out[2] ? 1 : evenShare(size.out[1], Math.max(1, Math.min(lineRows, Math.floor(most / columns))));
  return { images: 1, size: [1, rows, columns], shared: true };
}

/** A block of at most about `most` outputs: several images, or else slices, or else rows, or else columns. */
export function plainBlock(size: GatherSize, most: number): OutputBlock {
  const [depth, height, width] = size.out;
  const limit = Math.max(1, most);
  if (depth * height * width <= limit) {
    return { images: evenShare(size.batch, imagesTogether(size, limit)), size: size.out, shared: false };
  }
  if (height * width <= limit) {
    return { images: 1, size: [evenShare(depth, Math.floor(limit / (height * width))), height, width], shared: false };
  }
  if (width <= limit) {
    return { images: 1, size: [1, rowsOf(size.out, Math.floor(limit / width)), width], shared: false };
  }
  return { images: 1, size: [1, 1, evenShare(width, limit)], shared: false };
}

function imagesTogether({ batch, out }: GatherSize, limit: number): number {
  const outputs = Math.max(1, volume(out));
  if (outputs >= fewColumns) return 1;
  const of = (columns: number) => Math.max(1, Math.floor(Math.min(limit, columns) / outputs));
  return Math.max(of(columnsTogether), Math.min(of(mostTogether), Math.ceil(batch / blocksOfMany)));
}

/** At most `most` rows of outputs, or one: an even share of all, made up to what fills whole vectors where that is no more. */
function rowsOf([, height, width]: Triple, most: number): number {
  const rows = evenShare(height, Math.max(1, most));
  const whole = alignUp(rows, lineSlack / greatestCommonDivisor(lineSlack, width));
  return whole <= Math.min(most, height) ? whole : rows;
}

/** Elements of a line. */
export function lineLength(size: GatherSize, block: OutputBlock): number {
  if (!block.shared) {
    return block.images * volume(block.size);
  }
  return size.taps[0] * (block.size[1] + haloRows(size)) * block.size[2];
}

/** Elements from line to line: lines begin where the widest vectors do; a power of two apart they would fall on the same places of the caches. */
export function pitchOf(length: number, elementBytes: number): number {
  const pitch = alignUp(length + lineSlack, lineSlack);
  return (pitch * elementBytes) % 512 < 64 ? pitch + lineSlack : pitch;
}

/** Blocks of outputs. */
export function blockCount(size: GatherSize, block: OutputBlock): number {
  const blocks = size.out.map((length, d) => Math.ceil(length / (block.size[d] ?? 1)));
  return Math.ceil(size.batch / block.images) * volume(blocks);
}

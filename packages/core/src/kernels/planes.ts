import { alignUp } from './align.ts';
import { backwardSize, type ConvolutionSizes, forwardSize, type GatherSize, type Triple, volume } from './convolution_sizes.ts';
import { bytesPerElement, type FloatDType, scalarOf } from './dtype.ts';
import { evenShare } from './even_share.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import { PlanMemo } from './plan_memo.ts';
import { vectorLanes } from './vector_lanes.ts';

/*
 * The three maps of a convolution plane by plane, for few channels a group; kernels/plane_conv.cc and plane_weight.cc have the algorithms.
 */

/** The planes of a block stay in the first-level cache, with room beside them for results. */
const planeBytes = 24 << 10;
/** Outputs of a block's row beyond which nothing gets faster. */
const longestRow = 1024;
/** Launches are cut into so many tasks where their size allows, and into no more than so many. */
const fewestTasks = 16;
const mostTasks = 64;
/** Multiply-adds that are worth a task. */
const productsPerTask = 20_000;
/** Channels of one side of a group, and phases of the other side's gradient, beyond which other ways are faster. */
const mostChannels = 8;
const mostPhases = 8;
/** The tallest tile, and elements of the widest target's tiles, which run over the ends of rows. */
const tallestTile = 7;
const tileSlack = 256;
/** Sums of a tile that are made in vain, at most, and elements of the widest vector. */
const widestColumns = 10;
const widestVector = 16;
/** Rows of a kernel that a walk takes at a time. */
const walkedTaps = [2, 3, 5, 7];

/** `conv` of convolution.ts, where `servesPlanes`. */
export function planeConv(dtype: FloatDType, x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, sizes: ConvolutionSizes): void {
  const { blockSize, rowParts, tasks, scratchStride } = forwardPlans.of(dtype, sizes);
  const { batch, groups, inChannels, outChannels, inSize, kernelSize, outSize, stride, dilation, padding } = sizes;
  launch(
    'planeConv',
    scalarOf[dtype],
    {
      x,
      weight,
      bias,
      y,
      batch,
      groups,
      inChannels,
      outChannels,
      inSize,
      kernelSize,
      outSize,
      stride,
      dilation,
      padding,
      rowParts,
      blockSize,
      scratch: scratch(workerCount() * scratchStride),
      scratchStride,
    },
    tasks,
  );
}

/** `convInput` of convolution.ts, where `servesPlanes`. */
export function planeInput(
  dtype: FloatDType,
  gradOutput: Pointer,
  weight: Pointer,
  bias: Pointer,
  x: Pointer,
  sizes: ConvolutionSizes,
): void {
  const { blockSize, rowParts, tasks, scratchStride } = backwardPlans.of(dtype, sizes);
  const { batch, groups, inChannels, outChannels, inSize, kernelSize, outSize, stride, dilation, padding } = sizes;
  launch(
    'planeInput',
    scalarOf[dtype],
    {
      gradOutput,
      weight,
      bias,
      x,
      batch,
      groups,
      inChannels,
      outChannels,
      inSize,
      kernelSize,
      outSize,
      stride,
      dilation,
      padding,
      rowParts,
      blockSize,
      scratch: scratch(workerCount() * scratchStride),
      scratchStride,
    },
    tasks,
  );
}

/** `convWeight` of convolution.ts, where `servesPlanes`. */
export function planeWeight(dtype: FloatDType, x: Pointer, gradOutput: Pointer, weight: Pointer, sizes: ConvolutionSizes): void {
  const { blockSize, shares, parts, weights, scratchStride } = weightPlans.of(dtype, sizes);
  const { batch, groups, inChannels, outChannels, inSize, kernelSize, outSize, stride, dilation, padding } = sizes;
  const partBytes = parts === 1 ? 0 : alignUp(parts * weights * bytesPerElement[dtype], 64);
  const partial = scratch(partBytes + workerCount() * scratchStride);
  const run = (stage: 0 | 1, tasks: number) => {
    const fields = {
      x,
      gradOutput,
      weight,
      partial: parts === 1 ? weight : partial,
      parts,
      stage,
      batch,
      groups,
      inChannels,
      outChannels,
      inSize,
      kernelSize,
      outSize,
      stride,
      dilation,
      padding,
      blockSize,
      scratch: partial + partBytes,
      scratchStride,
    };
    launch('planeWeight', scalarOf[dtype], fields, tasks);
  };
  run(0, shares * parts);
  if (parts > 1) {
    run(1, Math.min(fewestTasks, Math.ceil((weights * parts) / productsPerTask)));
  }
}

/**
 * Whether the three maps of a convolution go plane by plane: depthwise ones, also with a multiplier. With more channels on both sides
 * panels serve better, and with many on one side at least as well.
 */
export function servesPlanes({ inChannels, outChannels, kernelSize, stride }: ConvolutionSizes): boolean {
  const isNarrow = Math.min(inChannels, outChannels) === 1 && Math.max(inChannels, outChannels) <= mostChannels;
  return isNarrow && volume(kernelSize) > 1 && volume(stride) <= mostPhases;
}

/**
 * Whether the planes are walked down where they lie (kernels/walked_plane.h), by vectors of which the rows leave no more than a third
 * empty: with 32 registers nothing is faster, whatever the kernel.
 */
export function fillsWalks(sizes: ConvolutionSizes): boolean {
  const { kernelSize, outSize, stride, dilation } = sizes;
  const [, height, width] = outSize;
  const isWalked = walkedTaps.some((taps) => kernelSize[1] % taps === 0) && volume(stride) === 1 && height >= 2 * dilation[1];
  const lanes = width <= widestVector / 2 ? widestVector / 2 : widestVector;
  return vectorLanes() === widestVector && servesPlanes(sizes) && isWalked && 3 * width >= 2 * alignUp(width, lanes);
}

/** How planeConv or planeInput is cut. */
interface PlanePlan {
  readonly blockSize: Triple;
  readonly rowParts: number;
  readonly tasks: number;
  readonly scratchStride: number;
}

const forwardPlans = new PlanMemo<PlanePlan>((dtype, sizes) => planOf(forwardSize(dtype, sizes), 1, sizes));

const backwardPlans = new PlanMemo<PlanePlan>((dtype, sizes) => planOf(backwardSize(dtype, sizes), sizes.stride[2], sizes));

/** Cuts a direction, `interleaved` phases of which share rows of the result. */
function planOf(size: GatherSize, interleaved: number, sizes: ConvolutionSizes): PlanePlan {
  const block = planeBlock(size);
  const units = size.batch * size.groups * blockCount(size, block);
  const rowParts = Math.max(1, Math.min(Math.ceil(fewestTasks / Math.max(1, units)), size.rows));
  const depth = size.channels * volume(size.taps);
  const planes = interleaved * (planeElements(size, block) + (interleaved > 1 ? volume(block) + tileSlack : 0));
  const elements = planes + (size.phases + 1) * depth + block[2] + (block[1] + tallestTile) * widestVector + tileSlack;
  return {
    blockSize: block,
    rowParts,
    tasks: Math.min(units * rowParts, mostTasks, Math.ceil(productCount(sizes) / productsPerTask)),
    scratchStride: alignUp(elements * size.elementBytes, 64),
  };
}

/** How planeWeight is cut: shares of the groups, times parts of what is summed. */
const weightPlans = new PlanMemo((dtype, sizes) => {
  const size = forwardSize(dtype, sizes);
  const block = planeBlock(size);
  const taps = volume(size.taps);
  const mostTaskCount = Math.ceil(productCount(sizes) / productsPerTask);
  const shares = Math.max(1, Math.min(size.groups, fewestTasks, mostTaskCount));
  const parts = Math.max(1, Math.min(Math.ceil(Math.min(fewestTasks, mostTaskCount) / shares), size.batch * blockCount(size, block)));
  const gradient = block[0] * (block[1] + tallestTile * size.tapStep[1]) * (block[2] + tileSlack);
  const sums = Math.ceil(size.groups / shares) * size.rows * (size.channels * taps + widestColumns) * widestVector;
  const elements = planeElements(size, block) + gradient + sums + size.channels * taps + tileSlack;
  return {
    blockSize: block,
    shares,
    parts,
    weights: size.groups * size.rows * size.channels * taps,
    scratchStride: alignUp(elements * size.elementBytes, 64),
  };
});

/** Multiply-adds of each of the three maps. */
function productCount({ batch, groups, inChannels, outChannels, kernelSize, outSize }: ConvolutionSizes): number {
  return batch * groups * inChannels * outChannels * volume(kernelSize) * volume(outSize);
}

/** As many whole rows of outputs, or else whole planes, as the budget has room for. */
function planeBlock(size: GatherSize): Triple {
  const [depth, height, width] = size.out;
  const columns = evenShare(width, longestRow);
  const rowElements = size.channels * size.taps[0] * columns * size.stride[2];
  const budget = planeBytes / size.elementBytes;
  const halo = (size.taps[1] - 1) * size.tapStep[1];
  const rows = evenShare(height, Math.max(1, Math.floor((budget / rowElements - halo) / size.stride[1])));
  const sliceElements = size.channels * (rows * size.stride[1] + halo) * columns * size.stride[2];
  const slices = rows < height ? 1 : Math.floor((budget / sliceElements - (size.taps[0] - 1) * size.tapStep[0]) / size.stride[0]);
  return [evenShare(depth, Math.max(1, slices)), rows, columns];
}

/** Room for a block's planes, and for what tiles read behind them. */
function planeElements(size: GatherSize, block: Triple): number {
  const extent = (d: 0 | 1 | 2, outputs: number) => (outputs - 1) * size.stride[d] + (size.taps[d] - 1) * size.tapStep[d] + 1;
  const rows = extent(1, block[1] + tallestTile * size.tapStep[1]);
  const pitch = (block[2] + Math.ceil(((size.taps[2] - 1) * size.tapStep[2]) / size.stride[2])) * 1.125;
  const planes = Math.max(0, size.channels * extent(0, block[0]) * size.stride[2]);
  return (planes + 1) * (Math.max(0, rows) * pitch + tileSlack);
}

function blockCount(size: GatherSize, block: Triple): number {
  return volume(size.out.map((length, d) => Math.ceil(length / (block[d] ?? 1))));
}

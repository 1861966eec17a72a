import { alignUp } from './align.ts';
import { type ConvolutionSizes, type Triple, volume } from './convolution_sizes.ts';
import type { FloatDType } from './dtype.ts';
import { evenShare } from './even_share.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import { PlanMemo } from './plan_memo.ts';
import { fillsWalks } from './planes.ts';
import { vectorLanes } from './vector_lanes.ts';

/*
 * The three maps of a convolution with the images of a batch interleaved; kernels/interleaved.h has the idea.
 */

const floatBytes = 4;
/** Images that are interleaved: as many as a vector has lanes. */
const unitImages = vectorLanes();
/** The tallest register tile, and columns of the kernel that tiles of weights may overrun. */
const tallestTile = 8;
const widestColumns = 16;
/** What a block reads and what it writes stay in the second-level cache. */
const blockBytes = 192 << 10;
/** Launches are cut into so many tasks where their size allows. */
const fewestTasks = 16;
/** Multiply-adds that are worth a task. */
const productsPerTask = 200_000;
/** Kernels may read a few vectors over the end. */
const slack = 256;

/** Vectors of fewer lanes waste so little on the ends of rows that interleaving costs more than it saves. */
const fewestLanes = 8;
/** Channels of a group beyond which other ways waste little, too; fewer where the other side has less than a low tile's. */
const mostChannels = 32;
const mostBesideFew = 16;
const lowTile = 4;
/** Products for each element that is read or written which pay for its transposition. */
const fewestProducts = 16;

/** Whether interleaving serves the three maps of a convolution: images enough to fill wide vectors, and few channels. */
export function servesInterleaved(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  const { batch, inChannels, outChannels, inSize, kernelSize, outSize, stride, padding } = sizes;
  return (
    dtype === 'float32' &&
    unitImages >= fewestLanes &&
    alignUp(batch, unitImages) <= 1.25 * batch &&
    volume(stride) === 1 &&
    kernelSize[0] === 1 &&
    inSize[0] === 1 &&
    outSize[0] === 1 &&
    padding[0] === 0 &&
    Math.max(inChannels, outChannels) <= (Math.min(inChannels, outChannels) < lowTile ? mostBesideFew : mostChannels) &&
    !fillsWalks(sizes) &&
    volume(kernelSize) * inChannels * outChannels >= fewestProducts * (inChannels + outChannels)
  );
}

/** `conv` of convolution.ts, where `servesInterleaved`. */
export function interleavedConv(x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, sizes: ConvolutionSizes): void {
  multiply(x, weight, bias, y, forwardPlans.of('float32', sizes));
}

/** `convInput` of convolution.ts, where `servesInterleaved`. */
export function interleavedInput(gradOutput: Pointer, weight: Pointer, bias: Pointer, x: Pointer, sizes: ConvolutionSizes): void {
  multiply(gradOutput, weight, bias, x, backwardPlans.of('float32', sizes));
}

/** One direction and how it is cut: `rows` channels of the result from `channels` that are read. */
interface Plan {
  readonly transposed: 0 | 1;
  readonly batch: number;
  readonly groups: number;
  readonly channels: number;
  readonly rows: number;
  readonly inSize: Triple;
  readonly kernelSize: Triple;
  readonly outSize: Triple;
  readonly dilation: Triple;
  readonly padding: Triple;
  readonly blockRows: number;
  readonly scratchStride: number;
}

type Direction = Omit<Plan, 'blockRows' | 'scratchStride'>;

function forwardDirection(sizes: ConvolutionSizes): Direction {
  const { batch, groups, inChannels, outChannels, inSize, kernelSize, outSize, dilation, padding } = sizes;
  return { transposed: 0, batch, groups, channels: inChannels, rows: outChannels, inSize, kernelSize, outSize, dilation, padding };
}

function backwardDirection(sizes: ConvolutionSizes): Direction {
  const { batch, groups, inChannels, outChannels, inSize, kernelSize, outSize, dilation } = sizes;
  const behind = (d: 1 | 2) => (kernelSize[d] - 1) * dilation[d] - sizes.padding[d];
  const padding: Triple = [0, behind(1), behind(2)];
  const swapped = { channels: outChannels, rows: inChannels, inSize: outSize, outSize: inSize };
  return { transposed: 1, batch, groups, ...swapped, kernelSize, dilation, padding };
}

const forwardPlans = new PlanMemo<Plan>((_dtype, sizes) => planOf(forwardDirection(sizes)));
const backwardPlans = new PlanMemo<Plan>((_dtype, sizes) => planOf(backwardDirection(sizes)));

function planOf(direction: Direction): Plan {
  const { channels, rows, kernelSize } = direction;
  const blockRows = rowsOfBlock(direction, Math.min(rows, tallestTile));
  const depth = channels * volume(kernelSize);
  const elements =
    readElements(direction, blockRows) + tallestTile * (blockRows * direction.outSize[2] * unitImages + depth) + depth + slack;
  return { ...direction, blockRows, scratchStride: alignUp(elements * floatBytes, 64) };
}

function multiply(x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, plan: Plan): void {
  const { transposed, batch, groups, channels, rows, inSize, kernelSize, outSize, dilation, padding, blockRows, scratchStride } = plan;
  const packedBytes = alignUp(groups * rows * channels * volume(kernelSize) * floatBytes, 64) + 64;
  const packed = scratch(packedBytes + workerCount() * scratchStride);
  for (const stage of [0, 1]) {
    const fields = {
      x,
      weight,
      bias,
      y,
      packed,
      transposed,
      batch,
      groups,
      channels,
      rows,
      inSize,
      kernelSize,
      outSize,
      dilation,
      padding,
      stage,
      blockRows,
      scratch: packed + packedBytes,
      scratchStride,
    };
    launch('interleavedConv', 'f32', fields, stage === 0 ? Math.min(groups, fewestTasks) : groups * blockCount(plan, blockRows));
  }
}

/** How interleavedWeight is cut: parts of what is summed. */
const weightPlans = new PlanMemo((_dtype, sizes) => {
  const direction = forwardDirection(sizes);
  const { groups, channels, rows, kernelSize, outSize } = direction;
  const blockRows = rowsOfBlock(direction, rows);
  const depth = channels * volume(kernelSize);
  const outputs = blockRows * outSize[2];
  const elements = readElements(direction, blockRows) + rows * outputs * unitImages + 2 * (depth + widestColumns) + outputs + slack;
  return {
    ...direction,
    blockRows,
    parts: Math.max(1, Math.min(Math.ceil(fewestTasks / groups), blockCount(direction, blockRows))),
    sumPitch: alignUp(rows, unitImages),
    scratchStride: alignUp(elements * floatBytes, 64),
  };
});

/** `convWeight` of convolution.ts, where `servesInterleaved`. */
export function interleavedWeight(x: Pointer, gradOutput: Pointer, weight: Pointer, sizes: ConvolutionSizes): void {
  const plan = weightPlans.of('float32', sizes);
  const { batch, groups, channels, rows, inSize, kernelSize, outSize, dilation, padding, blockRows, parts, sumPitch, scratchStride } = plan;
  const sumBytes = alignUp(parts * groups * channels * volume(kernelSize) * sumPitch * floatBytes, 64);
  const partial = scratch(sumBytes + workerCount() * scratchStride);
  for (const stage of [0, 1]) {
    const fields = {
      x,
      gradOutput,
      weight,
      partial,
      parts,
      sumPitch,
      batch,
      groups,
      channels,
      rows,
      inSize,
      kernelSize,
      outSize,
      dilation,
      padding,
      stage,
      blockRows,
      scratch: partial + sumBytes,
      scratchStride,
    };
    launch('interleavedWeight', 'f32', fields, stage === 0 ? groups * parts : Math.min(groups, fewestTasks));
  }
}

/** Rows of outputs of a block, of which `rows` channels are held at a time beside what they read. */
function rowsOfBlock(direction: Direction, rows: number): number {
  const { batch, groups, channels, kernelSize, outSize, dilation } = direction;
  const columns = unitImages * floatBytes * outSize[2];
  const halo = (kernelSize[1] - 1) * dilation[1];
  const fitting = Math.floor((blockBytes / columns - channels * halo) / (channels + rows));
  const units = groups * Math.ceil(batch / unitImages);
  const products = units * unitImages * rows * channels * volume(kernelSize) * volume(outSize);
  const blocks = Math.min(Math.ceil(fewestTasks / units), Math.ceil(products / (units * productsPerTask)));
  return evenShare(outSize[1], Math.max(1, Math.min(fitting, Math.ceil(outSize[1] / blocks))));
}

function blockCount({ batch, outSize }: Direction, blockRows: number): number {
  return Math.ceil(batch / unitImages) * Math.ceil(outSize[1] / blockRows);
}

/** What a block of outputs reads, interleaved, with its border. */
function readElements({ channels, kernelSize, outSize, dilation }: Direction, blockRows: number): number {
  const extent = (d: 1 | 2, outputs: number) => outputs + (kernelSize[d] - 1) * dilation[d];
  return (channels * extent(1, blockRows) * extent(2, outSize[2]) + 8) * unitImages;
}

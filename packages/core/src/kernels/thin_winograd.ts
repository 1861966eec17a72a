import { alignUp } from './align.ts';
import { type ConvolutionSizes, type Triple, volume } from './convolution_sizes.ts';
import type { FloatDType } from './dtype.ts';
import { evenShare } from './even_share.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import { PlanMemo } from './plan_memo.ts';
import { vectorLanes } from './vector_lanes.ts';

/*
 * Winograd's F(4x4, 3x3) for few channels a group; kernels/thin_winograd.h has the idea.
 */

const floatBytes = 4;
const points = 36;
const tileSide = 4;
/** Tiles of a chunk at most, where its rows are not longer: their transforms stay in the second-level cache. */
const mostTiles = 128;
/** A chunk of more vectors must save this share of them, since one of few stays in the first-level cache. */
const worthwhileSaving = 0.03;
/** Rows of the result that are multiplied at a time, of which tiles take the place of what they were made from: see kernels/thin_winograd.cc. */
const inPlaceRows = 8;
/** The most, on any target. */
const tallestRows = 16;
/** Rows of tiles of a chunk at most: see kernels/thin_winograd.h. */
const mostChunkRows = 64;
/** What thinWinogradWeight transforms at a time stays in the second-level cache. */
const weightBlockBytes = 512 << 10;
/** Vectors of tiles whose products it sums before it stores the sums: the more, the more of these there are. */
const fewestSteps = 3;
const mostSteps = 8;
/** Tasks of thinWinogradWeight, each of which maps its sums back to taps. */
const fewestWeightTasks = 16;
/** Launches are cut into so many tasks where their size allows. */
const fewestTasks = 64;
/** Vectors of tiles and channels that are worth a task. */
const vectorsPerTask = 32;
/** Kernels may read a few vectors over the end. */
const slack = 256;

/** Lanes of the widest vector with which the gradient by the weight gains: see servesThinWeight. */
const widestWeightVector = 4;
/** Channels on both sides of a group that are worth the transforms, and those beyond which vectors over channels are full. */
const fewestChannels = 4;
const mostChannels = 64;
/** Outputs that lie within the image among those of the tiles, with the one behind each row, that are worth it. */
const leastFilled = 0.75;

/** Whether thin Winograd serves a convolution and its adjoint by the input: 3x3 kernels with stride 1 in float32 with few channels, and images that fill tiles. */
export function servesThinWinograd(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  const { batch, inChannels, outChannels, inSize, kernelSize, outSize, stride, dilation, padding } = sizes;
  return (
    dtype === 'float32' &&
    batch > 0 &&
    kernelSize[0] === 1 &&
    kernelSize[1] === 3 &&
    kernelSize[2] === 3 &&
    volume(stride) === 1 &&
    volume(dilation) === 1 &&
    inSize[0] === 1 &&
    outSize[0] === 1 &&
    padding[0] === 0 &&
    ([1, 2] as const).every((d) => padding[d] <= 2 && Math.abs(inSize[d] - outSize[d]) <= 2) &&
    Math.min(inChannels, outChannels) >= fewestChannels &&
    Math.max(inChannels, outChannels) <= mostChannels &&
    volume(outSize) >= leastFilled * tileSide ** 2 * Math.ceil(outSize[1] / tileSide) * pitchOf(outSize)
  );
}

/**
 * Whether it serves the gradient by the weight, too: on vectors of four. With wider ones the sums over their lanes, and what lies between
 * transforms and products, cost what the saved products do (measured: 8 groups of 8 channels, AVX-512 1.45 against 1.36 ms).
 */
export function servesThinWeight(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  return vectorLanes() <= widestWeightVector && servesThinWinograd(dtype, sizes);
}

/** Tiles of a row, with the one behind. */
function pitchOf(outSize: Triple): number {
  return Math.ceil(outSize[2] / tileSide) + 1;
}

/** `conv` of convolution.ts, where `servesThinWinograd`. */
export function thinConv(x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, sizes: ConvolutionSizes): void {
  multiply(x, weight, bias, y, forwardPlans.of('float32', sizes));
}

/** `convInput` of convolution.ts, where `servesThinWinograd`. */
export function thinInput(gradOutput: Pointer, weight: Pointer, bias: Pointer, x: Pointer, sizes: ConvolutionSizes): void {
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
  readonly outSize: Triple;
  readonly padding: Triple;
  readonly chunkRows: number;
  readonly parts: number;
  readonly scratchStride: number;
}

type Direction = Omit<Plan, 'chunkRows' | 'parts' | 'scratchStride'>;

const forwardPlans = new PlanMemo<Plan>((_dtype, { batch, groups, inChannels, outChannels, inSize, outSize, padding }) =>
  planOf({ transposed: 0, batch, groups, channels: inChannels, rows: outChannels, inSize, outSize, padding }),
);
const backwardPlans = new PlanMemo<Plan>((_dtype, { batch, groups, inChannels, outChannels, inSize, outSize, padding }) => {
  const behind: Triple = [0, 2 - padding[1], 2 - padding[2]];
  return planOf({
    transposed: 1,
    batch,
    groups,
    channels: outChannels,
    rows: inChannels,
    inSize: outSize,
    outSize: inSize,
    padding: behind,
  });
});

function planOf(direction: Direction): Plan {
  const { batch, groups, channels, rows, outSize } = direction;
  const lanes = vectorLanes();
  const allRows = batch * Math.ceil(outSize[1] / tileSide);
  const pitch = pitchOf(outSize);
  const chunkRows = rowsOfChunk(allRows, pitch);
  const chunks = Math.ceil(allRows / chunkRows);
  const vectors = Math.ceil((chunkRows * pitch) / lanes);
  const work = chunks * vectors * (channels + rows);
  const parts = Math.max(1, Math.min(chunks, Math.ceil(fewestTasks / groups), Math.floor(work / vectorsPerTask)));
  const held = rows <= inPlaceRows ? Math.max(channels, rows) : channels + rows;
  const weights = points * channels * alignUp(tallestRows, lanes);
  const chunk = (vectors * (points * held + 6 * tileSide) + 12) * lanes + 2 * (tileSide * pitch + lanes);
  const elements = Math.max(chunk, weights) + slack;
  return { ...direction, chunkRows, parts, scratchStride: alignUp(elements * floatBytes, 64) };
}

/** How thinWinogradWeight is cut: parts of all rows of tiles, each in blocks. */
const weightPlans = new PlanMemo((_dtype, { batch, groups, inChannels, outChannels, outSize }: ConvolutionSizes) => {
  const lanes = vectorLanes();
  const allRows = batch * Math.ceil(outSize[1] / tileSide);
  const pitch = pitchOf(outSize);
  const fitting = Math.floor(weightBlockBytes / (floatBytes * 6 * tileSide * (inChannels + outChannels) * pitch));
  const parts = Math.min(allRows, Math.ceil(fewestWeightTasks / groups));
  const blockRows = evenShare(Math.ceil(allRows / parts), Math.max(1, Math.min(fitting, mostChunkRows)));
  const vectors = Math.ceil((blockRows * pitch) / lanes);
  const size = inChannels * outChannels;
  const both = inChannels + outChannels;
  const stepVectors = Math.max(fewestSteps, Math.min(Math.round(size / both), mostSteps));
  const vectorElements = (6 * both * (vectors * tileSide + 2) + 6 * (both * stepVectors + 2) + 6 * size + 1) * lanes;
  const elements = vectorElements + points * size + 3 * (tileSide * pitch + lanes) + slack;
  return { parts, blockRows, stepVectors, tapPitch: alignUp(size, 16), scratchStride: alignUp(elements * floatBytes, 64) };
});

/** `convWeight` of convolution.ts, where `servesThinWeight`. */
export function thinWeight(x: Pointer, gradOutput: Pointer, weight: Pointer, sizes: ConvolutionSizes): void {
  const { batch, groups, inChannels: channels, outChannels: rows, inSize, outSize, padding } = sizes;
  const { parts, blockRows, stepVectors, tapPitch, scratchStride } = weightPlans.of('float32', sizes);
  const partBytes = alignUp(parts * groups * 9 * tapPitch * floatBytes, 64);
  const partial = scratch(partBytes + workerCount() * scratchStride);
  for (const stage of [0, 1]) {
    const fields = {
      x,
      gradOutput,
      weight,
      partial,
      batch,
      groups,
      channels,
      rows,
      inSize,
      outSize,
      padding,
      stage,
      parts,
      blockRows,
      stepVectors,
      tapPitch,
      scratch: partial + partBytes,
      scratchStride,
    };
    launch('thinWinogradWeight', 'f32', fields, stage === 0 ? groups * parts : Math.min(groups, fewestTasks));
  }
}

/** Rows of tiles that fill whole vectors as well as can be, and as few of those as it takes. */
function rowsOfChunk(allRows: number, pitch: number): number {
  const lanes = vectorLanes();
  const vectorsOf = (rows: number) =>
    Math.ceil((rows * pitch) / lanes) * Math.floor(allRows / rows) + Math.ceil(((allRows % rows) * pitch) / lanes);
  let best = 1;
  for (let rows = 2; rows <= Math.min(allRows, mostChunkRows, mostTiles / pitch); rows++) {
    if (vectorsOf(rows) < (1 - worthwhileSaving) * vectorsOf(best)) best = rows;
  }
  return best;
}

function multiply(x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, plan: Plan): void {
  const { transposed, batch, groups, channels, rows, inSize, outSize, padding, chunkRows, parts, scratchStride } = plan;
  const weightBytes = alignUp(groups * (points * rows * channels + vectorLanes()) * floatBytes, 64) + 64;
  const transformed = scratch(weightBytes + workerCount() * scratchStride);
  for (const stage of [0, 1]) {
    const fields = {
      x,
      weight,
      bias,
      y,
      transformed,
      transposed,
      batch,
      groups,
      channels,
      rows,
      inSize,
      outSize,
      padding,
      stage,
      chunkRows,
      parts,
      scratch: transformed + weightBytes,
      scratchStride,
    };
    launch('thinWinograd', 'f32', fields, stage === 0 ? Math.min(groups, fewestTasks) : groups * parts);
  }
}

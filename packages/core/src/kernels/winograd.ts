import { alignUp } from './align.ts';
import type { InstructionSet } from './backends/backend.ts';
import { type ConvolutionSizes, type Triple, volume } from './convolution_sizes.ts';
import type { FloatDType } from './dtype.ts';
import { evenShare } from './even_share.ts';
import { servesInterleaved } from './interleaved.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import { instructionSet } from './module.ts';
import { PlanMemo } from './plan_memo.ts';
import type { Winners } from './pool.ts';
import { vectorLanes } from './vector_lanes.ts';
import {
  blockBytes,
  fewestBlocks,
  fewestTasks,
  floatBytes,
  mostSharedTiles,
  pitchOf,
  shortestChunk,
  spread,
  tasksFor,
  tileMultiple,
  widestPanel,
  widestVector,
} from './winograd_cut.ts';

/*
 * Winograd's F(4x4, 3x3) for the three maps of a convolution; kernels/winograd.h has the algorithm.
 */

const points = 36;
const tileSide = 4;
/** Tiles of a block: their transforms stay in the second-level cache; a multiple of every target's register tile. */
const mostTiles = 48;
/** Where inputs are shared, the rows of a task, and terms of which it transforms the weights at a time, as winograd.cc has them. */
const sharedRows = 32;
const termsTogether = 64;
/** Rows of the result, about, that a block multiplies before it transforms them back, where not all at once. */
const blockRows = 64;
/** Rows that make a share for which the inputs are transformed again. */
const rowsPerPart = 64;
/** Weights a task transforms at least. */
const weightsPerTask = 512;
/** Columns of the widest panel of convWeight, as kernels/winograd_weight.cc has them. */
const weightPanels: Readonly<Record<InstructionSet, number>> = { simd128: 8, 'relaxed-simd': 8, sse2: 8, neon: 24, avx2: 16, avx512: 48 };
/** Rows of convWeight that a task takes as one. */
const rowUnit = 16;
/** What mapping a vector of sums back costs, as a multiple of transforming a vector of a tile. */
const mappingCost = 1.2;

/** Fewer rows than this the kernel does not take. */
const fewestChannels = 12;
/** Tiles of all images together that are worth transforming the weights. */
const fewestTiles = 8;
/** Outputs of a tile, on average, with no more of which interleaving goes before. */
const fewestOutputs = 4;
/** Products that are saved, as a multiple, for the gradient by the weight to be worth its transforms: by the lanes of a vector. */
const fewestSaved = vectorLanes() > 4 ? 3 : 1.5;

/**
 * Whether Winograd's algorithm serves a convolution and its adjoint by x: 3x3 kernels, of any depth, with stride 1 in float32 that have
 * work enough.
 * A NaN or an infinity spreads over its 4x4 tile of outputs as NaN, where a direct sum keeps it to the outputs that read it.
 * The least numbers are measured: even for a single output, with 16 products instead of 9, other ways take longer, which work on rows of images.
 */
export function servesWinograd(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  const { groups, inChannels, outChannels, batch, kernelSize, outSize, stride, dilation } = sizes;
  const tiles = batch * tilesOf(outSize, dilation);
  return (
    dtype === 'float32' &&
    groups === 1 &&
    kernelSize[1] === 3 &&
    kernelSize[2] === 3 &&
    volume(stride) === 1 &&
    Math.min(inChannels, outChannels) >= fewestChannels &&
    tiles >= fewestTiles &&
    (batch * volume(outSize) > fewestOutputs * tiles || !servesInterleaved(dtype, sizes))
  );
}

/** Whether it serves the adjoint by the weight as well. */
export function servesWinogradWeight(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  const { outSize, dilation } = sizes;
  const products = pointsAlong(outSize[1], dilation[1]) * pointsAlong(outSize[2], dilation[2]);
  return servesWinograd(dtype, sizes) && 9 * outSize[1] * outSize[2] >= fewestSaved * products;
}

/** Products that the tiles along an axis take: six each, five of three outputs, or four of one or two. */
function pointsAlong(outputs: number, dilation: number): number {
  let points = 0;
  for (let first = 0; first < dilation; first++) {
    const own = Math.ceil((outputs - first) / dilation);
    const missing = tileSide * Math.ceil(own / tileSide) - own;
    points += 6 * Math.ceil(own / tileSide) - Math.min(missing, 2);
  }
  return points;
}

/** `conv` of convolution.ts, where `servesWinograd`, or, of another `pooled` than null, `convReluPool` of pooled_convolution.ts. */
export function winogradConv(
  x: Pointer,
  weight: Pointer,
  bias: Pointer,
  y: Pointer,
  sizes: ConvolutionSizes,
  pooled: Winners | null = null,
): void {
  const { batch, inChannels, outChannels, inSize, kernelSize, outSize, dilation, padding } = sizes;
  const direction = { batch, channels: inChannels, rows: outChannels, depthTaps: kernelSize[0], inSize, outSize, dilation, padding };
  multiply(0, x, 0, weight, bias, y, pooled, direction);
}

/** `convInput` of convolution.ts, where `servesWinograd`; with `winners` (0 for none) `convInputPooled` of pooled_convolution.ts. */
export function winogradInput(
  gradOutput: Pointer,
  weight: Pointer,
  bias: Pointer,
  x: Pointer,
  sizes: ConvolutionSizes,
  winners: Pointer = 0,
): void {
  const { batch, inChannels, outChannels, inSize, kernelSize, outSize, dilation } = sizes;
  const flipped = (d: 0 | 1 | 2) => (kernelSize[d] - 1) * dilation[d] - sizes.padding[d];
  const direction = {
    batch,
    channels: outChannels,
    rows: inChannels,
    depthTaps: kernelSize[0],
    inSize: outSize,
    outSize: inSize,
    dilation,
    padding: [flipped(0), flipped(1), flipped(2)] as const,
  };
  multiply(1, gradOutput, winners, weight, bias, x, null, direction);
}

/** One direction: `rows` channels of the result from `channels` that are read. */
interface Direction {
  readonly batch: number;
  readonly channels: number;
  readonly rows: number;
  /** Slices of the kernel, each of which reads as many channels. */
  readonly depthTaps: number;
  readonly inSize: Triple;
  readonly outSize: Triple;
  readonly dilation: Triple;
  readonly padding: Triple;
}

function multiply(
  transposed: 0 | 1,
  x: Pointer,
  inWinners: Pointer,
  weight: Pointer,
  bias: Pointer,
  y: Pointer,
  pooled: Winners | null,
  direction: Direction,
): void {
  const { batch, channels, rows, depthTaps, inSize, outSize, dilation, padding } = direction;
  const plan = planOf(direction);
  const transformed = scratch(plan.sharedBytes + workerCount() * plan.scratchStride);
  for (const stage of [0, 1]) {
    const fields = {
      x,
      inWinners,
      weight,
      bias,
      y,
      pooled: pooled === null ? 0 : 1,
      winners: pooled === null ? 0 : pooled.winners,
      transformed,
      transposed,
      batch,
      channels,
      rows,
      depthTaps,
      inSize,
      outSize,
      dilation,
      padding,
      stage,
      sharesInputs: plan.sharesInputs ? 1 : 0,
      blockTiles: plan.blockTiles,
      blocks: plan.blocks,
      rowParts: plan.rowParts,
      partBlocks: plan.partBlocks,
      weightStride: plan.weightStride,
      inputStride: plan.inputStride,
      inputPitch: plan.inputPitch,
      sumStride: plan.sumStride,
      scratch: transformed + plan.sharedBytes,
      scratchStride: plan.scratchStride,
    };
    launch('winograd', 'f32', fields, stage === 0 ? plan.sharedTasks : plan.tasks);
  }
}

/** How one of the two directions is cut; winograd.cc says what the tasks are. */
interface Plan {
  readonly sharesInputs: boolean;
  readonly blockTiles: number;
  readonly blocks: number;
  readonly rowParts: number;
  readonly partBlocks: number;
  readonly weightStride: number;
  readonly inputStride: number;
  /** Tiles between two vectors of terms, of shared inputs. */
  readonly inputPitch: number;
  readonly sumStride: number;
  readonly sharedBytes: number;
  readonly scratchStride: number;
  readonly sharedTasks: number;
  readonly tasks: number;
}

function planOf(direction: Direction): Plan {
  const { batch, channels, rows, depthTaps, outSize, dilation } = direction;
  const tiles = batch * tilesOf(outSize, dilation);
  const terms = depthTaps * alignUp(channels, widestVector);
  return tiles < rows ? inputsShared(direction, tiles, terms) : weightsShared(direction, tiles, terms);
}

function weightsShared({ rows, outSize, dilation }: Direction, tiles: number, terms: number): Plan {
  const { blockTiles, blocks } = blocksOf(tiles, mostTiles, 8);
  const rowParts = Math.max(1, Math.min(Math.ceil(fewestBlocks / blocks), Math.floor(rows / rowsPerPart)));
  // All at once, in the inputs' place, where that takes no more room than some at a time beside them.
  const shareRows = rows / rowParts;
  const partBlocks = shareRows <= terms + blockRows ? 1 : Math.max(1, Math.round(shareRows / blockRows));
  const isInPlace = partBlocks === 1;
  const width = alignUp(blockTiles, tileMultiple);
  const weightStride = spread(alignUp(rows, widestVector) * terms);
  const unevenRows = rowParts * partBlocks === 1 ? 0 : 2 * widestPanel;
  const partRows = alignUp(Math.ceil(rows / (rowParts * partBlocks)) + unevenRows, widestVector);
  const inputStride = spread((isInPlace ? Math.max(terms, partRows) : terms) * width);
  const sumStride = isInPlace ? inputStride : spread(partRows * width);
  const places = isInPlace ? (points + 1) * inputStride : points * (inputStride + sumStride);
  const elements = places + stripElements(outSize, dilation, blockTiles);
  return {
    sharesInputs: false,
    blockTiles,
    blocks,
    rowParts,
    partBlocks,
    weightStride,
    inputStride,
    inputPitch: width,
    sumStride,
    sharedBytes: alignUp(points * weightStride * floatBytes, 64),
    scratchStride: alignUp(elements * floatBytes, 64),
    sharedTasks: tasksFor(rows * terms, weightsPerTask),
    tasks: blocks * rowParts,
  };
}

function inputsShared({ rows, outSize, dilation }: Direction, tiles: number, terms: number): Plan {
  const { blockTiles, blocks } = blocksOf(tiles, mostSharedTiles, tileMultiple);
  const rowParts = Math.max(1, Math.round(rows / sharedRows));
  const partRows = widestVector * Math.ceil(Math.ceil(rows / widestVector) / rowParts);
  const inputPitch = pitchOf(alignUp(tiles, tileMultiple));
  const weightStride = spread(partRows * termsTogether);
  const inputStride = spread(terms * inputPitch);
  const sumStride = spread(partRows * alignUp(blockTiles, tileMultiple));
  const elements = Math.max(points * (weightStride + sumStride), stripElements(outSize, dilation, blockTiles));
  return {
    sharesInputs: true,
    blockTiles,
    blocks,
    rowParts,
    partBlocks: 1,
    weightStride,
    inputStride,
    inputPitch,
    sumStride,
    sharedBytes: alignUp(points * inputStride * floatBytes, 64),
    scratchStride: alignUp(elements * floatBytes, 64),
    sharedTasks: Math.min(fewestTasks, (terms / widestVector) * blocks),
    tasks: rowParts * blocks,
  };
}

/** Tiles of all images cut evenly into blocks of at most `most`, multiples of `unit` but for the last. */
function blocksOf(tiles: number, most: number, unit: number): { readonly blockTiles: number; readonly blocks: number } {
  const share = evenShare(tiles, most);
  const blockTiles = share === tiles ? tiles : Math.min(most, alignUp(share, unit));
  return { blockTiles, blocks: Math.ceil(tiles / blockTiles) };
}

/** `convWeight` of convolution.ts, where `servesWinogradWeight`; with `winners` (0 for none) `convWeightPooled` of pooled_convolution.ts. */
export function winogradWeight(x: Pointer, gradOutput: Pointer, weight: Pointer, sizes: ConvolutionSizes, winners: Pointer = 0): void {
  const { batch, inChannels: channels, outChannels: rows, inSize, kernelSize, outSize, dilation, padding } = sizes;
  const { rowParts, tileParts, chunks, chunkTiles, panel } = weightPlans.of('float32', sizes);
  const depthTaps = kernelSize[0];
  const taps = depthTaps * alignUp(channels, widestVector) * kernelSize[1] * kernelSize[2];
  const taskRows = rowUnit * Math.ceil(Math.ceil(rows / rowUnit) / rowParts);
  const cotangentStride = spread(chunkTiles * taskRows);
  const inputStride = spread(chunkTiles * panel);
  const sumStride = spread(taskRows * panel);
  const elements = points * (cotangentStride + inputStride + sumStride) + stripElements(outSize, dilation, chunkTiles);
  const scratchStride = alignUp(elements * floatBytes, 64);
  const partBytes = alignUp(tileParts * rows * taps * floatBytes, 64);
  const partial = scratch(partBytes + workerCount() * scratchStride);
  const run = (stage: 0 | 1, tasks: number) => {
    const fields = {
      x,
      gradOutput,
      winners,
      weight,
      partial,
      batch,
      channels,
      rows,
      depthTaps,
      inSize,
      outSize,
      dilation,
      padding,
      stage,
      rowParts,
      tileParts,
      chunks,
      cotangentStride,
      inputStride,
      sumStride,
      scratch: partial + partBytes,
      scratchStride,
    };
    launch('winogradWeight', 'f32', fields, tasks);
  };
  run(0, rowParts * tileParts);
  run(1, Math.min(rows, tasksFor(rows * depthTaps * channels, weightsPerTask)));
}

/** How convWeight is cut: shares of the rows times parts of the tiles, each summed in chunks. */
interface WeightPlan {
  readonly rowParts: number;
  readonly tileParts: number;
  readonly chunks: number;
  /** Of the longest chunk. */
  readonly chunkTiles: number;
  /** Columns of the widest panel of channels. */
  readonly panel: number;
  readonly cost: number;
}

/** Every share of the rows transforms the inputs again, every chunk of the tiles maps all sums back: the cheapest of all even cuts. */
const weightPlans = new PlanMemo<WeightPlan>((_, { batch, inChannels, outChannels, kernelSize, outSize, dilation }) => {
  const tiles = batch * tilesOf(outSize, dilation);
  const channelVectors = kernelSize[0] * Math.ceil(inChannels / widestVector);
  const rowVectors = Math.ceil(outChannels / rowUnit);
  const lanes = vectorLanes();
  const panel = lanes * evenShare(kernelSize[0] * Math.ceil(inChannels / lanes), weightPanels[instructionSet()] / lanes);
  const plans: WeightPlan[] = [];
  for (let rowParts = 1; rowParts <= rowVectors; rowParts++) {
    const taskRows = (rowUnit * rowVectors) / rowParts;
    const room = blockBytes / (floatBytes * points) - taskRows * panel;
    const longest = Math.floor(room / (taskRows + panel));
    if (rowVectors % rowParts !== 0 || (longest < shortestChunk && rowParts < rowVectors)) continue;
    const tileParts = Math.max(1, Math.min(Math.ceil(fewestTasks / rowParts), Math.floor(tiles / shortestChunk)));
    const partTiles = Math.ceil(tiles / tileParts);
    const chunks = Math.ceil(partTiles / longest);
    const cost = tiles * (rowParts * channelVectors + rowVectors) + mappingCost * tileParts * chunks * outChannels * channelVectors;
    plans.push({ rowParts, tileParts, chunks, chunkTiles: Math.ceil(partTiles / chunks), panel, cost });
  }
  return plans.reduce((best, plan) => (plan.cost < best.cost ? plan : best));
});

/** Room for the rows that so many tiles of one image read, and one more, of a vector of channels, wherever they begin. */
function stripElements(outSize: Triple, dilation: Triple, tiles: number): number {
  const [high, wide] = tileGrid(outSize, dilation);
  const rows = Math.min(high, Math.ceil(tiles / (wide * dilation[2])) + 1) * tileSide + 3;
  return (rows * (wide * tileSide + 2) * dilation[2] + 3) * widestVector;
}

/** Tiles of the slices of one member of the batch; a dilated convolution splits each into several images. */
function tilesOf(outSize: Triple, dilation: Triple): number {
  const [high, wide] = tileGrid(outSize, dilation);
  return outSize[0] * high * wide * dilation[1] * dilation[2];
}

function tileGrid(outSize: Triple, dilation: Triple): readonly [number, number] {
  return [Math.ceil(outSize[1] / (tileSide * dilation[1])), Math.ceil(outSize[2] / (tileSide * dilation[2]))];
}

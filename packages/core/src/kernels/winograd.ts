import { alignUp } from './align.ts';
import { type ConvolutionSizes, type Triple, volume } from './convolution_sizes.ts';
import type { FloatDType } from './dtype.ts';
import { evenShare } from './even_share.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';

/*
 * Winograd's F(4x4, 3x3) for the three maps of a convolution; kernels/winograd.h has the algorithm.
 */

const floatBytes = 4;
const points = 36;
const tileSide = 4;
/** Tiles of a block: their transforms stay in the second-level cache; a multiple of every target's register tile. */
const blockTiles = 48;
/** Rows of the result that a block multiplies before it transforms them back. */
const blockRows = 64;
/** Launches are cut into so many tasks where their size allows. */
const fewestTasks = 16;
/** Rows that make a task of their own worth another transform of the inputs. */
const rowsPerPart = 64;
/** Weights a task transforms at least. */
const weightsPerTask = 512;
/** Bytes of transformed inputs and cotangents that convWeight makes before it multiplies them. */
const chunkBytes = 2 << 20;
/** Lanes of the widest vector, the channels of the widest panel, and a multiple of every target's register tile, in tiles. */
const widestVector = 16;
const widestPanel = 48;
const tileMultiple = 24;
/** Channels of a task that transforms tiles for convWeight. */
const channelsPerTask = 16;

/** Fewer rows than this the kernel does not take. */
const fewestChannels = 12;
/** Tiles of all images together that are worth transforming the weights. */
const fewestTiles = 8;
/** Outputs of a tile that lie within the image: with 4, direct convolution takes no more products. */
const fewestOutputs = 4;

/**
 * Whether Winograd's algorithm serves the three maps of a convolution: 3x3 kernels, of any depth, with stride 1 in float32 that have
 * work enough.
 * A NaN or an infinity spreads over its 4x4 tile of outputs as NaN, where a direct sum keeps it to the outputs that read it.
 * The least tiles and outputs are measured: below them the transforms cost about what the saved products do.
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
    batch * volume(outSize) > fewestOutputs * tiles
  );
}

/** `conv` of convolution.ts, where `servesWinograd`. */
export function winogradConv(x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, sizes: ConvolutionSizes): void {
  const { batch, inChannels, outChannels, inSize, kernelSize, outSize, dilation, padding } = sizes;
  const direction = { batch, channels: inChannels, rows: outChannels, depthTaps: kernelSize[0], inSize, outSize, dilation, padding };
  multiply(0, x, weight, bias, y, direction);
}

/** `convInput` of convolution.ts, where `servesWinograd`. */
export function winogradInput(gradOutput: Pointer, weight: Pointer, bias: Pointer, x: Pointer, sizes: ConvolutionSizes): void {
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
  multiply(1, gradOutput, weight, bias, x, direction);
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

function multiply(transposed: 0 | 1, x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, direction: Direction): void {
  const { batch, channels, rows, depthTaps, inSize, outSize, dilation, padding } = direction;
  const tiles = batch * tilesOf(outSize, dilation);
  const terms = depthTaps * alignUp(channels, widestVector);
  const share = evenShare(tiles, blockTiles);
  const size = share === tiles ? tiles : Math.min(blockTiles, alignUp(share, 8));
  const blocks = Math.ceil(tiles / size);
  const rowParts = Math.max(1, Math.min(Math.ceil(fewestTasks / blocks), Math.floor(rows / rowsPerPart)));
  const partBlocks = Math.max(1, Math.round(rows / rowParts / blockRows));
  const width = alignUp(size, tileMultiple);
  const weightStride = spread(alignUp(rows, widestVector) * terms);
  const inputStride = spread(terms * width);
  const sumStride = spread((Math.ceil(rows / (rowParts * partBlocks)) + 2 * widestPanel) * width);
  const elements = points * (inputStride + sumStride) + stripElements(outSize, dilation, size);
  const scratchStride = alignUp(elements * floatBytes, 64);
  const weightBytes = alignUp(points * weightStride * floatBytes, 64);
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
      channels,
      rows,
      depthTaps,
      inSize,
      outSize,
      dilation,
      padding,
      stage,
      blockTiles: size,
      rowParts,
      partBlocks,
      weightStride,
      inputStride,
      sumStride,
      scratch: transformed + weightBytes,
      scratchStride,
    };
    launch('winograd', 'f32', fields, stage === 0 ? taskCount(rows * terms, weightsPerTask) : blocks * rowParts);
  }
}

/** `convWeight` of convolution.ts, where `servesWinograd`. */
export function winogradWeight(x: Pointer, gradOutput: Pointer, weight: Pointer, sizes: ConvolutionSizes): void {
  const { batch, inChannels: channels, outChannels: rows, inSize, kernelSize, outSize, dilation, padding } = sizes;
  const depthTaps = kernelSize[0];
  const tiles = batch * tilesOf(outSize, dilation);
  const sumPitch = depthTaps * alignUp(channels, widestVector);
  const alignedRows = alignUp(rows, channelsPerTask);
  const chunk = evenShare(tiles, Math.max(96, Math.floor(chunkBytes / (floatBytes * points * (depthTaps * channels + rows)))));
  const sumStride = spread(alignedRows * sumPitch);
  const inputStride = spread(chunk * sumPitch);
  const cotangentStride = spread(chunk * alignedRows);
  const groups = depthTaps * Math.ceil(channels / channelsPerTask) + Math.ceil(rows / channelsPerTask);
  const tileParts = Math.max(1, Math.min(Math.ceil(fewestTasks / groups), chunk));
  const scratchStride = alignUp(stripElements(outSize, dilation, chunk) * floatBytes, 64);
  const bytes = alignUp(points * (sumStride + inputStride + cotangentStride) * floatBytes, 64);
  const sums = scratch(bytes + workerCount() * scratchStride);
  const inputs = sums + points * sumStride * floatBytes;
  const run = (stage: 0 | 1 | 2, firstTile: number, tileCount: number, tasks: number) => {
    const fields = {
      x,
      gradOutput,
      weight,
      sums,
      inputs,
      cotangents: inputs + points * inputStride * floatBytes,
      batch,
      channels,
      rows,
      depthTaps,
      inSize,
      outSize,
      dilation,
      padding,
      stage,
      firstTile,
      tileCount,
      tileParts,
      sumPitch,
      sumStride,
      inputStride,
      cotangentStride,
      scratch: sums + bytes,
      scratchStride,
    };
    launch('winogradWeight', 'f32', fields, tasks);
  };
  for (let first = 0; first < tiles; first += chunk) {
    const count = Math.min(chunk, tiles - first);
    run(0, first, count, groups * tileParts);
    run(1, first, count, points);
  }
  run(2, 0, 0, Math.min(rows, taskCount(rows * depthTaps * channels, weightsPerTask)));
}

/** Room for the rows that so many tiles of one image read, of a vector of channels, wherever they begin. */
function stripElements(outSize: Triple, dilation: Triple, tiles: number): number {
  const [high, wide] = tileGrid(outSize, dilation);
  const rows = Math.min(high, Math.ceil(tiles / wide) + 1) * tileSide + 2;
  return (rows * (wide * tileSide + 2) + 3) * widestVector;
}

/** Tiles of the slices of one member of the batch; a dilated convolution splits each into several images. */
function tilesOf(outSize: Triple, dilation: Triple): number {
  const [high, wide] = tileGrid(outSize, dilation);
  return outSize[0] * high * wide * dilation[1] * dilation[2];
}

function tileGrid(outSize: Triple, dilation: Triple): readonly [number, number] {
  return [Math.ceil(outSize[1] / (tileSide * dilation[1])), Math.ceil(outSize[2] / (tileSide * dilation[2]))];
}

/** Strides near a power of two would put one place of all points into the same lines of the caches. */
function spread(elements: number): number {
  return alignUp(elements, 1024) + 16;
}

function taskCount(work: number, workPerTask: number): number {
  return Math.max(1, Math.min(Math.floor(work / workPerTask), fewestTasks));
}

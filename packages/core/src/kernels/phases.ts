import { alignUp } from './align.ts';
import { type ConvolutionSizes, type Triple, volume } from './convolution_sizes.ts';
import type { FloatDType } from './dtype.ts';
import { evenShare } from './even_share.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import { PlanMemo } from './plan_memo.ts';
import { vectorLanes } from './vector_lanes.ts';

/*
 * Winograd's algorithm for the three maps of a convolution whose stride leaves each phase two or three taps; kernels/phase_conv.cc says how.
 */

const floatBytes = 4;
const tileInputs = 6;
/** Launches are cut into so many tasks where their size allows. */
const fewestTasks = 16;
/** The same where a cut into more would transform the inputs for each share of the rows. */
const fewestBlocks = 6;
/** Weights a task transforms at least. */
const weightsPerTask = 256;
/** Tiles of the largest block, and of one whose inputs are shared. */
const mostTiles = 96;
const mostSharedTiles = 72;
/** Terms whose products are added to the sums at a time, where not all are made at once. */
const mostTermsTogether = 128;
/** Tiles of a register tile, by the lanes of a vector. */
const tileRows: Readonly<Record<number, number>> = { 4: 4, 8: 6, 16: 8 };
/** Lanes of the widest vector, the channels of the widest panel, and a multiple of every target's register tile, in tiles. */
const widestVector = 16;
const widestPanel = 48;
const tileMultiple = 24;
/** Rows that a block multiplies at a time make a panel of the widest vectors. */
const panelRows = 32;
/** What is transformed and summed at a time stays in the second-level cache. */
const blockBytes = 1200 << 10;
/** Tiles that convWeight sums at a time, at least, for its register tiles to be worth their sums. */
const shortestChunk = 12;
/**
 * As multiples of transforming a vector of a tile: a vector's products with one number of each point, reading as much, adding it to others,
 * mapping sums to taps.
 */
const productCost = 0.35;
const readingCost = 1;
const additionCost = 0.4;
const mappingCost = 1;

/** Taps of a phase along an axis. */
const mostTaps = 3;
/** Channels on each side, and tiles of all images together, that pay for the transforms of squares; and of lines, which save fewer products. */
const fewestChannels = 12;
const fewestTiles = 24;
const fewestLineTiles = 256;
/** Wide vectors leave the transforms little to do beside the products. */
const fewestLineChannels = (lanes: number) => (lanes === widestVector ? 16 : 32);
/** Transformed weights that stay in the third-level cache, which every block reads. */
const mostWeightBytes = 20 << 20;
/** Times as few products as the direct algorithm makes are worth the transforms. */
const leastSaving = 1.7;

/** What the convolution looks like to the algorithm; pairs are along its height and its width. */
interface Phases {
  /** Of the phase that has the most: one, or as many as along the other axis. */
  readonly taps: Triple;
  /** Places that a tile reads, and how far the next one is. */
  readonly side: Pair;
  readonly outputs: Pair;
  readonly points: number;
  readonly count: number;
  readonly stride: Triple;
}

type Pair = readonly [number, number];

function phasesOf({ kernelSize, stride }: ConvolutionSizes): Phases {
  const own = (d: 1 | 2) => Math.max(1, Math.ceil(kernelSize[d] / stride[d]));
  const most = Math.max(2, own(1), own(2));
  // One map at least saves something: a single tap along both axes is taken for two.
  const taps = (d: 1 | 2) => (own(d) === 1 && own(1) + own(2) > 2 ? 1 : most);
  const side = (d: 1 | 2) => (taps(d) === 1 ? 1 : tileInputs);
  const outputs = (d: 1 | 2) => side(d) + 1 - taps(d);
  return {
    taps: [1, taps(1), taps(2)],
    side: [side(1), side(2)],
    outputs: [outputs(1), outputs(2)],
    points: side(1) * side(2),
    count: stride[1] * stride[2],
    stride,
  };
}

/**
 * Whether the algorithm serves the three maps of a convolution: of images, in float32, with strides of one or two and kernels of at most
 * three taps a phase, where it makes few products enough. As with `servesWinograd`, a NaN spreads over its tile of outputs.
 */
export function servesPhases(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  const { groups, inChannels, outChannels, batch, inSize, kernelSize, outSize, stride, dilation } = sizes;
  const isPlain = dtype === 'float32' && groups === 1 && volume(dilation) === 1;
  const isImage = inSize[0] === 1 && kernelSize[0] === 1 && outSize[0] === 1 && stride[0] === 1;
  const hasFewTaps = kernelSize[1] <= mostTaps * stride[1] && kernelSize[2] <= mostTaps * stride[2] && volume(kernelSize) > 1;
  if (!isPlain || !isImage || !hasFewTaps || stride[1] > 2 || stride[2] > 2) return false;
  const { outputs, points, count } = phasesOf(sizes);
  const isLine = points === tileInputs;
  const lanes = vectorLanes();
  const [channels, rows] = [alignUp(inChannels, lanes), alignUp(outChannels, lanes)];
  const tiles = batch * volume(forwardTiles(sizes, outputs));
  return (
    Math.min(inChannels, outChannels) >= (isLine ? fewestLineChannels(lanes) : fewestChannels) &&
    tiles >= (isLine ? fewestLineTiles : fewestTiles) &&
    count * points * channels * rows * floatBytes <= mostWeightBytes &&
    batch * volume(outSize) * volume(kernelSize) * inChannels * outChannels >= leastSaving * tiles * count * points * channels * rows
  );
}

/** `conv` of convolution.ts, where `servesPhases`. */
export function phaseConv(x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, sizes: ConvolutionSizes): void {
  multiply(0, x, weight, bias, y, sizes, forwardPlans.of('float32', sizes));
}

/** `convInput` of convolution.ts, where `servesPhases`. */
export function phaseInput(gradOutput: Pointer, weight: Pointer, bias: Pointer, x: Pointer, sizes: ConvolutionSizes): void {
  multiply(1, gradOutput, weight, bias, x, sizes, backwardPlans.of('float32', sizes));
}

function multiply(transposed: 0 | 1, x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, sizes: ConvolutionSizes, plan: Plan): void {
  const { batch, inChannels, outChannels, inSize, kernelSize, outSize, stride, padding } = sizes;
  const transformed = scratch(plan.weightBytes + plan.sharedBytes + workerCount() * plan.scratchStride);
  for (const stage of [0, 1]) {
    const fields = {
      x,
      weight,
      bias,
      y,
      transformed,
      sharedInputs: plan.sharedBytes === 0 ? 0 : transformed + plan.weightBytes,
      transposed,
      batch,
      channels: transposed === 0 ? inChannels : outChannels,
      rows: transposed === 0 ? outChannels : inChannels,
      inSize: transposed === 0 ? inSize : outSize,
      kernelSize,
      outSize: transposed === 0 ? outSize : inSize,
      stride,
      padding,
      taps: plan.taps,
      stage,
      weightTasks: plan.weightTasks,
      blockTiles: plan.blockTiles,
      blocks: plan.blocks,
      vectorsTogether: plan.vectorsTogether,
      rowParts: plan.rowParts,
      partBlocks: plan.partBlocks,
      weightStride: plan.weightStride,
      inputStride: plan.inputStride,
      inputPitch: plan.inputPitch,
      sumStride: plan.sumStride,
      scratch: transformed + plan.weightBytes + plan.sharedBytes,
      scratchStride: plan.scratchStride,
    };
    launch('phaseConv', 'f32', fields, stage === 0 ? plan.weightTasks + plan.inputTasks : plan.tasks);
  }
}

/** How one of the two directions is cut: blocks of tiles times shares of the rows, and, of shared inputs, rows of phases. */
interface Plan {
  readonly taps: Triple;
  readonly weightTasks: number;
  readonly inputTasks: number;
  readonly tasks: number;
  readonly blockTiles: number;
  readonly blocks: number;
  /** Vectors of channels of the target's width whose products are added to the sums at a time. */
  readonly vectorsTogether: number;
  readonly rowParts: number;
  readonly partBlocks: number;
  readonly weightStride: number;
  readonly inputStride: number;
  /** Tiles between two vectors of terms, of shared inputs. */
  readonly inputPitch: number;
  readonly sumStride: number;
  readonly weightBytes: number;
  /** Of inputs, 0 where none are shared. */
  readonly sharedBytes: number;
  readonly scratchStride: number;
}

const forwardPlans = new PlanMemo<Plan>((_, sizes) => {
  const phases = phasesOf(sizes);
  const grid = forwardTiles(sizes, phases.outputs);
  const strip = stripElements(grid, phases.outputs, phases.side, sizes.stride);
  return planOf({
    phases,
    batch: sizes.batch,
    channels: sizes.inChannels,
    rows: sizes.outChannels,
    from: phases.count,
    to: 1,
    grid,
    strip,
  });
});

const backwardPlans = new PlanMemo<Plan>((_, sizes) => {
  const phases = phasesOf(sizes);
  const { inSize, stride, padding } = sizes;
  const tiles = (d: 1 | 2) => Math.ceil((inSize[d] + (padding[d] % stride[d])) / (stride[d] * phases.outputs[d === 1 ? 0 : 1]));
  const grid: Pair = [tiles(1), tiles(2)];
  const strip = stripElements(grid, phases.outputs, phases.side, [1, 1, 1]);
  return planOf({
    phases,
    batch: sizes.batch,
    channels: sizes.outChannels,
    rows: sizes.inChannels,
    from: 1,
    to: phases.count,
    grid,
    strip,
  });
});

/** One direction: phases that are read and made, tiles, and room for what a row of tiles and more reads. */
interface Direction {
  readonly phases: Phases;
  readonly batch: number;
  readonly channels: number;
  readonly rows: number;
  readonly from: number;
  readonly to: number;
  readonly grid: Pair;
  readonly strip: (tiles: number) => number;
}

function planOf(direction: Direction): Plan {
  const { phases, batch, rows, to, grid } = direction;
  // Shared are the inputs that are smaller than the weights, where a point's are a square: lines take few bytes.
  return phases.points > tileInputs && batch * volume(grid) < rows * to ? inputsShared(direction) : inputsApart(direction);
}

function inputsShared({ phases: { taps, points, stride }, batch, channels, rows, from, to, grid, strip }: Direction): Plan {
  const tiles = batch * volume(grid);
  const terms = from * alignUp(channels, widestVector);
  const share = evenShare(tiles, mostSharedTiles);
  const blockTiles = share === tiles ? tiles : alignUp(share, tileMultiple);
  const blocks = Math.ceil(tiles / blockTiles);
  const rowParts = Math.max(1, Math.round(rows / panelRows));
  const rowPhases = to === 1 ? 1 : stride[1];
  const inputPitch = pitchOf(alignUp(tiles, tileMultiple));
  const weightStride = spread(alignUp(rows, widestVector) * terms);
  const inputStride = spread(terms * inputPitch);
  const sumStride = spread((Math.ceil(rows / rowParts) + 2 * widestPanel) * alignUp(blockTiles, tileMultiple));
  return {
    taps,
    weightTasks: taskCount(alignUp(rows, widestVector) * terms * to * widestVector, weightsPerTask),
    inputTasks: Math.min(fewestTasks, Math.ceil(channels / widestVector) * blocks),
    tasks: rowParts * rowPhases * blocks,
    blockTiles,
    blocks,
    vectorsTogether: Math.ceil(channels / vectorLanes()),
    rowParts,
    partBlocks: 1,
    weightStride,
    inputStride,
    inputPitch,
    sumStride,
    weightBytes: alignUp(to * points * weightStride * floatBytes, 64),
    sharedBytes: alignUp(points * inputStride * floatBytes, 64),
    scratchStride: alignUp(Math.max((to / rowPhases) * points * sumStride, strip(blockTiles)) * floatBytes, 64),
  };
}

function inputsApart({ phases: { taps, points }, batch, channels, rows, from, to, grid, strip }: Direction): Plan {
  const tiles = batch * volume(grid);
  const terms = from * alignUp(channels, widestVector);
  const rowVectors = Math.ceil(rows / widestVector);
  const panels = Math.max(1, Math.round(rows / panelRows));
  // Sums to which products are added again and again are those of all rows.
  const together = widestVector * from * Math.max(1, Math.floor(mostTermsTogether / (widestVector * from)));
  const room = Math.floor(blockBytes / (floatBytes * points));
  let best = { cost: Number.POSITIVE_INFINITY, blockTiles: 1, rowParts: 1, isCut: false };
  const unit = tileRows[vectorLanes()] ?? 1;
  for (let rowParts = 1; rowParts <= panels; rowParts++) {
    for (const isCut of together < terms ? [false, true] : [false]) {
      const most = Math.floor(room / (isCut ? together + (to * rows) / rowParts : terms + to * panelRows));
      for (let blockTiles = unit; blockTiles <= Math.max(unit, Math.min(most, mostTiles)); blockTiles += unit) {
        const blocks = Math.ceil(tiles / blockTiles);
        const transforms = (rowParts * terms) / widestVector + to * rowVectors;
        const products = (productCost * blockTiles + readingCost) * terms * rowVectors * to;
        const additions = isCut ? additionCost * (Math.ceil(terms / together) - 1) * blockTiles * rowVectors * to : 0;
        const tasks = blocks * rowParts;
        const idle = Math.max(alignUp(tasks, 2), fewestBlocks) / tasks;
        const cost = blocks * (blockTiles * transforms + products + additions) * idle;
        if (cost < best.cost) best = { cost, blockTiles, rowParts, isCut };
      }
    }
  }
  const { blockTiles, rowParts, isCut } = best;
  const partBlocks = isCut ? 1 : Math.max(1, Math.floor(panels / rowParts));
  const width = alignUp(blockTiles, tileMultiple);
  const weightStride = spread(rowVectors * widestVector * terms);
  const inputStride = spread((isCut ? together : terms) * width);
  const sumStride = spread((Math.ceil(rows / (rowParts * partBlocks)) + 2 * widestPanel) * width);
  const blocks = Math.ceil(tiles / blockTiles);
  return {
    taps,
    weightTasks: taskCount(rowVectors * terms * to * widestVector, weightsPerTask),
    inputTasks: 0,
    tasks: blocks * rowParts,
    blockTiles,
    blocks,
    vectorsTogether: isCut ? together / from / vectorLanes() : Math.ceil(channels / vectorLanes()),
    rowParts,
    partBlocks,
    weightStride,
    inputStride,
    inputPitch: width,
    sumStride,
    weightBytes: alignUp(to * points * weightStride * floatBytes, 64),
    sharedBytes: 0,
    scratchStride: alignUp((points * (inputStride + to * sumStride) + strip(blockTiles)) * floatBytes, 64),
  };
}

/** `convWeight` of convolution.ts, where `servesPhases`. */
export function phaseWeight(x: Pointer, gradOutput: Pointer, weight: Pointer, sizes: ConvolutionSizes): void {
  const { batch, inChannels: channels, outChannels: rows, inSize, kernelSize, outSize, stride, padding } = sizes;
  const plan = weightPlans.of('float32', sizes);
  const partial = scratch(plan.partBytes + workerCount() * plan.scratchStride);
  for (const stage of [0, 1]) {
    const fields = {
      x,
      gradOutput,
      weight,
      partial,
      batch,
      channels,
      rows,
      inSize,
      kernelSize,
      outSize,
      stride,
      padding,
      taps: plan.taps,
      stage,
      rowParts: plan.rowParts,
      panelParts: plan.panelParts,
      tileParts: plan.tileParts,
      chunks: plan.chunks,
      cotangentStride: plan.cotangentStride,
      inputStride: plan.inputStride,
      sumStride: plan.sumStride,
      scratch: partial + plan.partBytes,
      scratchStride: plan.scratchStride,
    };
    launch('phaseWeight', 'f32', fields, stage === 0 ? plan.tasks : plan.addTasks);
  }
}

/** How convWeight is cut: shares of the rows times shares of the channels times parts of the tiles, each summed in chunks. */
interface WeightCut {
  readonly rowParts: number;
  readonly panelParts: number;
  readonly tileParts: number;
  readonly chunks: number;
}

interface WeightPlan extends WeightCut {
  readonly taps: Triple;
  readonly cotangentStride: number;
  readonly inputStride: number;
  readonly sumStride: number;
  readonly partBytes: number;
  readonly scratchStride: number;
  readonly tasks: number;
  readonly addTasks: number;
}

const weightPlans = new PlanMemo<WeightPlan>((_, sizes) => {
  const { taps, side, outputs, points, count } = phasesOf(sizes);
  const { batch, inChannels, outChannels, stride } = sizes;
  const grid = forwardTiles(sizes, outputs);
  const tiles = batch * volume(grid);
  const cut = weightCut(sizes, points, tiles);
  const taskRows = widestVector * Math.ceil(Math.ceil(outChannels / widestVector) / cut.rowParts);
  const chunkTiles = Math.ceil(Math.ceil(tiles / cut.tileParts) / cut.chunks);
  const cotangentStride = spread(chunkTiles * taskRows);
  const inputStride = spread(chunkTiles * widestPanel);
  const sumStride = spread(taskRows * widestPanel);
  const strip = Math.max(
    stripElements(grid, outputs, side, stride)(chunkTiles),
    stripElements(grid, outputs, outputs, [1, 1, 1])(chunkTiles),
  );
  const elements = points * (cotangentStride + inputStride + sumStride) + strip;
  return {
    ...cut,
    taps,
    cotangentStride,
    inputStride,
    sumStride,
    partBytes: alignUp(cut.tileParts * outChannels * alignUp(inChannels, widestVector) * count * volume(taps) * floatBytes, 64),
    scratchStride: alignUp(elements * floatBytes, 64),
    tasks: cut.rowParts * cut.panelParts * cut.tileParts,
    addTasks: Math.min(outChannels, taskCount(outChannels * inChannels * volume(sizes.kernelSize), 4 * weightsPerTask)),
  };
});

/**
 * Every share of the rows transforms the inputs again, every share of the channels the cotangents, and every chunk of the tiles maps all
 * sums back: the cheapest of all even cuts.
 */
function weightCut({ inChannels, outChannels, stride }: ConvolutionSizes, points: number, tiles: number): WeightCut {
  const vectors = Math.ceil(inChannels / widestVector) * stride[1] * stride[2];
  const panels = Math.ceil(vectors / (stride[2] === 1 ? 3 : 2));
  const rowVectors = Math.ceil(outChannels / widestVector);
  const cuts: (WeightCut & { readonly cost: number })[] = [];
  for (let rowParts = 1; rowParts <= rowVectors; rowParts++) {
    const taskRows = (widestVector * rowVectors) / rowParts;
    const longest = Math.floor((blockBytes / (floatBytes * points) - taskRows * widestPanel) / (taskRows + widestPanel));
    if (rowVectors % rowParts !== 0 || (longest < shortestChunk && rowParts < rowVectors)) continue;
    for (let panelParts = 1; panelParts <= panels; panelParts++) {
      if (panels % panelParts !== 0) continue;
      const wanted = Math.ceil(fewestTasks / (rowParts * panelParts));
      const tileParts = Math.max(1, Math.min(wanted, Math.floor(tiles / shortestChunk)));
      const partTiles = Math.ceil(tiles / tileParts);
      const chunks = Math.ceil(partTiles / Math.max(longest, shortestChunk));
      const cost = tiles * (rowParts * vectors + panelParts * rowVectors) + mappingCost * tileParts * chunks * outChannels * vectors;
      cuts.push({ rowParts, panelParts, tileParts, chunks, cost });
    }
  }
  return cuts.reduce((best, cut) => (cut.cost < best.cost ? cut : best));
}

/** Tiles of an image along its height and width. */
function forwardTiles({ outSize }: ConvolutionSizes, outputs: Pair): Pair {
  return [Math.ceil(outSize[1] / outputs[0]), Math.ceil(outSize[2] / outputs[1])];
}

/** Room for the rows that so many tiles of one image read, of a vector of channels, wherever they begin. */
function stripElements([high, wide]: Pair, outputs: Pair, side: Pair, stride: Triple): (tiles: number) => number {
  return (tiles) => {
    const rows = (Math.min(high, Math.ceil(tiles / wide) + 1) - 1) * outputs[0] + side[0];
    return (rows * stride[2] * (outputs[1] * (wide - 1) + side[1]) + 3) * widestVector;
  };
}

/** Tiles from one vector of terms to the next: where that is a multiple of a page, all vectors lie in the same few lines of the first-level cache. */
function pitchOf(tiles: number): number {
  return tiles % 64 === 0 ? tiles + 8 : tiles;
}

/** Strides near a power of two would put one place of all points into the same lines of the caches. */
function spread(elements: number): number {
  return alignUp(elements, 1024) + 16;
}

function taskCount(work: number, workPerTask: number): number {
  return Math.max(1, Math.min(Math.floor(work / workPerTask), fewestTasks));
}

import { alignUp } from './align.ts';
import type { InstructionSet } from './backends/backend.ts';
import { type ConvolutionSizes, type Triple, volume } from './convolution_sizes.ts';
import { evenShare } from './even_share.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import { instructionSet } from './module.ts';
import { forwardTiles, type Pair, type Phases, phasesOf, stripElements, tileInputs } from './phases.ts';
import { PlanMemo } from './plan_memo.ts';
import { vectorLanes } from './vector_lanes.ts';
import {
  blockBytes,
  fewestBlocks,
  fewestTasks,
  floatBytes,
  mostSharedTiles,
  pitchOf,
  spread,
  tasksFor,
  tileMultiple,
  widestPanel,
  widestVector,
} from './winograd_cut.ts';

/*
 * Winograd's algorithm by phases in both directions; kernels/phase_conv.cc says how.
 */

/** Weights a task transforms at least. */
const weightsPerTask = 256;
/** Tiles of the largest block. */
const mostTiles = 96;
/** Terms whose products are added to the sums at a time, where not all are made at once. */
const mostTermsTogether = 128;
/** Tiles of a register tile, as kernels/point_products.h has them. */
const tileRows: Readonly<Record<InstructionSet, number>> = { simd128: 4, 'relaxed-simd': 6, sse2: 4, neon: 4, avx2: 6, avx512: 8 };
/** Rows that a block multiplies at a time make a panel of the widest vectors. */
const panelRows = 32;
/** As multiples of transforming a vector of a tile: a vector's products with one number of each point, reading as much, adding it to others. */
const productCost = 0.35;
const readingCost = 1;
const additionCost = 0.4;

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
    weightTasks: tasksFor(alignUp(rows, widestVector) * terms * to * widestVector, weightsPerTask),
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
  const unit = tileRows[instructionSet()];
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
    weightTasks: tasksFor(rowVectors * terms * to * widestVector, weightsPerTask),
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

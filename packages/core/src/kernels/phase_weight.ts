import { alignUp } from './align.ts';
import { type ConvolutionSizes, type Triple, volume } from './convolution_sizes.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import { forwardTiles, phasesOf, stripElements } from './phases.ts';
import { PlanMemo } from './plan_memo.ts';
import { blockBytes, fewestTasks, floatBytes, shortestChunk, spread, tasksFor, widestPanel, widestVector } from './winograd_cut.ts';

/*
 * The gradient by the weight by Winograd's algorithm and phases; kernels/phase_weight.cc says how.
 */

/** Weights that a task adds at least. */
const weightsPerTask = 1024;
/** What mapping a vector of sums to taps costs, as a multiple of transforming a vector of a tile. */
const mappingCost = 1;

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
    addTasks: Math.min(outChannels, tasksFor(outChannels * inChannels * volume(sizes.kernelSize), weightsPerTask)),
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

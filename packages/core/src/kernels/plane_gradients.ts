import { alignUp } from './align.ts';
import { type ConvolutionSizes, volume } from './convolution_sizes.ts';
import { servesDepthwise } from './depthwise.ts';
import { bytesPerElement, type FloatDType, scalarOf } from './dtype.ts';
import { evenShare } from './even_share.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import { PlanMemo } from './plan_memo.ts';
import { tasksFor } from './winograd_cut.ts';

/*
 * All gradients of a depthwise convolution of 3x3 in one pass over its planes; kernels/plane_gradients.cc has the algorithm.
 */

/** What a block reads of a plane stays in the first-level cache, or in the second, where rows are so long that it would be only a few of them. */
const blockBytes = 24 << 10;
const fewestRows = 16;
/** Multiply-adds that are worth a task, of both gradients. */
const productsPerTask = 40_000;
/** Numbers that a task adds up, at least. */
const numbersPerTask = 4096;
const kernelSide = 3;
const taps = kernelSide ** 2;
/** Elements of the widest vector. */
const widestVector = 16;
/** Vectors that a worker keeps beside rows: the sums by each tap, room for whole fours of them, and the weights. */
const keptVectors = 2 * taps + 4;

/** Whether one pass gives all gradients of a convolution: depthwise, of 3x3 without stride or dilation, with a plane for every task. */
export function servesPlaneGradients(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  const { batch, groups, inChannels, outChannels, inSize, kernelSize, outSize, stride, dilation, padding } = sizes;
  // Every backward of a convolution asks.
  if (inChannels !== 1 || outChannels !== 1) return false;
  const isImage = inSize[0] === 1 && kernelSize[0] === 1 && outSize[0] === 1 && padding[0] === 0;
  const isSquare = kernelSize[1] === kernelSide && kernelSize[2] === kernelSide;
  const isDense = volume(stride) === 1 && volume(dilation) === 1;
  const isFull = batch * volume(inSize) * volume(outSize) > 0;
  return isImage && isSquare && isDense && isFull && batch * groups >= taskCount(sizes) && !servesDepthwise(dtype, sizes);
}

/** `convGradients` of convolution.ts, where `servesPlaneGradients`. */
export function planeGradients(
  dtype: FloatDType,
  { x, gradOutput, weight }: { readonly x: Pointer; readonly gradOutput: Pointer; readonly weight: Pointer },
  gradients: { readonly x: Pointer; readonly weight: Pointer; readonly bias: Pointer },
  sizes: ConvolutionSizes,
): void {
  const { blockRows, parts, shares, addTasks, partialBytes, scratchStride } = plans.of(dtype, sizes);
  const { batch, groups, inSize, outSize, padding } = sizes;
  const partial = scratch(partialBytes + workerCount() * scratchStride);
  for (const stage of [0, 1]) {
    const fields = {
      x,
      gradOutput,
      weight,
      gradInput: gradients.x,
      gradWeight: gradients.weight,
      gradBias: gradients.bias,
      partial,
      parts,
      stage,
      batch,
      groups,
      inSize,
      outSize,
      padding,
      blockRows,
      scratch: partial + partialBytes,
      scratchStride,
    };
    launch('planeGradients', scalarOf[dtype], fields, stage === 0 ? parts * shares : addTasks);
  }
}

/** How the pass is cut: parts of the images, times shares of the groups. */
const plans = new PlanMemo((dtype, sizes) => {
  const { batch, groups, inSize } = sizes;
  const [, height, width] = inSize;
  const bytes = bytesPerElement[dtype];
  const pitch = Math.max(width, widestVector) + kernelSide - 1 + widestVector;
  const blockRows = evenShare(height, Math.max(fewestRows, Math.floor(blockBytes / (pitch * bytes)) - kernelSide + 1));
  const tasks = taskCount(sizes);
  const parts = Math.min(batch, tasks);
  const numbers = parts * groups * (taps + 1);
  return {
    blockRows,
    parts,
    shares: Math.min(groups, Math.ceil(tasks / parts)),
    addTasks: Math.min(groups, tasksFor(numbers, numbersPerTask)),
    partialBytes: alignUp(numbers * bytes, 64),
    scratchStride: alignUp(((blockRows + kernelSide) * (pitch + widestVector) + keptVectors * widestVector) * bytes, 64),
  };
});

function taskCount({ batch, groups, inSize }: ConvolutionSizes): number {
  return tasksFor(2 * taps * batch * groups * volume(inSize), productsPerTask);
}

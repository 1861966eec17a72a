import { alignUp } from './align.ts';
import { type ConvolutionSizes, volume } from './convolution_sizes.ts';
import type { FloatDType } from './dtype.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import { PlanMemo } from './plan_memo.ts';
import { vectorLanes } from './vector_lanes.ts';
import { fewestTasks, floatBytes, tasksFor } from './winograd_cut.ts';

/*
 * The three maps of a depthwise convolution of images with vectors over channels; kernels/depthwise.cc has the algorithm.
 */

/** Multiply-adds that are worth a task. */
const productsPerTask = 20_000;
/** Weights whose parts a task adds up, at least. */
const weightsPerTask = 1024;
/** Outputs that kernels take at a time, and taps: their memory has room for as many more. */
const together = 4;
/** A vector of an image's channels stays in the second-level cache. */
const mostStripBytes = 400 << 10;
/** Outputs of a row that leave vectors along the rows so empty that turning the image pays without a stride. */
const longestShortRow = vectorLanes() === 4 ? 8 : 3;

/** Whether vectors over channels serve the three maps of a depthwise convolution: with a stride, or short rows. Measured. */
export function servesDepthwise(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  const { groups, inChannels, outChannels, inSize, kernelSize, outSize, stride, padding } = sizes;
  const isImage = inSize[0] === 1 && kernelSize[0] === 1 && outSize[0] === 1 && padding[0] === 0;
  return (
    dtype === 'float32' &&
    isImage &&
    inChannels === 1 &&
    outChannels === 1 &&
    2 * groups >= vectorLanes() &&
    (volume(stride) > 1 || outSize[2] <= longestShortRow) &&
    stripElements(sizes) * vectorLanes() * floatBytes <= mostStripBytes
  );
}

/** `conv` of convolution.ts, where `servesDepthwise`. */
export function depthwiseConv(x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, sizes: ConvolutionSizes): void {
  const { batch, groups, inChannels, outChannels, inSize, kernelSize, outSize, stride, dilation, padding } = sizes;
  const { scratchStride, imageTasks } = plans.of('float32', sizes);
  const fields = {
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
    scratch: scratch(workerCount() * scratchStride),
    scratchStride,
  };
  launch('depthwiseConv', 'f32', fields, imageTasks);
}

/** `convInput` of convolution.ts, where `servesDepthwise`. */
export function depthwiseInput(gradOutput: Pointer, weight: Pointer, bias: Pointer, x: Pointer, sizes: ConvolutionSizes): void {
  const { batch, groups, inChannels, outChannels, inSize, kernelSize, outSize, stride, dilation, padding } = sizes;
  const { scratchStride, imageTasks } = plans.of('float32', sizes);
  const fields = {
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
    scratch: scratch(workerCount() * scratchStride),
    scratchStride,
  };
  launch('depthwiseInput', 'f32', fields, imageTasks);
}

/** `convWeight` of convolution.ts, where `servesDepthwise`. */
export function depthwiseWeight(x: Pointer, gradOutput: Pointer, weight: Pointer, sizes: ConvolutionSizes): void {
  const { batch, groups, inChannels, outChannels, inSize, kernelSize, outSize, stride, dilation, padding } = sizes;
  const { scratchStride, vectors, parts, partialBytes, weightTasks } = plans.of('float32', sizes);
  const partial = scratch(partialBytes + workerCount() * scratchStride);
  for (const stage of [0, 1]) {
    const fields = {
      x,
      gradOutput,
      weight,
      partial,
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
      scratch: partial + partialBytes,
      scratchStride,
    };
    launch('depthwiseWeight', 'f32', fields, stage === 0 ? vectors * parts : weightTasks);
  }
}

/** How the three maps are cut; depthwise.cc says what the tasks are. */
const plans = new PlanMemo((_, sizes) => {
  const { batch, groups, outSize } = sizes;
  const lanes = vectorLanes();
  const vectors = Math.ceil(groups / lanes);
  const work = products(sizes);
  const taps = volume(sizes.kernelSize) + together;
  const places = stripElements(sizes) + volume(outSize) + 2 * together;
  const parts = Math.max(1, Math.min(batch, Math.ceil(tasksFor(work, productsPerTask) / vectors)));
  return {
    vectors,
    imageTasks: Math.min(batch * vectors, Math.max(1, Math.min(2 * fewestTasks, Math.ceil(work / productsPerTask)))),
    parts,
    partialBytes: alignUp(parts * vectors * taps * lanes * floatBytes, 64),
    weightTasks: Math.min(vectors, tasksFor(groups * taps, weightsPerTask)),
    scratchStride: alignUp(((places + taps) * lanes + taps) * floatBytes, 64),
  };
});

function products({ batch, groups, outSize, kernelSize }: ConvolutionSizes): number {
  return batch * groups * volume(outSize) * volume(kernelSize);
}

/** Places of an image with its border. */
function stripElements({ inSize, kernelSize, outSize, stride, dilation, padding }: ConvolutionSizes): number {
  const extent = (d: 1 | 2) => Math.max((outSize[d] - 1) * stride[d] + (kernelSize[d] - 1) * dilation[d] + 1, inSize[d] + padding[d]);
  return extent(1) * extent(2);
}

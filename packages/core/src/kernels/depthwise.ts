import { alignUp } from './align.ts';
import { type ConvolutionSizes, volume } from './convolution_sizes.ts';
import type { FloatDType } from './dtype.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import { vectorLanes } from './vector_lanes.ts';
import { fewestTasks, floatBytes, tasksFor } from './winograd_cut.ts';

/*
 * The three maps of a depthwise convolution of images with vectors over channels; kernels/depthwise.cc has the algorithm.
 */

/** Multiply-adds that are worth a task. */
const productsPerTask = 20_000;
/** Outputs that kernels take at a time, and taps: their memory has room for as many more. */
const together = 4;
/** A vector of an image's channels stays in the second-level cache. */
const mostStripBytes = 400 << 10;
/** Outputs of a row that leave vectors along the rows so empty that turning the image pays without a stride. */
const longestShortRow = vectorLanes() === 4 ? 8 : 3;

/** Whether vectors over channels serve the three maps of a depthwise convolution: with a stride, or short rows. Measured. */
export function servesDepthwise(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  const { groups, inChannels, outChannels, inSize, kernelSize, outSize, stride } = sizes;
  const isImage = inSize[0] === 1 && kernelSize[0] === 1 && outSize[0] === 1;
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
  launch('depthwiseConv', 'f32', { x, weight, bias, y, ...sizes, ...workspace(sizes, 0) }, imageTasks(sizes));
}

/** `convInput` of convolution.ts, where `servesDepthwise`. */
export function depthwiseInput(gradOutput: Pointer, weight: Pointer, bias: Pointer, x: Pointer, sizes: ConvolutionSizes): void {
  launch('depthwiseInput', 'f32', { gradOutput, weight, bias, x, ...sizes, ...workspace(sizes, 0) }, imageTasks(sizes));
}

/** `convWeight` of convolution.ts, where `servesDepthwise`. */
export function depthwiseWeight(x: Pointer, gradOutput: Pointer, weight: Pointer, sizes: ConvolutionSizes): void {
  const { batch, groups, kernelSize } = sizes;
  const lanes = vectorLanes();
  const vectors = Math.ceil(groups / lanes);
  const parts = Math.max(1, Math.min(batch, Math.ceil(tasksFor(products(sizes), productsPerTask) / vectors)));
  const partialBytes = alignUp(parts * vectors * (volume(kernelSize) + together) * lanes * floatBytes, 64);
  const memory = workspace(sizes, partialBytes);
  for (const stage of [0, 1]) {
    const fields = { x, gradOutput, weight, partial: memory.scratch - partialBytes, parts, stage, ...sizes, ...memory };
    launch(
      'depthwiseWeight',
      'f32',
      fields,
      stage === 0 ? vectors * parts : Math.min(vectors, tasksFor(groups * volume(kernelSize), 1024)),
    );
  }
}

function imageTasks(sizes: ConvolutionSizes): number {
  const units = sizes.batch * Math.ceil(sizes.groups / vectorLanes());
  return Math.min(units, Math.max(1, Math.min(2 * fewestTasks, Math.ceil(products(sizes) / productsPerTask))));
}

function products({ batch, groups, outSize, kernelSize }: ConvolutionSizes): number {
  return batch * groups * volume(outSize) * volume(kernelSize);
}

/** The workers' memory, behind `before` bytes. */
function workspace(sizes: ConvolutionSizes, before: number): { scratch: Pointer; scratchStride: number } {
  const taps = volume(sizes.kernelSize) + together;
  const places = stripElements(sizes) + volume(sizes.outSize) + 2 * together;
  const scratchStride = alignUp(((places + taps) * vectorLanes() + taps) * floatBytes, 64);
  return { scratch: scratch(before + workerCount() * scratchStride) + before, scratchStride };
}

/** Places of an image with its border. */
function stripElements({ inSize, kernelSize, outSize, stride, dilation, padding }: ConvolutionSizes): number {
  const extent = (d: 1 | 2) => Math.max((outSize[d] - 1) * stride[d] + (kernelSize[d] - 1) * dilation[d] + 1, inSize[d] + padding[d]);
  return extent(1) * extent(2);
}

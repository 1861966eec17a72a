import { sizeOf } from '../shape.ts';
import { alignUp } from './align.ts';
import { bytesPerElement, type FloatDType, scalarOf } from './dtype.ts';
import { evenShare } from './even_share.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';

/** Sizes of a deformable convolution; lists hold (depth, height, width), missing dimensions 1 (padding 0). With K taps of the kernel. */
export interface DeformConvSizes {
  /** Spatial dimensions, coordinates of an offset. */
  readonly rank: number;
  readonly batch: number;
  readonly channels: number;
  readonly outChannels: number;
  /** Groups of channels of the weight. */
  readonly groups: number;
  readonly offsetGroups: number;
  readonly inSize: readonly number[];
  readonly kernelSize: readonly number[];
  readonly outSize: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly number[];
}

/** Where the operands of a deformable convolution are. */
export interface DeformConvPointers {
  /** [batch, channels, inSize] */
  readonly x: Pointer;
  /** [batch, offsetGroups, K, rank, outSize] */
  readonly offset: Pointer;
  /** [outChannels, channels / groups, K] */
  readonly weight: Pointer;
  /** [outChannels], 0 for none. */
  readonly bias: Pointer;
  /** [batch, offsetGroups, K, outSize], 0 for none. */
  readonly mask: Pointer;
  /** [batch, outChannels, outSize] */
  readonly y: Pointer;
}

/** Where the operands of a deformable convolution and its gradients are; 0 for a gradient that is not wanted. */
export interface DeformConvGradPointers {
  readonly gradOutput: Pointer;
  readonly x: Pointer;
  readonly offset: Pointer;
  readonly weight: Pointer;
  readonly mask: Pointer;
  readonly gradInput: Pointer;
  readonly gradOffset: Pointer;
  readonly gradWeight: Pointer;
  readonly gradMask: Pointer;
}

/** Elements of sampled columns that a task holds at a time, and of a column's height: together they stay in the second-level cache. */
const mostColumnElements = 40960;
const mostColumnRows = 320;
/** As in the kernels: outputs of a block at most, pixels that are transposed together, steps that products are summed over. */
const mostBlockPoints = 128;
const pixelBlock = 256;
const mostDepth = 256;
/** No target's panels are wider, in elements. */
const widestPanel = 64;
/** Shares of the work that add up gradients of their own: at least so many where the sizes allow, at most twice as many. */
const leastParts = 16;
/** Bytes of images' gradients that several shares may take together. */
const mostPartBytes = 2 ** 26;

/** y = W (mask * samples at base grid + offset) + bias; see the fields. */
export function deformConv(dtype: FloatDType, pointers: DeformConvPointers, sizes: DeformConvSizes): void {
  const { batch, channels, outChannels, groups } = sizes;
  if (batch === 0) return;
  const taps = sizeOf(sizes.kernelSize);
  const points = sizeOf(sizes.outSize);
  const { blockTaps, blockPoints } = cutOf(sizes);
  const blockPitch = blockPoints + 4;
  const depth = Math.max(mostDepth, (blockTaps * channels) / groups);
  const elements = channels * (1 + blockPoints + blockTaps * blockPitch) + blockTaps + depth * (widestPanel + 1) + widestPanel;
  const scratchStride = alignUp(elements * bytesPerElement[dtype], 64);
  const imageBytes = alignUp(batch * channels * sizeOf(sizes.inSize) * bytesPerElement[dtype], 64) + 64;
  const packedBytes = alignUp((outChannels * channels * taps * bytesPerElement[dtype]) / groups, 64) + 64;
  const pixels = scratch(imageBytes + packedBytes + workerCount() * scratchStride);
  const packed = pixels + imageBytes;
  const copyTasks = groups + batch * Math.ceil(sizeOf(sizes.inSize) / pixelBlock);
  const tasks = batch * Math.ceil(points / blockPoints);
  for (const stage of [0, 1]) {
    launch(
      'deformConv',
      scalarOf[dtype],
      {
        ...pointers,
        pixels,
        packed,
        ...sizeFields(sizes),
        stage,
        blockPoints,
        blockPitch,
        blockTaps,
        scratch: packed + packedBytes,
        scratchStride,
      },
      stage === 0 ? copyTasks : tasks,
    );
  }
}

/** The gradients of `deformConv` by all operands but the bias. */
export function deformConvGrad(dtype: FloatDType, pointers: DeformConvGradPointers, sizes: DeformConvSizes): void {
  const { batch, channels, outChannels, groups } = sizes;
  const bytes = bytesPerElement[dtype];
  const weights = (outChannels * channels * sizeOf(sizes.kernelSize)) / groups;
  if (batch === 0) {
    if (pointers.gradWeight !== 0) launch('fill', scalarOf[dtype], { y: pointers.gradWeight, size: weights, value: 0 }, 1);
    return;
  }
  const { blockTaps, blockPoints } = cutOf(sizes);
  const imageElements = channels * sizeOf(sizes.inSize);
  const { shares, pointParts } = partsOf(dtype, sizes, imageElements, Math.ceil(sizeOf(sizes.outSize) / blockPoints));
  const tasks = shares * pointParts;
  const depth = Math.max(mostDepth, blockPoints);
  const elements = channels + 2 * blockPoints * (blockTaps * channels + outChannels) + depth * (widestPanel + 1) + widestPanel;
  const scratchStride = alignUp(elements * bytes, 64);
  const imageBytes = alignUp(batch * imageElements * bytes, 64) + 64;
  const packedBytes = alignUp(weights * bytes, 64) + 64;
  const imagePartBytes = alignUp(batch * pointParts * imageElements * bytes, 64) + 64;
  const weightPartBytes = alignUp(tasks * weights * bytes, 64) + 64;
  const pixels = scratch(imageBytes + packedBytes + imagePartBytes + weightPartBytes + workerCount() * scratchStride);
  const packed = pixels + imageBytes;
  const imageParts = packed + packedBytes;
  const weightParts = imageParts + imagePartBytes;
  const copyTasks = outChannels + batch * Math.ceil(sizeOf(sizes.inSize) / pixelBlock);
  for (const stage of [0, 1, 2]) {
    launch(
      'deformConvGrad',
      scalarOf[dtype],
      {
        ...pointers,
        pixels,
        packed,
        imageParts,
        weightParts,
        pointParts,
        weightPartCount: tasks,
        ...sizeFields(sizes),
        stage,
        blockPoints,
        blockPitch: blockPoints,
        blockTaps,
        scratch: weightParts + weightPartBytes,
        scratchStride,
      },
      stage === 1 ? tasks : copyTasks,
    );
  }
}

// Whole taps, so many that products are long, and so many outputs that all fits.
function cutOf({ channels, kernelSize, outSize }: DeformConvSizes): { readonly blockTaps: number; readonly blockPoints: number } {
  const blockTaps = evenShare(sizeOf(kernelSize), Math.max(1, Math.floor(mostColumnRows / channels)));
  const fitting = Math.floor(mostColumnElements / (blockTaps * channels));
  return { blockTaps, blockPoints: evenShare(sizeOf(outSize), Math.min(mostBlockPoints, Math.max(16, fitting))) };
}

// Whole images are shared out; a few images are cut into shares of their outputs, each of which needs a gradient of the image for itself.
function partsOf(
  dtype: FloatDType,
  { batch }: DeformConvSizes,
  imageElements: number,
  blocks: number,
): { readonly shares: number; readonly pointParts: number } {
  const shares = Math.min(batch, 2 * leastParts);
  const fitting = Math.max(1, Math.floor(mostPartBytes / (batch * imageElements * bytesPerElement[dtype])));
  return { shares, pointParts: Math.min(Math.ceil(leastParts / shares), blocks, fitting) };
}

function sizeFields(sizes: DeformConvSizes) {
  const { rank, batch, channels, outChannels, groups, offsetGroups, inSize, kernelSize, outSize, stride, dilation, padding } = sizes;
  return { rank, batch, channels, outChannels, groups, offsetGroups, inSize, kernelSize, outSize, stride, dilation, padding };
}

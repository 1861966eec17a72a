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
  readonly gradBias: Pointer;
  readonly gradMask: Pointer;
}

/** Of the sampled columns that a task holds at a time: rows, and elements, which stay in the second-level cache. */
interface ColumnRoom {
  readonly rows: number;
  readonly elements: number;
}
/** Gradients have the columns' own beside them. */
const forwardRoom: ColumnRoom = { rows: 576, elements: 73728 };
const gradientRoom: ColumnRoom = { rows: 192, elements: 40960 };
/** As in the kernels: outputs of a block at most, pixels that are transposed together. */
const mostBlockPoints = 128;
const pixelBlock = 256;
/** Bytes of an image that a task copies for itself: it is to stay in the second-level cache, with its gradient. */
const mostOwnBytes = 2 ** 18;
/** Tasks of an image that each of them copies: more would copy too often, fewer would leave the last of several threads waiting for long. */
const ownParts = 2;
/** Bytes for the ends of a task's arrays, of which each begins a line of the cache, and for what a vector reads behind the last. */
const scratchSlack = 1024;
/** Shares of the work that add up gradients of their own: at least so many where the sizes allow, at most twice as many. */
const leastParts = 16;
/** Bytes of images' gradients that several shares may take together. */
const mostPartBytes = 2 ** 26;

/** y = W (mask * samples at base grid + offset) + bias; see the fields. */
export function deformConv(dtype: FloatDType, pointers: DeformConvPointers, sizes: DeformConvSizes): void {
  const { batch, channels, outChannels, groups } = sizes;
  if (batch === 0) return;
  const bytes = bytesPerElement[dtype];
  const taps = sizeOf(sizes.kernelSize);
  const { blockTaps, blockPoints } = cutOf(sizes, forwardRoom);
  const imageElements = channels * pixelRows(sizes);
  const ownImages = batch >= leastParts && imageElements * bytes <= mostOwnBytes;
  const blocks = Math.ceil(sizeOf(sizes.outSize) / blockPoints);
  const pointParts = ownImages ? Math.min(ownParts, blocks) : blocks;
  const elements = (ownImages ? imageElements : 0) + blockPoints * (blockTaps * channels + outChannels);
  const scratchStride = alignUp(elements * bytes + scratchSlack, 64);
  const imageBytes = ownImages ? 0 : alignUp(batch * imageElements * bytes, 64) + 64;
  const packedBytes = alignUp((outChannels * channels * taps * bytes) / groups, 64) + 256;
  const pixels = scratch(imageBytes + packedBytes + workerCount() * scratchStride);
  const packed = pixels + imageBytes;
  for (const stage of [0, 1]) {
    launch(
      'deformConv',
      scalarOf[dtype],
      {
        x: pointers.x,
        offset: pointers.offset,
        weight: pointers.weight,
        bias: pointers.bias,
        mask: pointers.mask,
        y: pointers.y,
        pixels,
        packed,
        rank: sizes.rank,
        batch: sizes.batch,
        channels: sizes.channels,
        outChannels: sizes.outChannels,
        groups: sizes.groups,
        offsetGroups: sizes.offsetGroups,
        inSize: sizes.inSize,
        kernelSize: sizes.kernelSize,
        outSize: sizes.outSize,
        stride: sizes.stride,
        dilation: sizes.dilation,
        padding: sizes.padding,
        stage,
        pointParts,
        ownImages: ownImages ? 1 : 0,
        blockPoints,
        blockTaps,
        scratch: packed + packedBytes,
        scratchStride,
      },
      stage === 1 ? batch * pointParts : groups * taps + (ownImages ? 0 : copyTasks(sizes)),
    );
  }
}

/** The gradients of `deformConv` by all operands. */
export function deformConvGrad(dtype: FloatDType, pointers: DeformConvGradPointers, sizes: DeformConvSizes): void {
  const { batch, channels, outChannels, groups } = sizes;
  const bytes = bytesPerElement[dtype];
  const weights = (outChannels * channels * sizeOf(sizes.kernelSize)) / groups;
  if (batch === 0) {
    if (pointers.gradWeight !== 0) launch('fill', scalarOf[dtype], { y: pointers.gradWeight, size: weights, value: 0 }, 1);
    if (pointers.gradBias !== 0) launch('fill', scalarOf[dtype], { y: pointers.gradBias, size: outChannels, value: 0 }, 1);
    return;
  }
  const { blockTaps, blockPoints } = cutOf(sizes, gradientRoom);
  const imageElements = channels * pixelRows(sizes);
  const { shares, pointParts } = partsOf(dtype, sizes, imageElements, Math.ceil(sizeOf(sizes.outSize) / blockPoints));
  const tasks = shares * pointParts;
  const ownImages = pointParts === 1 && imageElements * bytes <= mostOwnBytes;
  const elements = (ownImages ? 2 * imageElements : 0) + blockPoints * (2 * blockTaps * channels + outChannels);
  const scratchStride = alignUp(elements * bytes + scratchSlack, 64);
  const imageBytes = ownImages ? 0 : alignUp(batch * imageElements * bytes, 64) + 64;
  const packedBytes = alignUp(weights * bytes, 64) + 256;
  const imagePartBytes = imageBytes * pointParts;
  const weightPartBytes = alignUp(tasks * (weights + outChannels) * bytes, 64) + 64;
  const pixels = scratch(imageBytes + packedBytes + imagePartBytes + weightPartBytes + workerCount() * scratchStride);
  const packed = pixels + imageBytes;
  const imageParts = packed + packedBytes;
  const weightParts = imageParts + imagePartBytes;
  for (const stage of [0, 1, 2]) {
    launch(
      'deformConvGrad',
      scalarOf[dtype],
      {
        gradOutput: pointers.gradOutput,
        x: pointers.x,
        offset: pointers.offset,
        weight: pointers.weight,
        mask: pointers.mask,
        gradInput: pointers.gradInput,
        gradOffset: pointers.gradOffset,
        gradWeight: pointers.gradWeight,
        gradBias: pointers.gradBias,
        gradMask: pointers.gradMask,
        pixels,
        packed,
        imageParts,
        weightParts,
        weightPartCount: tasks,
        rank: sizes.rank,
        batch: sizes.batch,
        channels: sizes.channels,
        outChannels: sizes.outChannels,
        groups: sizes.groups,
        offsetGroups: sizes.offsetGroups,
        inSize: sizes.inSize,
        kernelSize: sizes.kernelSize,
        outSize: sizes.outSize,
        stride: sizes.stride,
        dilation: sizes.dilation,
        padding: sizes.padding,
        stage,
        pointParts,
        ownImages: ownImages ? 1 : 0,
        blockPoints,
        blockTaps,
        scratch: weightParts + weightPartBytes,
        scratchStride,
      },
      stage === 1 ? tasks : outChannels + (ownImages ? 0 : copyTasks(sizes)),
    );
  }
}

// One for each block of pixels that is transposed together.
function copyTasks({ batch, inSize }: DeformConvSizes): number {
  return batch * Math.ceil(sizeOf(inSize) / pixelBlock);
}

// Of a channels-last image: one behind the last pixel stands for what is outside.
function pixelRows({ inSize }: DeformConvSizes): number {
  return sizeOf(inSize) + 1;
}

// Whole taps, so many that products are long, and so many outputs that all fits.
function cutOf(
  { channels, kernelSize, outSize }: DeformConvSizes,
  room: ColumnRoom,
): { readonly blockTaps: number; readonly blockPoints: number } {
  const blockTaps = evenShare(sizeOf(kernelSize), Math.max(1, Math.floor(room.rows / channels)));
  const fitting = Math.floor(room.elements / (blockTaps * channels));
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

import {
  type ConvolutionCut,
  type GatherSize,
  gatherCut,
  gatherTasks,
  scatterChannels,
  scatterScratch,
  type Triple,
  volume,
  weightCut,
} from './convolution_cut.ts';
import { bytesPerElement, type FloatDType, scalarOf } from './dtype.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';

/** Sizes of a convolution; triples are (depth, height, width), with 1 (padding: 0) for missing dimensions. */
export interface ConvolutionSizes {
  readonly batch: number;
  readonly groups: number;
  /** Input channels of one group. */
  readonly inChannels: number;
  /** Output channels of one group. */
  readonly outChannels: number;
  readonly inSize: Triple;
  readonly kernelSize: Triple;
  /** Independent of the others: what lies outside the image is zero, and outputs that are not there count for nothing. */
  readonly outSize: Triple;
  readonly stride: Triple;
  readonly dilation: Triple;
  /** Before the image; the padding behind it follows from `outSize`. */
  readonly padding: Triple;
}

/**
 * y [batch, groups * outChannels, outSize] = conv(x, weight) + bias, with x [batch, groups * inChannels, inSize],
 * weight [groups * outChannels, inChannels, kernelSize] and bias [groups * outChannels], 0 for none.
 */
export function conv(dtype: FloatDType, x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, sizes: ConvolutionSizes): void {
  const size = forwardSize(dtype, sizes);
  runGather(dtype, size, sizes, (stage, tasks, fields) => {
    launch('conv', scalarOf[dtype], { x, weight, bias, y, stage, ...sizes, ...fields }, tasks);
  });
}

/**
 * The adjoint of `conv` by x: x [batch, groups * inChannels, inSize] from gradOutput [batch, groups * outChannels, outSize], plus
 * bias [groups * inChannels], 0 for none: transposed convolution.
 */
export function convInput(
  dtype: FloatDType,
  gradOutput: Pointer,
  weight: Pointer,
  bias: Pointer,
  x: Pointer,
  sizes: ConvolutionSizes,
): void {
  const size = backwardSize(dtype, sizes);
  const blockChannels = scatterChannels(size, sizes.outSize);
  const run = (scatter: 0 | 1) => (stage: 0 | 1, tasks: number, fields: GatherFields) => {
    launch('convInput', scalarOf[dtype], { gradOutput, weight, bias, x, scatter, stage, ...sizes, ...fields }, tasks);
  };
  if (blockChannels === 0) {
    runGather(dtype, size, sizes, run(0));
  } else {
    runScatter(dtype, size, sizes, blockChannels, run(1));
  }
}

/** The adjoint of `conv` by weight: weight [groups * outChannels, inChannels, kernelSize] from x and gradOutput. */
export function convWeight(dtype: FloatDType, x: Pointer, gradOutput: Pointer, weight: Pointer, sizes: ConvolutionSizes): void {
  const size = forwardSize(dtype, sizes);
  const taps = volume(sizes.kernelSize);
  if (sizes.batch === 0) {
    launch('fill', scalarOf[dtype], { y: weight, size: sizes.groups * sizes.outChannels * sizes.inChannels * taps, value: 0 }, 1);
    return;
  }
  const { cut, parts } = weightCut(size);
  const sumRow = alignUp(sizes.outChannels, widestVector);
  const sumBytes = alignUp(parts * sizes.groups * sizes.inChannels * taps * sumRow * bytesPerElement[dtype], 64);
  const partial = scratch(sumBytes + workerCount() * cut.scratchStride);
  const fields = { x, gradOutput, weight, partial, parts, ...sizes, ...cut, scratch: partial + sumBytes };
  const disjoint = sizes.groups * Math.ceil(sizes.inChannels / cut.blockChannels);
  launch('convWeight', scalarOf[dtype], { ...fields, stage: 0 }, disjoint * cut.rowParts * parts);
  launch('convWeight', scalarOf[dtype], { ...fields, stage: 1 }, disjoint);
}

/** Elements of the widest vector of any target, to which rows of sums are padded. */
const widestVector = 16;
/** Weights a task packs at least. */
const weightsPerTask = 16384;

type GatherFields = ConvolutionCut & { readonly packed: Pointer; readonly scratch: Pointer };

type Run = (stage: 0 | 1, tasks: number, fields: GatherFields) => void;

// Two launches: the weights are packed once, then every task multiplies with them.
function runGather(dtype: FloatDType, size: GatherSize, sizes: ConvolutionSizes, run: Run): void {
  if (sizes.batch === 0) {
    return;
  }
  const cut = gatherCut(size);
  const weights = sizes.inChannels * sizes.outChannels * volume(sizes.kernelSize);
  const packedBytes = alignUp(sizes.groups * weights * bytesPerElement[dtype], 64) + 64;
  const packed = scratch(packedBytes + workerCount() * cut.scratchStride);
  const fields = { ...cut, packed, scratch: packed + packedBytes };
  const packTasks = Math.max(1, Math.min(Math.floor(weights / weightsPerTask), Math.floor(size.rows / 8), 16));
  run(0, sizes.groups * packTasks, fields);
  run(1, gatherTasks(size, cut), fields);
}

function runScatter(dtype: FloatDType, size: GatherSize, sizes: ConvolutionSizes, blockChannels: number, run: Run): void {
  const scratchStride = scatterScratch(size, sizes.outSize, blockChannels);
  const weights = sizes.groups * sizes.inChannels * sizes.outChannels * volume(sizes.kernelSize);
  const packedBytes = alignUp(weights * bytesPerElement[dtype], 64) + 64;
  const packed = scratch(packedBytes + workerCount() * scratchStride);
  const unused = { blockImages: 1, blockSize: [1, 1, 1], linePitch: 0, shareRows: 0, rowParts: 1 };
  const fields = { ...unused, blockChannels, packed, scratch: packed + packedBytes, scratchStride };
  const blocks = sizes.groups * Math.ceil(sizes.inChannels / blockChannels);
  run(0, blocks, fields);
  run(1, sizes.batch * blocks, fields);
}

function forwardSize(dtype: FloatDType, sizes: ConvolutionSizes): GatherSize {
  const { inSize, outSize, kernelSize, stride, padding } = sizes;
  return {
    batch: sizes.batch,
    groups: sizes.groups,
    phases: 1,
    rows: sizes.outChannels,
    channels: sizes.inChannels,
    taps: kernelSize,
    tapStep: sizes.dilation,
    stride,
    out: outSize,
    readsInPlace: triple((d) => (isIdentity(kernelSize[d], stride[d], padding[d], inSize[d], outSize[d]) ? 1 : 0)).every(
      (same) => same === 1,
    ),
    elementBytes: bytesPerElement[dtype],
  };
}

// The largest phase stands for all: the first has the most inputs, and no phase more taps than every (stride / gcd)-th.
function backwardSize(dtype: FloatDType, sizes: ConvolutionSizes): GatherSize {
  const { inSize, outSize, kernelSize, stride, dilation, padding } = sizes;
  const step = triple((d) => stride[d] / greatestCommonDivisor(stride[d], dilation[d]));
  return {
    batch: sizes.batch,
    groups: sizes.groups,
    phases: volume(stride),
    rows: sizes.inChannels,
    channels: sizes.outChannels,
    taps: triple((d) => Math.ceil(kernelSize[d] / step[d])),
    tapStep: triple((d) => dilation[d] / greatestCommonDivisor(stride[d], dilation[d])),
    stride: [1, 1, 1],
    out: triple((d) => Math.ceil(inSize[d] / stride[d])),
    readsInPlace: triple((d) => (isIdentity(kernelSize[d], stride[d], padding[d], outSize[d], inSize[d]) ? 1 : 0)).every(
      (same) => same === 1,
    ),
    elementBytes: bytesPerElement[dtype],
  };
}

function isIdentity(kernelSize: number, stride: number, padding: number, from: number, to: number): boolean {
  return kernelSize === 1 && stride === 1 && padding === 0 && from === to;
}

function triple(value: (d: 0 | 1 | 2) => number): Triple {
  return [value(0), value(1), value(2)];
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function alignUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

import { bytesPerElement, type FloatDType } from './dtype.ts';

/** A triple over (depth, height, width). */
export type Triple = readonly [number, number, number];

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

/** A convolution as a gather, as image_lines.h has it: every output reads `channels` times `taps` places of an image. */
export interface GatherSize {
  readonly batch: number;
  readonly groups: number;
  /** Products a group: the phases of a strided convolution's input gradient. */
  readonly phases: number;
  /** Phases that are worked on together, since their outputs alternate along the rows. */
  readonly together: number;
  /** Channels of the result per group. */
  readonly rows: number;
  /** Channels that are read per group. */
  readonly channels: number;
  /** The image. */
  readonly source: Triple;
  readonly taps: Triple;
  /** From tap to tap, in the image. */
  readonly tapStep: Triple;
  /** From output to output, in the image. */
  readonly stride: Triple;
  readonly out: Triple;
  /** Whether the image itself serves as lines: one tap that reads the very places of the outputs. */
  readonly readsInPlace: boolean;
  /** Whether outputs that follow each other read, for every tap, places that follow each other, but for the border. */
  readonly keepsRows: boolean;
  readonly elementBytes: number;
}

/** What conv and convWeight gather from the input. */
export function forwardSize(dtype: FloatDType, sizes: ConvolutionSizes): GatherSize {
  return {
    batch: sizes.batch,
    groups: sizes.groups,
    phases: 1,
    together: 1,
    rows: sizes.outChannels,
    channels: sizes.inChannels,
    source: sizes.inSize,
    taps: sizes.kernelSize,
    tapStep: sizes.dilation,
    stride: sizes.stride,
    out: sizes.outSize,
    readsInPlace: isPointwise(sizes),
    keepsRows: keepsRows(sizes),
    elementBytes: bytesPerElement[dtype],
  };
}

/**
 * What convInput gathers from the output's gradient. The largest phase stands for all: the first has the most inputs, and none has
 * more taps than every (stride / gcd(stride, dilation))-th.
 */
export function backwardSize(dtype: FloatDType, sizes: ConvolutionSizes): GatherSize {
  const { inSize, kernelSize, stride, dilation } = sizes;
  const divisor = triple((d) => greatestCommonDivisor(stride[d], dilation[d]));
  return {
    batch: sizes.batch,
    groups: sizes.groups,
    phases: volume(stride),
    together: stride[2] === 2 ? 2 : 1,
    rows: sizes.inChannels,
    channels: sizes.outChannels,
    source: sizes.outSize,
    taps: triple((d) => Math.ceil((kernelSize[d] * divisor[d]) / stride[d])),
    tapStep: triple((d) => dilation[d] / divisor[d]),
    stride: [1, 1, 1],
    out: triple((d) => Math.ceil(inSize[d] / stride[d])),
    readsInPlace: isPointwise(sizes),
    keepsRows: keepsRows(sizes),
    elementBytes: bytesPerElement[dtype],
  };
}

/** Elements of a triple's box. */
export function volume(size: readonly number[]): number {
  return size.reduce((product, length) => product * length, 1);
}

/** Whether the outputs, times the stride, are as many as the inputs in the dimensions along which rows and slices follow each other. */
function keepsRows({ inSize, outSize, stride }: ConvolutionSizes): boolean {
  const isSame = (d: Dimension) => inSize[d] === stride[d] * outSize[d];
  return isSame(2) && (Math.max(inSize[0], outSize[0]) === 1 || isSame(1));
}

function isPointwise({ inSize, kernelSize, outSize, stride, padding }: ConvolutionSizes): boolean {
  const isSame = (d: Dimension) => kernelSize[d] === 1 && stride[d] === 1 && padding[d] === 0 && inSize[d] === outSize[d];
  return isSame(0) && isSame(1) && isSame(2);
}

type Dimension = 0 | 1 | 2;

function triple(value: (d: Dimension) => number): Triple {
  return [value(0), value(1), value(2)];
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

import { alignUp } from './align.ts';
import { type ConvolutionSizes, type Triple, volume } from './convolution_sizes.ts';
import type { FloatDType } from './dtype.ts';
import { vectorLanes } from './vector_lanes.ts';
import { floatBytes, widestVector } from './winograd_cut.ts';

/*
 * Winograd's algorithm for a convolution whose stride leaves each phase two to five taps: which convolutions it serves, and their phases.
 * phase_convolution.ts and phase_weight.ts have the three maps, kernels/phase_conv.cc and phase_weight.cc the algorithms.
 */

/** Places that a tile reads along an axis of several taps. */
export const tileInputs = 6;
/** Taps of a phase along an axis: as many as there are kernels for, the next of which takes what lies between. */
const tapsOfKernels = [2, 3, 5];
const mostTaps = Math.max(...tapsOfKernels);
/** The same where the other axis has a single tap. */
const mostLineTaps = 3;
/** Channels on each side, and tiles of all images together, that pay for the transforms of squares; and of lines, which save fewer products. */
const fewestChannels = 12;
const fewestTiles = 24;
const fewestLineTiles = 256;
/** Wide vectors leave the transforms little to do beside the products. */
const fewestLineChannels = (lanes: number) => (lanes === widestVector ? 16 : 32);
/** Transformed weights that stay in the third-level cache, which every block reads. */
const mostWeightBytes = 20 << 20;
/** Times as few products as the direct algorithm makes are worth the transforms; and of five taps, whose tiles have few outputs to map. */
const leastSaving = 1.7;
const leastSavingOfMost = 1.6;

/** What the convolution looks like to the algorithm; pairs are along its height and its width. */
export interface Phases {
  /** Of the phase that has the most: one, or as many as along the other axis. */
  readonly taps: Triple;
  /** Places that a tile reads, and how far the next one is. */
  readonly side: Pair;
  readonly outputs: Pair;
  readonly points: number;
  readonly count: number;
  readonly stride: Triple;
}

export type Pair = readonly [number, number];

/** The phases of a convolution that may be served. */
export function phasesOf({ kernelSize, stride }: ConvolutionSizes): Phases {
  const own = (d: 1 | 2) => Math.max(1, Math.ceil(kernelSize[d] / stride[d]));
  const most = tapsOfKernels.find((taps) => taps >= Math.max(own(1), own(2))) ?? mostTaps;
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
 * five taps a phase, where it makes few products enough. As with `servesWinograd`, a NaN spreads over its tile of outputs.
 */
export function servesPhases(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  const { groups, inChannels, outChannels, batch, inSize, kernelSize, outSize, stride, dilation, padding } = sizes;
  const isPlain = dtype === 'float32' && groups === 1 && volume(dilation) === 1;
  const isImage = inSize[0] === 1 && kernelSize[0] === 1 && outSize[0] === 1 && stride[0] === 1 && padding[0] === 0;
  const hasFewTaps = kernelSize[1] <= mostTaps * stride[1] && kernelSize[2] <= mostTaps * stride[2] && volume(kernelSize) > 1;
  if (!isPlain || !isImage || !hasFewTaps || stride[1] > 2 || stride[2] > 2) return false;
  const { outputs, points, count, taps } = phasesOf(sizes);
  const isLine = points === tileInputs;
  if (isLine && volume(taps) > mostLineTaps) return false;
  const saving = Math.max(...taps) === mostTaps ? leastSavingOfMost : leastSaving;
  const lanes = vectorLanes();
  const [channels, rows] = [alignUp(inChannels, lanes), alignUp(outChannels, lanes)];
  const tiles = batch * volume(forwardTiles(sizes, outputs));
  return (
    Math.min(inChannels, outChannels) >= (isLine ? fewestLineChannels(lanes) : fewestChannels) &&
    tiles >= (isLine ? fewestLineTiles : fewestTiles) &&
    count * points * channels * rows * floatBytes <= mostWeightBytes &&
    batch * volume(outSize) * volume(kernelSize) * inChannels * outChannels >= saving * tiles * count * points * channels * rows
  );
}

/** Tiles of an image along its height and width. */
export function forwardTiles({ outSize }: ConvolutionSizes, outputs: Pair): Pair {
  return [Math.ceil(outSize[1] / outputs[0]), Math.ceil(outSize[2] / outputs[1])];
}

/** Room for the rows that so many tiles of one image read, of a vector of channels, wherever they begin. */
export function stripElements([high, wide]: Pair, outputs: Pair, side: Pair, stride: Triple): (tiles: number) => number {
  return (tiles) => {
    const rows = (Math.min(high, Math.ceil(tiles / wide) + 1) - 1) * outputs[0] + side[0];
    return (rows * stride[2] * (outputs[1] * (wide - 1) + side[1]) + 3) * widestVector;
  };
}

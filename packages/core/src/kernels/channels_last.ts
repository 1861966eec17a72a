import { alignUp } from './align.ts';
import { backwardSize, type ConvolutionSizes, forwardSize, type GatherSize, greatestCommonDivisor, volume } from './convolution_sizes.ts';
import type { FloatDType } from './dtype.ts';
import { evenShare } from './even_share.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import { PlanMemo } from './plan_memo.ts';
import { vectorLanes } from './vector_lanes.ts';
import { fewestTasks, floatBytes, tasksFor, tileMultiple, widestPanel } from './winograd_cut.ts';

/*
 * A convolution and its adjoint by x with vectors over channels; kernels/channels_last.cc has the algorithm.
 */

/** Outputs of a block, at most: a multiple of every target's register tile. */
const mostOutputs = 96;
/** What a block gathers at a time, and rows whose sums it keeps beside that, stay in the second-level cache. */
const gatheredBytes = 256 << 10;
const mostRows = 512;
/** Rows that make a share for which the inputs are gathered again. */
const rowsPerPart = 48;
/** Numbers that a task of the first stage turns or packs at least. */
const numbersPerTask = 4096;

/** Channels that are read which fill vectors well enough. */
const fewestChannels = 12;
/** Outputs of an image, or of a phase of it, with fewer of which other ways, whose vectors run along its rows, are slower; and of a row, with several taps. */
const fewestOutputs = 16;
const shortestRow = 8;
/** The same where some phases have no taps: their zeros are written one by one. */
const fewestBesideEmpty = 9;
/** Outputs of all images that a single tap needs to fill a register tile. */
const fewestOfAll = 8;
/** Phases of a stride whose adjoint is made one by one. */
const mostPhases = 16;
/** Places of the image, as a multiple of those that the taps read, of which it pays to turn all. */
const mostTurned = 4;

/** Whether vectors over channels serve a convolution: of one group, in float32, with few outputs an image or a row. Measured. */
export function servesChannelsLast(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  return serves(sizes, forwardSize(dtype, sizes), fewestOutputs);
}

/** Whether they serve its adjoint by x. */
export function servesChannelsLastInput(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  const size = backwardSize(dtype, sizes);
  const phasesWithTaps = sizes.kernelSize.map((taps, d) =>
    Math.min(taps, sizes.stride[d] / greatestCommonDivisor(sizes.stride[d], sizes.dilation[d])),
  );
  const hasEmpty = volume(phasesWithTaps) < size.phases;
  return size.phases <= mostPhases && serves(sizes, size, hasEmpty ? fewestBesideEmpty : fewestOutputs, !hasEmpty);
}

function serves({ batch }: ConvolutionSizes, size: GatherSize, fewest: number, takesShortRows = true): boolean {
  const { groups, channels, source, out, elementBytes } = size;
  const [outputs, taps] = [volume(out), volume(size.taps)];
  return (
    elementBytes === floatBytes &&
    groups === 1 &&
    channels >= fewestChannels &&
    batch * outputs >= (taps > 1 ? 1 : fewestOfAll) &&
    volume(source) <= mostTurned * outputs * taps &&
    (outputs < fewest || (takesShortRows && taps > 1 && out[2] < shortestRow))
  );
}

/** `conv` of convolution.ts, where `servesChannelsLast`. */
export function channelsLastConv(x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, sizes: ConvolutionSizes): void {
  multiply(0, x, weight, bias, y, sizes, forwardPlans.of('float32', sizes));
}

/** `convInput` of convolution.ts, where `servesChannelsLastInput`. */
export function channelsLastInput(gradOutput: Pointer, weight: Pointer, bias: Pointer, x: Pointer, sizes: ConvolutionSizes): void {
  multiply(1, gradOutput, weight, bias, x, sizes, backwardPlans.of('float32', sizes));
}

function multiply(
  transposed: 0 | 1,
  source: Pointer,
  weight: Pointer,
  bias: Pointer,
  target: Pointer,
  sizes: ConvolutionSizes,
  plan: Plan,
): void {
  const { batch, groups, inChannels, outChannels, inSize, kernelSize, outSize, stride, dilation, padding } = sizes;
  const turned = scratch(plan.turnedBytes + plan.packedBytes + workerCount() * plan.scratchStride);
  const packed = turned + plan.turnedBytes;
  for (const stage of [0, 1]) {
    const fields = {
      source,
      weight,
      bias,
      target,
      turned,
      packed,
      transposed,
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
      stage,
      turnTasks: plan.turnTasks,
      blockOutputs: plan.blockOutputs,
      blocks: plan.blocks,
      rowParts: plan.rowParts,
      vectorsTogether: plan.vectorsTogether,
      scratch: packed + plan.packedBytes,
      scratchStride: plan.scratchStride,
    };
    launch('channelsLast', 'f32', fields, stage === 0 ? plan.turnTasks + plan.packTasks : plan.tasks);
  }
}

/** How one of the two directions is cut; channels_last.cc says what the tasks are. */
interface Plan {
  readonly turnTasks: number;
  readonly packTasks: number;
  readonly blockOutputs: number;
  /** Of the phase that has the most outputs. */
  readonly blocks: number;
  readonly rowParts: number;
  readonly vectorsTogether: number;
  readonly tasks: number;
  readonly turnedBytes: number;
  readonly packedBytes: number;
  readonly scratchStride: number;
}

const forwardPlans = new PlanMemo<Plan>((dtype, sizes) => planOf(forwardSize(dtype, sizes), sizes));
const backwardPlans = new PlanMemo<Plan>((dtype, sizes) => planOf(backwardSize(dtype, sizes), sizes));

function planOf({ batch, phases, rows, channels, source, taps, out }: GatherSize, { kernelSize }: ConvolutionSizes): Plan {
  const lanes = vectorLanes();
  const vectors = Math.ceil(channels / lanes);
  const rowVectors = Math.ceil(rows / lanes);
  const outputs = batch * volume(out);
  const blockOutputs = Math.min(mostOutputs, alignUp(evenShare(outputs, mostOutputs), tileMultiple));
  const blocks = Math.ceil(outputs / blockOutputs);
  const wanted = Math.max(Math.ceil(rows / mostRows), Math.min(Math.ceil(fewestTasks / (blocks * phases)), Math.floor(rows / rowsPerPart)));
  const rowParts = Math.max(1, Math.min(wanted, rowVectors));
  const vectorsTogether = Math.max(1, Math.min(volume(taps) * vectors, Math.floor(gatheredBytes / (blockOutputs * lanes * floatBytes))));
  const partRows = lanes * Math.ceil(rowVectors / rowParts) + 2 * widestPanel;
  const gathered = blockOutputs * vectorsTogether * lanes;
  const sums = blockOutputs * partRows + 4 * widestPanel;
  const listed = Math.max(blockOutputs * (volume(taps) + 1), 3 * volume(kernelSize));
  return {
    turnTasks: tasksFor(batch * volume(source) * channels, numbersPerTask),
    packTasks: tasksFor(rows * channels * volume(kernelSize), numbersPerTask),
    blockOutputs,
    blocks,
    rowParts,
    vectorsTogether,
    tasks: phases * blocks * rowParts,
    turnedBytes: alignUp(vectors * lanes * (batch * volume(source) + 1) * floatBytes, 64),
    packedBytes: alignUp(rowVectors * lanes * vectors * lanes * volume(kernelSize) * floatBytes, 64) + 64,
    scratchStride: alignUp((gathered + sums + listed) * floatBytes, 64),
  };
}

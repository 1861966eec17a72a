import { alignUp } from './align.ts';
import { type ConvolutionCut, type ConvolutionPlan, gatherPlan, scatterChannels, scatterPlan } from './convolution_cut.ts';
import { backwardSize, type ConvolutionSizes, forwardSize, volume } from './convolution_sizes.ts';
import { weightPlan } from './convolution_weight_cut.ts';
import { bytesPerElement, type FloatDType, scalarOf } from './dtype.ts';
import { interleavedConv, interleavedInput, interleavedWeight, servesInterleaved } from './interleaved.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import { phaseConv, phaseInput, phaseWeight, servesPhases } from './phases.ts';
import { PlanMemo } from './plan_memo.ts';
import { planeConv, planeInput, planeWeight, servesPlanes } from './planes.ts';
import { servesWinograd, winogradConv, winogradInput, winogradWeight } from './winograd.ts';

export type { ConvolutionSizes, Triple } from './convolution_sizes.ts';

/**
 * y [batch, groups * outChannels, outSize] = conv(x, weight) + bias, with x [batch, groups * inChannels, inSize],
 * weight [groups * outChannels, inChannels, kernelSize] and bias [groups * outChannels], 0 for none.
 */
export function conv(dtype: FloatDType, x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, sizes: ConvolutionSizes): void {
  if (servesWinograd(dtype, sizes)) {
    winogradConv(x, weight, bias, y, sizes);
    return;
  }
  if (servesPhases(dtype, sizes)) {
    phaseConv(x, weight, bias, y, sizes);
    return;
  }
  if (servesInterleaved(dtype, sizes)) {
    interleavedConv(x, weight, bias, y, sizes);
    return;
  }
  if (servesPlanes(sizes)) {
    planeConv(dtype, x, weight, bias, y, sizes);
    return;
  }
  runTwice(dtype, sizes, forwardPlans.of(dtype, sizes), (stage, tasks, cut, packed, workspace) => {
    // One literal without spreads: those would take longer than a small convolution.
    const fields = {
      x,
      weight,
      bias,
      y,
      packed,
      batch: sizes.batch,
      groups: sizes.groups,
      inChannels: sizes.inChannels,
      outChannels: sizes.outChannels,
      inSize: sizes.inSize,
      kernelSize: sizes.kernelSize,
      outSize: sizes.outSize,
      stride: sizes.stride,
      dilation: sizes.dilation,
      padding: sizes.padding,
      stage,
      blockImages: cut.blockImages,
      blockSize: cut.blockSize,
      blockChannels: cut.blockChannels,
      linePitch: cut.linePitch,
      shareRows: cut.shareRows,
      rowParts: cut.rowParts,
      scratch: workspace,
      scratchStride: cut.scratchStride,
    };
    launch('conv', scalarOf[dtype], fields, tasks);
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
  if (servesWinograd(dtype, sizes)) {
    winogradInput(gradOutput, weight, bias, x, sizes);
    return;
  }
  if (servesPhases(dtype, sizes)) {
    phaseInput(gradOutput, weight, bias, x, sizes);
    return;
  }
  if (servesInterleaved(dtype, sizes)) {
    interleavedInput(gradOutput, weight, bias, x, sizes);
    return;
  }
  if (servesPlanes(sizes)) {
    planeInput(dtype, gradOutput, weight, bias, x, sizes);
    return;
  }
  const plan = backwardPlans.of(dtype, sizes);
  const scatter = plan.scatters ? 1 : 0;
  runTwice(dtype, sizes, plan, (stage, tasks, cut, packed, workspace) => {
    const fields = {
      gradOutput,
      weight,
      bias,
      x,
      packed,
      scatter,
      batch: sizes.batch,
      groups: sizes.groups,
      inChannels: sizes.inChannels,
      outChannels: sizes.outChannels,
      inSize: sizes.inSize,
      kernelSize: sizes.kernelSize,
      outSize: sizes.outSize,
      stride: sizes.stride,
      dilation: sizes.dilation,
      padding: sizes.padding,
      stage,
      blockImages: cut.blockImages,
      blockSize: cut.blockSize,
      blockChannels: cut.blockChannels,
      linePitch: cut.linePitch,
      shareRows: cut.shareRows,
      rowParts: cut.rowParts,
      scratch: workspace,
      scratchStride: cut.scratchStride,
    };
    launch('convInput', scalarOf[dtype], fields, tasks);
  });
}

/** The adjoint of `conv` by weight: weight [groups * outChannels, inChannels, kernelSize] from x and gradOutput. */
export function convWeight(dtype: FloatDType, x: Pointer, gradOutput: Pointer, weight: Pointer, sizes: ConvolutionSizes): void {
  const weights = sizes.groups * sizes.inChannels * sizes.outChannels * volume(sizes.kernelSize);
  if (sizes.batch === 0) {
    launch('fill', scalarOf[dtype], { y: weight, size: weights, value: 0 }, 1);
    return;
  }
  if (servesWinograd(dtype, sizes)) {
    winogradWeight(x, gradOutput, weight, sizes);
    return;
  }
  if (servesPhases(dtype, sizes)) {
    phaseWeight(x, gradOutput, weight, sizes);
    return;
  }
  if (servesInterleaved(dtype, sizes)) {
    interleavedWeight(x, gradOutput, weight, sizes);
    return;
  }
  if (servesPlanes(sizes)) {
    planeWeight(dtype, x, gradOutput, weight, sizes);
    return;
  }
  const { cut, parts, sums, tasks, addTasks } = weightPlans.of(dtype, sizes);
  const sumBytes = alignUp(sums * bytesPerElement[dtype], 64);
  const partial = scratch(sumBytes + workerCount() * cut.scratchStride);
  for (const stage of [0, 1]) {
    const fields = {
      x,
      gradOutput,
      weight,
      partial,
      parts,
      batch: sizes.batch,
      groups: sizes.groups,
      inChannels: sizes.inChannels,
      outChannels: sizes.outChannels,
      inSize: sizes.inSize,
      kernelSize: sizes.kernelSize,
      outSize: sizes.outSize,
      stride: sizes.stride,
      dilation: sizes.dilation,
      padding: sizes.padding,
      stage,
      blockImages: cut.blockImages,
      blockSize: cut.blockSize,
      blockChannels: cut.blockChannels,
      linePitch: cut.linePitch,
      shareRows: cut.shareRows,
      rowParts: cut.rowParts,
      scratch: partial + sumBytes,
      scratchStride: cut.scratchStride,
    };
    launch('convWeight', scalarOf[dtype], fields, stage === 0 ? tasks : addTasks);
  }
}

interface BackwardPlan extends ConvolutionPlan {
  /** Whether all products are made before they are added up. */
  readonly scatters: boolean;
}

const forwardPlans = new PlanMemo<ConvolutionPlan>((dtype, sizes) => gatherPlan(forwardSize(dtype, sizes)));

const backwardPlans = new PlanMemo<BackwardPlan>((dtype, sizes) => {
  const size = backwardSize(dtype, sizes);
  const channels = scatterChannels(size, sizes.outSize);
  return channels === 0 ? { ...gatherPlan(size), scatters: false } : { ...scatterPlan(size, sizes.outSize, channels), scatters: true };
});

const weightPlans = new PlanMemo((dtype, sizes) => weightPlan(forwardSize(dtype, sizes)));

type Stage = (stage: 0 | 1, tasks: number, cut: ConvolutionCut, packed: Pointer, workspace: Pointer) => void;

// Two launches: the weights are packed once, then every task multiplies with them.
function runTwice(dtype: FloatDType, sizes: ConvolutionSizes, plan: ConvolutionPlan, run: Stage): void {
  if (sizes.batch === 0) {
    return;
  }
  const weights = sizes.groups * sizes.inChannels * sizes.outChannels * volume(sizes.kernelSize);
  const packedBytes = alignUp(weights * bytesPerElement[dtype], 64) + 64;
  const packed = scratch(packedBytes + workerCount() * plan.cut.scratchStride);
  run(0, plan.packTasks, plan.cut, packed, packed + packedBytes);
  run(1, plan.tasks, plan.cut, packed, packed + packedBytes);
}

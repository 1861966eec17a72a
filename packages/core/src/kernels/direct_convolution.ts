import { alignUp } from './align.ts';
import { type ConvolutionCut, type ConvolutionPlan, gatherPlan, scatterChannels, scatterPlan } from './convolution_cut.ts';
import { backwardSize, type ConvolutionSizes, forwardSize, type Triple, volume } from './convolution_sizes.ts';
import { weightPlan } from './convolution_weight_cut.ts';
import { bytesPerElement, type FloatDType, scalarOf } from './dtype.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, workerCount } from './memory.ts';
import { PlanMemo } from './plan_memo.ts';
import type { Winners } from './pool.ts';

/*
 * The three maps of a convolution as sums of products, block by block (kernels/conv.cc, conv_input.cc, conv_weight.cc).
 */

/** `conv` of convolution.ts, or, of another `pooled` than null, `convReluPool` of pooled_convolution.ts. */
export function directConv(
  dtype: FloatDType,
  x: Pointer,
  weight: Pointer,
  bias: Pointer,
  y: Pointer,
  sizes: ConvolutionSizes,
  pooled: Winners | null = null,
): void {
  runTwice(dtype, sizes, forwardPlans.of(dtype, sizes), (stage, tasks, cut, packed, workspace) => {
    // One literal without spreads: those would take longer than a small convolution.
    const fields = {
      x,
      weight,
      bias,
      y,
      pooled: pooled === null ? 0 : 1,
      winners: pooled === null ? 0 : pooled.winners,
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

/** `convInput` of convolution.ts. */
export function directInput(
  dtype: FloatDType,
  gradOutput: Pointer,
  weight: Pointer,
  bias: Pointer,
  x: Pointer,
  sizes: ConvolutionSizes,
): void {
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

/** `convWeight` of convolution.ts; with `winners` (0 for none) `convWeightPooled` of pooled_convolution.ts. */
export function directWeight(
  dtype: FloatDType,
  x: Pointer,
  gradOutput: Pointer,
  weight: Pointer,
  sizes: ConvolutionSizes,
  winners: Pointer = 0,
): void {
  const { cut, parts, sums, tasks, addTasks } = weightPlans.of(dtype, sizes);
  const sumBytes = alignUp(sums * bytesPerElement[dtype], 64);
  const partial = scratch(sumBytes + workerCount() * cut.scratchStride);
  for (const stage of [0, 1]) {
    const fields = {
      x,
      gradOutput,
      winners,
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

/** Whether `directConv` can pool: its blocks of outputs hold whole windows of 2x2. */
export function poolsDirectly(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  return holdsWindows(forwardPlans.of(dtype, sizes).cut, sizes.outSize);
}

/** Whether `directWeight` takes winners: by dot products, in blocks of whole windows. */
export function spreadsDirectly(dtype: FloatDType, sizes: ConvolutionSizes): boolean {
  const { cut } = weightPlans.of(dtype, sizes);
  return cut.linePitch > 0 && holdsWindows(cut, sizes.outSize);
}

function holdsWindows({ blockSize }: ConvolutionCut, [, height, width]: Triple): boolean {
  return blockSize[2] >= width && (blockSize[1] >= height || blockSize[1] % 2 === 0);
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

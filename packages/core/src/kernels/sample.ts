import { sizeOf } from '../shape.ts';
import { type FloatDType, scalarOf } from './dtype.ts';
import { launch } from './launch.ts';
import type { Pointer } from './memory.ts';
import { taskCount } from './tasks.ts';

/** Samples of images [batch, groups * channels, inSize] at positions [batch or 1, groups, taps, rank, points]; sizes of missing dimensions are 1. */
export interface SampleSizes {
  readonly batch: number;
  /** Groups of channels that are sampled at the same positions. */
  readonly groups: number;
  /** Per group. */
  readonly channels: number;
  readonly taps: number;
  readonly points: number;
  /** Coordinates of a position: 1, 2 or 3. */
  readonly rank: number;
  readonly inSize: readonly number[];
  /** For each dimension 0, or 1 for the derivative by it; 0 for missing dimensions. */
  readonly order: readonly number[];
  /** Take the pixel at the position rounded down instead. */
  readonly nearest: boolean;
  /** Whether all images have the same positions, which are given once. */
  readonly sharedPositions: boolean;
}

/**
 * y [batch, groups * channels, taps, points] = x at the positions, linearly interpolated; the image continues with zeros.
 *
 * Derivatives at whole coordinates are those towards larger ones. A position with a coordinate that is not finite, or beyond +-2^30,
 * gives 0.
 */
export function sampleGather(dtype: FloatDType, x: Pointer, positions: Pointer, y: Pointer, sizes: SampleSizes): void {
  const { batch, groups, channels, taps, points, rank, inSize, order } = sizes;
  const work = batch * groups * taps * points * (8 + channels * 2 ** rank);
  launch(
    'sampleGather',
    scalarOf[dtype],
    {
      x,
      positions,
      y,
      batch,
      groups,
      channels,
      taps,
      points,
      rank,
      inSize,
      order,
      nearest: sizes.nearest ? 1 : 0,
      positionStride: positionStride(sizes),
    },
    taskCount(work, batch * groups * taps * Math.ceil(points / pointBlock)),
  );
}

/** The adjoint of `sampleGather` by x: x [batch, groups * channels, inSize] from gradOutput [batch, groups * channels, taps, points]. */
export function sampleScatter(dtype: FloatDType, gradOutput: Pointer, positions: Pointer, x: Pointer, sizes: SampleSizes): void {
  const { batch, groups, channels, taps, points, rank, inSize, order } = sizes;
  const blockChannels = Math.min(Math.max(channels, 1), mostChannels);
  const work = batch * groups * channels * (sizeOf(inSize) + taps * points * 2 ** rank);
  launch(
    'sampleScatter',
    scalarOf[dtype],
    {
      gradOutput,
      positions,
      x,
      batch,
      groups,
      channels,
      taps,
      points,
      rank,
      inSize,
      order,
      nearest: sizes.nearest ? 1 : 0,
      positionStride: positionStride(sizes),
      blockChannels,
    },
    taskCount(work, batch * groups * Math.ceil(channels / blockChannels)),
  );
}

/** As in the kernels: points whose pixels and weights are worked out together. */
const pointBlock = 128;
/** Channels for which a scattering task works out pixels and weights: enough to make that cheap, few enough for many tasks. */
const mostChannels = 16;

function positionStride({ sharedPositions, groups, taps, rank, points }: SampleSizes): number {
  return sharedPositions ? 0 : groups * taps * rank * points;
}

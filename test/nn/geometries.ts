import type { PaddingMode, PaddingPair } from '@convgrad/nn';
import fc from 'fast-check';

/** One spatial dimension of a convolution that fits. */
interface Axis {
  readonly length: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: PaddingPair;
}

/** A convolution that fits, with small sizes. */
export interface Geometry {
  readonly rank: number;
  readonly batch: number;
  readonly groups: number;
  /** Of a group. */
  readonly inChannels: number;
  /** Of a group. */
  readonly outChannels: number;
  readonly size: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly PaddingPair[];
  readonly paddingMode: PaddingMode;
  readonly seed: number;
}

const upTo = (max: number, min = 1) => fc.integer({ min, max });

/** Kernels that lie in the padded image, and padding that every mode can make. */
const axis: fc.Arbitrary<Axis> = fc
  .record({ kernel: upTo(3), stride: upTo(4), dilation: upTo(3), before: upTo(3, 0), after: upTo(3, 0), more: upTo(4, 0) })
  .map(({ kernel, stride, dilation, before, after, more }) => {
    const extent = dilation * (kernel - 1) + 1;
    const length = Math.max(1, extent - before - after, before + 1, after + 1) + more;
    return { length, kernel, stride, dilation, padding: [before, after] };
  });

/** Convolutions in one to three dimensions, strided, dilated, grouped, padded unevenly, in all padding modes. */
export const geometry: fc.Arbitrary<Geometry> = fc
  .record({
    axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
    batch: upTo(2, 0),
    groups: upTo(3),
    inChannels: upTo(2),
    outChannels: upTo(2),
    paddingMode: fc.constantFrom<PaddingMode>('zeros', 'reflect', 'replicate', 'circular'),
    seed: upTo(1 << 30),
  })
  .map(({ axes, ...others }) => ({
    ...others,
    rank: axes.length,
    size: axes.map(({ length }) => length),
    kernel: axes.map(({ kernel }) => kernel),
    stride: axes.map(({ stride }) => stride),
    dilation: axes.map(({ dilation }) => dilation),
    padding: axes.map(({ padding }) => padding),
  }));

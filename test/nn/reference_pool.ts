import { flat, places } from './reference_convolution.ts';

/** Windows over planes, by their definition. */
export interface ReferencePool {
  readonly x: readonly number[];
  readonly leading: readonly number[];
  readonly size: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly (readonly [before: number, after: number])[];
  readonly outSize: readonly number[];
}

/** One window: the elements of the image that it sees, and how many places of the padded image it covers. */
export interface ReferenceWindow {
  readonly seen: readonly number[];
  readonly covered: number;
}

/** All windows in row-major order. */
export function referenceWindows(args: ReferencePool): readonly ReferenceWindow[] {
  const { x, leading, size, kernel, stride, dilation, padding, outSize } = args;
  return places([...leading, ...outSize]).map((place) => {
    const plane = place.slice(0, leading.length);
    const window = place.slice(leading.length);
    const seen: number[] = [];
    let covered = 0;
    for (const tap of places(kernel)) {
      const at = window.map((p, dim) => p * stride[dim] + tap[dim] * dilation[dim] - padding[dim][0]);
      if (at.every((i, dim) => i < size[dim] + padding[dim][1])) covered++;
      if (at.every((i, dim) => i >= 0 && i < size[dim])) seen.push(x[flat([...plane, ...at], [...leading, ...size])]);
    }
    return { seen, covered };
  });
}

import { flat, places } from './reference_convolution.ts';

/** A transposed convolution by its definition, in float64, over any number of spatial dimensions. */
export interface ReferenceConvTranspose {
  readonly x: readonly number[];
  readonly xShape: readonly number[];
  readonly weight: readonly number[];
  readonly weightShape: readonly number[];
  readonly bias?: readonly number[];
  readonly stride: readonly number[];
  readonly before: readonly number[];
  readonly dilation: readonly number[];
  readonly outSize: readonly number[];
  readonly groups: number;
}

/** y[n, group's first channel + o, p stride + k dilation - before] += w[c, o, k] x[n, c, p], what lies outside being dropped; y = bias at first. */
export function referenceConvTranspose(args: ReferenceConvTranspose): {
  readonly shape: readonly number[];
  readonly data: readonly number[];
} {
  const { x, xShape, weight, weightShape, bias, stride, before, dilation, outSize, groups } = args;
  const [batch, channels, ...size] = xShape;
  const [, perGroup, ...kernel] = weightShape;
  const shape = [batch, perGroup * groups, ...outSize];
  const data = [...places(shape)].map(([, o]) => bias?.[o] ?? 0);
  for (const [n, c, ...p] of places([batch, channels, ...size])) {
    const firstChannel = Math.floor(c / (channels / groups)) * perGroup;
    for (const [o, ...k] of places([perGroup, ...kernel])) {
      const at = p.map((position, dim) => position * stride[dim] + k[dim] * dilation[dim] - before[dim]);
      if (at.some((i, dim) => i < 0 || i >= outSize[dim])) continue;
      data[flat([n, firstChannel + o, ...at], shape)] += weight[flat([c, o, ...k], weightShape)] * x[flat([n, c, ...p], xShape)];
    }
  }
  return { shape, data };
}

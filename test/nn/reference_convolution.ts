/** A convolution by its definition, in float64, over any number of spatial dimensions. */
export interface ReferenceConvolution {
  readonly x: readonly number[];
  readonly xShape: readonly number[];
  readonly weight: readonly number[];
  readonly weightShape: readonly number[];
  readonly bias?: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly (readonly [before: number, after: number])[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/** y[n, o, p] = b[o] + sum over c, k of w[o, c, k] x[n, group's first channel + c, p stride + k dilation - before], x being 0 outside. */
export function referenceConvolution(args: ReferenceConvolution): { readonly shape: readonly number[]; readonly data: readonly number[] } {
  const { x, xShape, weight, weightShape, bias, stride, padding, dilation, groups } = args;
  const [batch, channels, ...size] = xShape;
  const [outChannels, perGroup, ...kernel] = weightShape;
  const outSize = size.map((length, dim) => {
    const room = length + padding[dim][0] + padding[dim][1] - dilation[dim] * (kernel[dim] - 1) - 1;
    return Math.floor(room / stride[dim]) + 1;
  });
  const data: number[] = [];
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outChannels; o++) {
      const firstChannel = Math.floor(o / (outChannels / groups)) * perGroup;
      for (const position of places(outSize)) {
        let sum = bias?.[o] ?? 0;
        for (let c = 0; c < perGroup; c++) {
          for (const tap of places(kernel)) {
            const at = position.map((p, dim) => p * stride[dim] + tap[dim] * dilation[dim] - padding[dim][0]);
            if (at.some((i, dim) => i < 0 || i >= size[dim])) continue;
            const pixel = flat([n, firstChannel + c, ...at], [batch, channels, ...size]);
            sum += weight[flat([o, c, ...tap], weightShape)] * x[pixel];
          }
        }
        data.push(sum);
      }
    }
  }
  return { shape: [batch, outChannels, ...outSize], data };
}

/** Every index of a shape, in row-major order. */
export function places(shape: readonly number[]): readonly (readonly number[])[] {
  return shape.reduce<number[][]>(
    (prefixes, length) => prefixes.flatMap((prefix) => Array.from({ length }, (_, i) => [...prefix, i])),
    [[]],
  );
}

export function flat(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((position, i, dim) => position * shape[dim] + i, 0);
}

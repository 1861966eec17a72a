import { grad, type Shape, sizeOf, type Tensor } from '@convgrad/core';
import { deformConv1d, deformConv2d, deformConv3d } from '@convgrad/nn';
import { deformConvGeometry } from '../../packages/nn/src/functional/deform_conv_geometry.ts';
import { composedDeformConv } from '../../packages/nn/src/functional/deform_conv_gradient.ts';
import { Random } from '../core/kernels/numbers.ts';
import { expectClose, leaf } from './numbers.ts';

const functions = { 1: deformConv1d, 2: deformConv2d, 3: deformConv3d } as const;

interface Sizes {
  readonly rank: 1 | 2 | 3;
  readonly batch: number;
  readonly groups: number;
  readonly offsetGroups: number;
  readonly channels: number;
  readonly outChannels: number;
  readonly size: Shape;
  readonly kernel: Shape;
  readonly stride: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
  readonly masked: boolean;
}

/** Forward and all gradients of the kernels of plain training, against those of the gather/scatter pair. */
function compare(sizes: Sizes): void {
  const { rank, batch, groups, offsetGroups, channels, outChannels, size, kernel, stride, padding, dilation, masked } = sizes;
  const f = functions[rank];
  const out = size.map((length, d) => {
    return Math.floor((length + padding[d][0] + padding[d][1] - dilation[d] * (kernel[d] - 1) - 1) / stride[d]) + 1;
  });
  const taps = sizeOf(kernel);
  const x = leaf([batch, channels, ...size], 1);
  const offset = leaf([batch, rank * offsetGroups * taps, ...out], 2)
    .mul(1.5)
    .detach()
    .requiresGrad_();
  const weight = leaf([outChannels, channels / groups, ...kernel], 3);
  const bias = leaf([outChannels], 4);
  const mask = masked ? leaf([batch, offsetGroups * taps, ...out], 5) : null;
  const inputs = mask === null ? [x, offset, weight, bias] : [x, offset, weight, bias, mask];
  const settings = { stride, padding, dilation };

  const shapes = { input: x.shape, offset: offset.shape, weight: weight.shape, bias: bias.shape, mask: mask?.shape ?? null };
  const composed = composedDeformConv({ x, offset, weight, mask }, deformConvGeometry('test', rank, shapes, settings));
  const want = composed.add(bias.view([outChannels, ...new Array<number>(rank).fill(1)]));
  const y = f(x, offset, weight, bias, mask, settings);
  expectClose(y, want);
  const cotangent = leaf(y.shape, 6).detach();
  const fused = grad(y, inputs, { gradOutputs: cotangent });
  const recorded = grad(f(x, offset, weight, bias, mask, settings), inputs, { gradOutputs: cotangent, createGraph: true });
  const byGraph = grad(want, inputs, { gradOutputs: cotangent });
  fused.forEach((gradient, index) => {
    expectClose(gradient, byGraph[index]);
    expectClose(recorded[index], byGraph[index]);
  });

  const singles = inputs.map((input) => input.detach().to('float32').detach().requiresGrad_());
  const [a, b, c, d, e = null]: (Tensor | null)[] = singles;
  if (a === null || b === null || c === null) return;
  const single = f(a, b, c, d, e, settings);
  expectClose(single.to('float64'), want, 1e-5);
  const singleGradients = grad(single, singles, { gradOutputs: cotangent.to('float32') });
  // A position near a whole number may fall on its other side in float32, where the slope is another one.
  singleGradients.forEach((gradient, index) => {
    if (index !== 1) expectClose(gradient.to('float64'), byGraph[index], 2e-5);
  });
}

const square: Sizes = {
  rank: 2,
  batch: 2,
  groups: 1,
  offsetGroups: 1,
  channels: 8,
  outChannels: 8,
  size: [6, 6],
  kernel: [3, 3],
  stride: [1, 1],
  padding: [
    [1, 1],
    [1, 1],
  ],
  dilation: [1, 1],
  masked: true,
};

describe('the fused kernels of deformable convolution agree with the composed path', () => {
  it('over random geometries in every rank', () => {
    const random = new Random('deform');
    for (let trial = 0; trial < 40; trial++) {
      const rank = random.pick([1, 2, 2, 3] as const);
      const list = (low: number, high: number) => Array.from({ length: rank }, () => random.integer(low, high));
      const [kernel, dilation] = [list(1, 3), list(1, 2)];
      const groups = random.pick([1, 1, 2, 3]);
      const offsetGroups = random.pick([1, 2, 3]);
      compare({
        rank,
        batch: random.integer(1, 3),
        groups,
        offsetGroups,
        channels: groups * offsetGroups * random.integer(1, 3),
        outChannels: groups * random.integer(1, 7),
        size: kernel.map((length, d) => dilation[d] * (length - 1) + random.integer(1, 6)),
        kernel,
        stride: list(1, 3),
        padding: Array.from({ length: rank }, () => [random.integer(0, 2), random.integer(0, 2)] as const),
        dilation,
        masked: random.chance(0.6),
      });
    }
  });

  it('over several blocks of outputs and of taps, shared by the tasks of one image', () => {
    compare({ ...square, batch: 1, channels: 48, size: [13, 17], outChannels: 20 });
    compare({ ...square, batch: 1, channels: 6, groups: 2, offsetGroups: 3, outChannels: 4, size: [30, 30], masked: false });
  });

  it('with more channels than are summed at a time', () => {
    compare({
      ...square,
      channels: 280,
      outChannels: 270,
      size: [3, 4],
      kernel: [2, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
    });
  });

  it('for a batch of 33, for depthwise and pointwise kernels, and for one-pixel outputs', () => {
    compare({ ...square, batch: 33, channels: 3, size: [4, 3] });
    compare({ ...square, groups: 8, offsetGroups: 8 });
    compare({
      ...square,
      kernel: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
    });
    compare({
      ...square,
      size: [3, 3],
      padding: [
        [0, 0],
        [0, 0],
      ],
    });
  });

  it('where a task copies the images that it is about, and where these are too large for that', () => {
    compare({ ...square, batch: 17, channels: 5, outChannels: 6, size: [9, 14] });
    compare({ ...square, batch: 16, channels: 300, outChannels: 2, size: [11, 10], kernel: [1, 1], stride: [5, 5] });
  });
});

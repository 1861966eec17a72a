import { einsum, manualSeed, type Tensor, zeros } from '@convgrad/core';
import {
  CausalConv1d,
  type ConvOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  DepthwiseSeparableConv1d,
  DepthwiseSeparableConv2d,
  DepthwiseSeparableConv3d,
  PointwiseConv1d,
  PointwiseConv2d,
  PointwiseConv3d,
  ShuffledGroupConv1d,
  ShuffledGroupConv2d,
  ShuffledGroupConv3d,
  SpatiallySeparableConv2d,
  SpatiallySeparableConv3d,
} from '@convgrad/nn';
import fc from 'fast-check';
import { type Geometry, geometry } from './geometries.ts';
import { expectClose, normal } from './numbers.ts';

const conv: Readonly<Record<number, typeof conv2d>> = { 1: conv1d, 2: conv2d, 3: conv3d };
const convTranspose: Readonly<Record<number, typeof convTranspose2d>> = { 1: convTranspose1d, 2: convTranspose2d, 3: convTranspose3d };
const separable = { 1: DepthwiseSeparableConv1d, 2: DepthwiseSeparableConv2d, 3: DepthwiseSeparableConv3d };
const pointwise = { 1: PointwiseConv1d, 2: PointwiseConv2d, 3: PointwiseConv3d };
const shuffled = { 1: ShuffledGroupConv1d, 2: ShuffledGroupConv2d, 3: ShuffledGroupConv3d };

function rankOf({ rank }: Geometry): 1 | 2 | 3 {
  return rank === 1 ? 1 : rank === 2 ? 2 : 3;
}

function optionsOf({ stride, padding, dilation, groups, paddingMode }: Geometry): ConvOptions {
  return { stride, padding, dilation, groups, paddingMode };
}

function imageOf({ batch, groups, inChannels, size, seed }: Geometry): Tensor {
  return normal([batch, groups * inChannels, ...size], seed);
}

function weightOf({ groups, inChannels, outChannels, kernel, seed }: Geometry): Tensor {
  return normal([groups * outChannels, inChannels, ...kernel], seed + 1);
}

/** The same kernel with zeros between its taps. */
function stuffed(weight: Tensor, dilation: readonly number[]): Tensor {
  const [outChannels, inChannels, ...kernel] = weight.shape;
  const extents = kernel.map((taps, dim) => dilation[dim] * (taps - 1) + 1);
  const result = zeros([outChannels, inChannels, ...extents], { dtype: weight.dtype });
  result.set_([{}, {}, ...dilation.map((step) => ({ step }))], weight);
  return result;
}

/** The kernel of one convolution without groups: zeros where a channel is of another group. */
function dense(weight: Tensor, groups: number): Tensor {
  const [outChannels, inChannels, ...kernel] = weight.shape;
  const rows = outChannels / groups;
  const result = zeros([outChannels, inChannels * groups, ...kernel], { dtype: weight.dtype });
  for (let group = 0; group < groups; group++) {
    result.set_(
      [
        { start: group * rows, end: (group + 1) * rows },
        { start: group * inChannels, end: (group + 1) * inChannels },
      ],
      weight.detach().narrow(0, group * rows, rows),
    );
  }
  return result;
}

/** The property for random geometries of some kind. */
function holds(property: (example: Geometry) => void, select: (example: Geometry) => boolean = () => true): void {
  const run = (example: Geometry) => {
    manualSeed(example.seed);
    property(example);
  };
  fc.assert(fc.property(geometry.filter(select), run), { seed: 4, numRuns: 120 });
}

describe('for random geometries', () => {
  it('a transposed convolution is the adjoint: <conv(x, w), g> = <x, convTranspose(g, w)>', () => {
    holds((example) => {
      const [x, weight] = [imageOf(example), weightOf(example)];
      const y = conv[example.rank](x, weight, null, optionsOf(example));
      const g = normal(y.shape, example.seed + 2);
      const image = convTranspose[example.rank](g, weight, null, { ...optionsOf(example), outputSize: example.size });
      expectClose(x.mul(image).sum(), y.mul(g).sum());
    });
  });

  it('a dilated convolution is that with a kernel stuffed with zeros', () => {
    holds((example) => {
      const [x, weight] = [imageOf(example), weightOf(example)];
      const want = conv[example.rank](x, stuffed(weight, example.dilation), null, { ...optionsOf(example), dilation: 1 });
      expectClose(conv[example.rank](x, weight, null, optionsOf(example)), want);
    });
  });

  it('a grouped convolution is that with a kernel of blocks', () => {
    holds((example) => {
      const [x, weight] = [imageOf(example), weightOf(example)];
      const want = conv[example.rank](x, dense(weight, example.groups), null, { ...optionsOf(example), groups: 1 });
      expectClose(conv[example.rank](x, weight, null, optionsOf(example)), want);
    });
  });

  it('a pointwise convolution is a linear map of the channels', () => {
    holds((example) => {
      const x = imageOf(example);
      const layer = new pointwise[rankOf(example)](x.shape[1], example.outChannels, { dtype: 'float64' });
      const { weight, bias } = layer;
      const flat = x.reshape([example.batch, x.shape[1], example.size.reduce((product, length) => product * length, 1)]);
      const want = einsum('oc,ncp->nop', weight.reshape([example.outChannels, x.shape[1]]), flat).add(
        bias === null ? 0 : bias.reshape([-1, 1]),
      );
      expectClose(layer.forward(x), want.reshape([example.batch, example.outChannels, ...example.size]));
    });
  });

  it('a depthwise separable convolution is that with the product kernel', () => {
    holds((example) => {
      const x = imageOf(example);
      const { stride, padding, dilation, paddingMode, kernel, outChannels, groups: depthMultiplier } = example;
      const options = { stride, padding, dilation, paddingMode };
      const channels = x.shape[1];
      const layer = new separable[rankOf(example)](channels, outChannels, kernel, { ...options, depthMultiplier, dtype: 'float64' });
      const depthwise = layer.depthwise.weight.reshape([channels, depthMultiplier, -1]);
      const mixing = layer.pointwise.weight.reshape([outChannels, channels, depthMultiplier]);
      const product = einsum('ocm,cmk->ock', mixing, depthwise).reshape([outChannels, channels, ...kernel]);
      expectClose(layer.forward(x), conv[example.rank](x, product, layer.pointwise.bias, options));
    });
  });

  it('a spatially separable convolution is that with the outer product of its factors', () => {
    holds(
      (example) => {
        const [x, { groups, kernel, rank }] = [imageOf(example), example];
        const [inChannels, outChannels] = [x.shape[1], groups * example.outChannels];
        const midChannels = groups * (1 + (example.seed % 2));
        const options = { ...optionsOf(example), midChannels, dtype: 'float64' } as const;
        const layer = new (rank === 2 ? SpatiallySeparableConv2d : SpatiallySeparableConv3d)(inChannels, outChannels, kernel, options);
        const factors = layer.factors.map(({ weight }, dim) => dense(weight, groups).reshape([weight.shape[0], -1, kernel[dim]]));
        const product =
          rank === 2 ? einsum('omj,mci->ocij', factors[1], factors[0]) : einsum('onk,nmj,mci->ocijk', factors[2], factors[1], factors[0]);
        const want = conv[rank](x, product, layer.factors[rank - 1].bias, { ...optionsOf(example), groups: 1 });
        expectClose(layer.forward(x), want);
      },
      ({ rank }) => rank > 1,
    );
  });

  it('a shuffled grouped convolution is that with a kernel of blocks whose rows are interleaved', () => {
    holds((example) => {
      const [x, { groups, kernel, outChannels }] = [imageOf(example), example];
      const options = { ...optionsOf(example), groups, dtype: 'float64' } as const;
      const layer = new shuffled[rankOf(example)](x.shape[1], groups * outChannels, kernel, options);
      const order = Array.from({ length: groups * outChannels }, (_, o) => (o % groups) * outChannels + Math.floor(o / groups));
      const want = conv[example.rank](x, dense(layer.weight, groups).indexSelect(0, order), layer.bias?.indexSelect(0, order) ?? null, {
        ...options,
        groups: 1,
      });
      expectClose(layer.forward(x), want);
    });
  });

  it('a causal convolution is that with all padding in front', () => {
    holds(
      (example) => {
        const x = imageOf(example);
        const { stride, dilation, groups, kernel } = example;
        const options = { stride, dilation, groups, dtype: 'float64' } as const;
        const layer = new CausalConv1d(x.shape[1], groups * example.outChannels, kernel, options);
        const padding = [[dilation[0] * (kernel[0] - 1), 0]] as const;
        expectClose(layer.forward(x), conv1d(x, layer.weight, layer.bias, { ...options, padding }));
        const later = x.clone();
        const middle = Math.floor(example.size[0] / 2);
        later.set_([{}, {}, { start: middle }], 7);
        const before = Math.ceil(middle / stride[0]);
        expectClose(layer.forward(later).narrow(2, 0, before), layer.forward(x).narrow(2, 0, before));
      },
      ({ rank }) => rank === 1,
    );
  });
});

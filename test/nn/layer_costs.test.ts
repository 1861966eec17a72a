import { noGrad, type Shape, type Tensor, tensorsIn, zeros } from '@convgrad/core';
import * as nn from '@convgrad/nn';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Geometry, geometry } from './geometries.ts';

/*
 * What layers say of themselves, in every rank and for random geometries, against counting: outputs window by window, products one by one.
 */

type Rank = 1 | 2 | 3;

/** Counts what a body is called with, dimension after dimension. */
function count(...lengths: readonly number[]): number {
  let products = 0;
  const visit = (dim: number): void => {
    if (dim === lengths.length) products++;
    else for (let i = 0; i < lengths[dim]; i++) visit(dim + 1);
  };
  visit(0);
  return products;
}

/** Windows that fit into the padded image, tried one after the other. */
function outputs({
  size,
  kernel,
  stride,
  dilation,
  padding,
}: Pick<Geometry, 'size' | 'kernel' | 'stride' | 'dilation' | 'padding'>): number[] {
  return size.map((length, dim) => {
    const last = length + padding[dim][0] + padding[dim][1] - 1;
    let windows = 0;
    while (windows * stride[dim] + dilation[dim] * (kernel[dim] - 1) <= last) windows++;
    return windows;
  });
}

/** A layer of a geometry, with what counting says of it. */
interface Counted {
  readonly layer: nn.ConvLayer;
  readonly inputs: readonly Tensor[];
  readonly output: Shape;
  readonly parameters: number;
  readonly multiplyAdds: number;
}

type Kind = (example: Geometry, rank: Rank) => Counted;

const by = <T>(one: T, two: T, three: T): Readonly<Record<Rank, T>> => ({ 1: one, 2: two, 3: three });
const classes = {
  Conv: by(nn.Conv1d, nn.Conv2d, nn.Conv3d),
  ConvTranspose: by(nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d),
  DepthwiseConv: by(nn.DepthwiseConv1d, nn.DepthwiseConv2d, nn.DepthwiseConv3d),
  PointwiseConv: by(nn.PointwiseConv1d, nn.PointwiseConv2d, nn.PointwiseConv3d),
  DepthwiseSeparableConv: by(nn.DepthwiseSeparableConv1d, nn.DepthwiseSeparableConv2d, nn.DepthwiseSeparableConv3d),
  ShuffledGroupConv: by(nn.ShuffledGroupConv1d, nn.ShuffledGroupConv2d, nn.ShuffledGroupConv3d),
  DeformConv: by(nn.DeformConv1d, nn.DeformConv2d, nn.DeformConv3d),
  PackedDeformConv: by(nn.PackedDeformConv1d, nn.PackedDeformConv2d, nn.PackedDeformConv3d),
} as const;

const imageOf = ({ batch, groups, inChannels, size }: Geometry) => zeros([batch, groups * inChannels, ...size]);

/** Sizes and options that all kinds share. */
function given(example: Geometry) {
  const { batch, groups, inChannels, outChannels, kernel, stride, dilation, padding, paddingMode } = example;
  return {
    batch,
    groups,
    kernel,
    perGroup: inChannels,
    channels: [groups * inChannels, groups * outChannels] as const,
    options: { stride, dilation, padding, paddingMode },
    placed: { stride, dilation, padding },
    out: outputs(example),
  };
}

const dense =
  (kind: 'Conv' | 'ShuffledGroupConv'): Kind =>
  (example, rank) => {
    const { batch, groups, kernel, perGroup, channels, options, out } = given(example);
    return {
      layer: new classes[kind][rank](...channels, kernel, { ...options, groups }),
      inputs: [imageOf(example)],
      output: [batch, channels[1], ...out],
      parameters: count(channels[1], perGroup, ...kernel) + channels[1],
      multiplyAdds: count(batch, channels[1], ...out, perGroup, ...kernel),
    };
  };

const deformable = (isPacked: boolean): Kind => {
  return (example, rank) => {
    const { batch, groups, kernel, perGroup, channels, placed, out } = given(example);
    const hasMask = example.seed % 2 === 0;
    const offsetGroups = example.seed % 3 === 0 ? groups : 1;
    const options = { ...placed, groups };
    const offsets = count(offsetGroups, ...kernel);
    const predicted = (hasMask ? rank + 1 : rank) * offsets;
    const samples = count(batch, ...out, channels[0], ...kernel);
    const corners = count(2 ** rank);
    const own = count(batch, channels[1], ...out, perGroup, ...kernel) + samples * corners;
    const parameters = count(channels[1], perGroup, ...kernel) + channels[1];
    if (!isPacked) {
      const mask = hasMask ? [zeros([batch, offsets, ...out])] : [];
      return {
        layer: new classes.DeformConv[rank](...channels, kernel, options),
        inputs: [imageOf(example), zeros([batch, rank * offsets, ...out]), ...mask],
        output: [batch, channels[1], ...out],
        parameters,
        multiplyAdds: own,
      };
    }
    return {
      layer: new classes.PackedDeformConv[rank](...channels, kernel, { ...options, offsetGroups, modulated: hasMask }),
      inputs: [imageOf(example)],
      output: [batch, channels[1], ...out],
      parameters: parameters + count(predicted, channels[0], ...kernel) + predicted,
      multiplyAdds: own + count(batch, predicted, ...out, channels[0], ...kernel) + (hasMask ? samples : 0),
    };
  };
};

const kinds: Readonly<Record<string, Kind>> = {
  Conv: dense('Conv'),
  ShuffledGroupConv: dense('ShuffledGroupConv'),
  DeformConv: deformable(false),
  PackedDeformConv: deformable(true),
  ConvTranspose: (example, rank) => {
    const { batch, groups, kernel, channels, options, out } = given(example);
    // From an image of the convolution's outputs to one of the smallest of the sizes that give as many.
    const layer = new classes.ConvTranspose[rank](...channels, kernel, { ...options, padding: 0, paddingMode: 'zeros', groups });
    const spread = out.map((length, dim) => (length - 1) * example.stride[dim] + example.dilation[dim] * (kernel[dim] - 1) + 1);
    return {
      layer,
      inputs: [zeros([batch, channels[0], ...out])],
      output: [batch, channels[1], ...spread],
      parameters: count(channels[0], example.outChannels, ...kernel) + channels[1],
      multiplyAdds: count(batch, channels[0], ...out, example.outChannels, ...kernel),
    };
  },
  DepthwiseConv: (example, rank) => {
    const { batch, kernel, channels, options, out } = given(example);
    const multiplier = example.outChannels;
    return {
      layer: new classes.DepthwiseConv[rank](channels[0], kernel, { ...options, depthMultiplier: multiplier }),
      inputs: [imageOf(example)],
      output: [batch, channels[0] * multiplier, ...out],
      parameters: count(channels[0], multiplier, ...kernel) + channels[0] * multiplier,
      multiplyAdds: count(batch, channels[0], multiplier, ...out, ...kernel),
    };
  },
  PointwiseConv: (example, rank) => {
    const { batch, groups, perGroup, channels, placed } = given(example);
    const ones = example.size.map(() => 1);
    const none = example.size.map(() => [0, 0] as const);
    const out = outputs({ ...example, kernel: ones, dilation: ones, padding: none });
    return {
      layer: new classes.PointwiseConv[rank](...channels, { stride: placed.stride, groups }),
      inputs: [imageOf(example)],
      output: [batch, channels[1], ...out],
      parameters: count(channels[1], perGroup) + channels[1],
      multiplyAdds: count(batch, channels[1], ...out, perGroup),
    };
  },
  DepthwiseSeparableConv: (example, rank) => {
    const { batch, groups: multiplier, kernel, channels, options, out } = given(example);
    return {
      layer: new classes.DepthwiseSeparableConv[rank](...channels, kernel, { ...options, depthMultiplier: multiplier }),
      inputs: [imageOf(example)],
      output: [batch, channels[1], ...out],
      parameters: count(channels[0], multiplier, ...kernel) + count(channels[1], channels[0], multiplier) + channels[1],
      multiplyAdds: count(batch, channels[0], multiplier, ...out, ...kernel) + count(batch, channels[1], ...out, channels[0], multiplier),
    };
  },
};

/** Factor after factor, each over an image that those before made smaller in their own dimension. */
const spatiallySeparable: Kind = (example, rank) => {
  const { batch, groups, kernel, channels, options, out } = given(example);
  const midChannels = groups * (1 + (example.seed % 2));
  let [parameters, multiplyAdds, size, perGroup] = [channels[1], 0, example.size, example.inChannels];
  kernel.forEach((taps, dim) => {
    size = size.with(dim, out[dim]);
    const outChannels = dim === rank - 1 ? channels[1] : midChannels;
    parameters += count(outChannels, perGroup, taps);
    multiplyAdds += count(batch, outChannels, ...size, perGroup, taps);
    perGroup = midChannels / groups;
  });
  const Layer = rank === 2 ? nn.SpatiallySeparableConv2d : nn.SpatiallySeparableConv3d;
  return {
    layer: new Layer(...channels, kernel, { ...options, groups, midChannels }),
    inputs: [imageOf(example)],
    output: [batch, channels[1], ...out],
    parameters,
    multiplyAdds,
  };
};

const causal: Kind = (example) => {
  const { batch, groups, kernel, perGroup, channels } = given(example);
  const { stride, dilation } = example;
  const out = outputs({ ...example, padding: [[dilation[0] * (kernel[0] - 1), 0]] });
  return {
    layer: new nn.CausalConv1d(...channels, kernel, { stride, dilation, groups }),
    inputs: [imageOf(example)],
    output: [batch, channels[1], ...out],
    parameters: count(channels[1], perGroup, ...kernel) + channels[1],
    multiplyAdds: count(batch, channels[1], ...out, perGroup, ...kernel),
  };
};

describe('for random geometries, outputShape, parameterCount and multiplyAdds are what counting gives:', () => {
  for (const rank of [1, 2, 3] as const) {
    const others = rank === 1 ? { CausalConv: causal } : { SpatiallySeparableConv: spatiallySeparable };
    for (const [name, kind] of Object.entries({ ...kinds, ...others })) {
      it(`${name}${rank}d`, () => {
        const property = (example: Geometry): void => {
          const { layer, inputs, output, parameters, multiplyAdds } = kind(example, rank);
          expect(layer.constructor.name).to.equal(`${name}${rank}d`);
          expect(layer.outputShape(inputs[0].shape)).to.deep.equal(output);
          expect(layer.parameterCount()).to.equal(parameters);
          expect(layer.multiplyAdds(inputs[0].shape)).to.equal(multiplyAdds);
          const [y] = noGrad(() => tensorsIn(Reflect.apply(layer.forward, layer, inputs)));
          expect(y.shape).to.deep.equal(output);
          if (layer instanceof nn.DeformConvBase)
            expect(layer.receptiveField()).to.deep.equal(new Array(rank).fill(Number.POSITIVE_INFINITY));
        };
        const ofRank = geometry.filter((example) => example.rank === rank);
        fc.assert(fc.property(ofRank, property), { seed: 6, numRuns: 40 });
      });
    }
  }
});

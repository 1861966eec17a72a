import { ArgumentError, grad, manualSeed, noGrad, ShapeError, type Tensor } from '@convgrad/core';
import {
  CausalConv1d,
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvLayer,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  convTranspose2d,
  DepthwiseConv1d,
  DepthwiseConv2d,
  DepthwiseConv3d,
  DepthwiseSeparableConv1d,
  DepthwiseSeparableConv2d,
  DepthwiseSeparableConv3d,
  type Layer,
  PointwiseConv1d,
  PointwiseConv2d,
  PointwiseConv3d,
  Sequential,
  ShuffledGroupConv1d,
  ShuffledGroupConv2d,
  ShuffledGroupConv3d,
  SpatiallySeparableConv2d,
  SpatiallySeparableConv3d,
} from '@convgrad/nn';
import { expect } from 'chai';
import { expectClose, leaf, normal, prove } from './numbers.ts';

interface Example {
  readonly layer: ConvLayer & Layer;
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** Keys and shapes of the parameters. */
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly multiplyAdds: number;
  readonly receptiveField: readonly number[];
}

const float64 = { dtype: 'float64' } as const;

/** Numbers worked out by hand. */
const examples: readonly Example[] = [
  {
    layer: new Conv1d(4, 6, 3, { ...float64, stride: 2, dilation: 2, groups: 2, padding: [[1, 2]] }),
    input: [2, 4, 9],
    output: [2, 6, 4],
    parameters: { weight: [6, 2, 3], bias: [6] },
    multiplyAdds: 2 * 6 * 4 * 2 * 3,
    receptiveField: [5],
  },
  {
    layer: new Conv2d(1, 6, 5, { ...float64 }),
    input: [1, 1, 28, 28],
    output: [1, 6, 24, 24],
    parameters: { weight: [6, 1, 5, 5], bias: [6] },
    multiplyAdds: 86400,
    receptiveField: [5, 5],
  },
  {
    layer: new Conv3d(2, 3, [1, 2, 3], { ...float64, padding: 'same', bias: false }),
    input: [2, 3, 4, 5],
    output: [3, 3, 4, 5],
    parameters: { weight: [3, 2, 1, 2, 3] },
    multiplyAdds: 3 * 60 * 2 * 6,
    receptiveField: [1, 2, 3],
  },
  {
    layer: new ConvTranspose1d(4, 6, 4, { ...float64, stride: 2, padding: 1, groups: 2 }),
    input: [2, 4, 5],
    output: [2, 6, 10],
    parameters: { weight: [4, 3, 4], bias: [6] },
    multiplyAdds: 2 * 4 * 5 * 3 * 4,
    receptiveField: [2],
  },
  {
    layer: new ConvTranspose2d(3, 2, [3, 5], { ...float64, stride: [2, 3], dilation: [1, 2], outputPadding: [1, 2] }),
    input: [1, 3, 4, 2],
    output: [1, 2, 10, 14],
    parameters: { weight: [3, 2, 3, 5], bias: [2] },
    multiplyAdds: 3 * 8 * 2 * 15,
    receptiveField: [2, 3],
  },
  {
    layer: new ConvTranspose3d(2, 4, 2, { ...float64, stride: 2, bias: false }),
    input: [2, 2, 1, 3],
    output: [4, 4, 2, 6],
    parameters: { weight: [2, 4, 2, 2, 2] },
    multiplyAdds: 2 * 6 * 4 * 8,
    receptiveField: [1, 1, 1],
  },
  {
    layer: new PointwiseConv1d(4, 6, { ...float64, groups: 2 }),
    input: [1, 4, 7],
    output: [1, 6, 7],
    parameters: { weight: [6, 2, 1], bias: [6] },
    multiplyAdds: 6 * 7 * 2,
    receptiveField: [1],
  },
  {
    layer: new PointwiseConv2d(4, 6, { ...float64, stride: 2 }),
    input: [1, 4, 5, 4],
    output: [1, 6, 3, 2],
    parameters: { weight: [6, 4, 1, 1], bias: [6] },
    multiplyAdds: 6 * 6 * 4,
    receptiveField: [1, 1],
  },
  {
    layer: new PointwiseConv3d(3, 2, { ...float64, bias: false }),
    input: [2, 3, 2, 2, 2],
    output: [2, 2, 2, 2, 2],
    parameters: { weight: [2, 3, 1, 1, 1] },
    multiplyAdds: 2 * 2 * 8 * 3,
    receptiveField: [1, 1, 1],
  },
  {
    layer: new DepthwiseConv1d(3, 3, { ...float64, depthMultiplier: 2, padding: 1 }),
    input: [1, 3, 6],
    output: [1, 6, 6],
    parameters: { weight: [6, 1, 3], bias: [6] },
    multiplyAdds: 6 * 6 * 3,
    receptiveField: [3],
  },
  {
    layer: new DepthwiseConv2d(4, [3, 2], { ...float64, stride: [2, 1] }),
    input: [2, 4, 7, 5],
    output: [2, 4, 3, 4],
    parameters: { weight: [4, 1, 3, 2], bias: [4] },
    multiplyAdds: 2 * 4 * 12 * 6,
    receptiveField: [3, 2],
  },
  {
    layer: new DepthwiseConv3d(2, 2, { ...float64, groups: 2 }),
    input: [1, 2, 3, 3, 3],
    output: [1, 2, 2, 2, 2],
    parameters: { weight: [2, 1, 2, 2, 2], bias: [2] },
    multiplyAdds: 2 * 8 * 8,
    receptiveField: [2, 2, 2],
  },
  {
    layer: new DepthwiseSeparableConv1d(3, 5, 3, { ...float64, padding: 'same', depthMultiplier: 2 }),
    input: [3, 8],
    output: [5, 8],
    parameters: { 'depthwise.weight': [6, 1, 3], 'pointwise.weight': [5, 6, 1], 'pointwise.bias': [5] },
    multiplyAdds: 8 * (6 * 3 + 6 * 5),
    receptiveField: [3],
  },
  {
    layer: new DepthwiseSeparableConv2d(4, 8, 3, { ...float64, stride: 2, padding: 1 }),
    input: [2, 4, 6, 6],
    output: [2, 8, 3, 3],
    parameters: { 'depthwise.weight': [4, 1, 3, 3], 'pointwise.weight': [8, 4, 1, 1], 'pointwise.bias': [8] },
    multiplyAdds: 2 * 9 * (4 * 9 + 4 * 8),
    receptiveField: [3, 3],
  },
  {
    layer: new DepthwiseSeparableConv3d(2, 3, 2, { ...float64, bias: false, dilation: [1, 2, 1] }),
    input: [1, 2, 3, 3, 3],
    output: [1, 3, 2, 1, 2],
    parameters: { 'depthwise.weight': [2, 1, 2, 2, 2], 'pointwise.weight': [3, 2, 1, 1, 1] },
    multiplyAdds: 4 * (2 * 8 + 2 * 3),
    receptiveField: [2, 3, 2],
  },
  {
    layer: new SpatiallySeparableConv2d(3, 4, [3, 5], { ...float64, midChannels: 2, stride: [2, 1], padding: [1, 2] }),
    input: [1, 3, 7, 6],
    output: [1, 4, 4, 6],
    parameters: { 'factors.0.weight': [2, 3, 3, 1], 'factors.1.weight': [4, 2, 1, 5], 'factors.1.bias': [4] },
    multiplyAdds: 24 * (2 * 3 * 3 + 4 * 2 * 5),
    receptiveField: [3, 5],
  },
  {
    layer: new SpatiallySeparableConv3d(2, 4, 3, { ...float64, groups: 2, padding: 'causal' }),
    input: [1, 2, 3, 4, 5],
    output: [1, 4, 3, 4, 5],
    parameters: {
      'factors.0.weight': [4, 1, 3, 1, 1],
      'factors.1.weight': [4, 2, 1, 3, 1],
      'factors.2.weight': [4, 2, 1, 1, 3],
      'factors.2.bias': [4],
    },
    multiplyAdds: 60 * (4 * 3 + 4 * 2 * 3 + 4 * 2 * 3),
    receptiveField: [3, 3, 3],
  },
  {
    layer: new ShuffledGroupConv1d(4, 6, 3, { ...float64, groups: 2, padding: 1 }),
    input: [4, 5],
    output: [6, 5],
    parameters: { weight: [6, 2, 3], bias: [6] },
    multiplyAdds: 6 * 5 * 2 * 3,
    receptiveField: [3],
  },
  {
    layer: new ShuffledGroupConv2d(6, 6, 1, { ...float64, groups: 3 }),
    input: [2, 6, 2, 2],
    output: [2, 6, 2, 2],
    parameters: { weight: [6, 2, 1, 1], bias: [6] },
    multiplyAdds: 2 * 6 * 4 * 2,
    receptiveField: [1, 1],
  },
  {
    layer: new ShuffledGroupConv3d(4, 4, 2, { ...float64, groups: 2, bias: false }),
    input: [1, 4, 2, 2, 3],
    output: [1, 4, 1, 1, 2],
    parameters: { weight: [4, 2, 2, 2, 2] },
    multiplyAdds: 4 * 2 * 2 * 8,
    receptiveField: [2, 2, 2],
  },
  {
    layer: new CausalConv1d(2, 3, 2, { ...float64, dilation: 4 }),
    input: [1, 2, 9],
    output: [1, 3, 9],
    parameters: { weight: [3, 2, 2], bias: [3] },
    multiplyAdds: 3 * 9 * 2 * 2,
    receptiveField: [5],
  },
];

for (const { layer, input, output, parameters, multiplyAdds, receptiveField } of examples) {
  describe(`${layer.constructor.name} for [${input}]`, () => {
    it('gives the shape that it says', () => {
      expect(layer.outputShape(input)).to.deep.equal(output);
      expect(noGrad(() => layer.forward(normal(input))).shape).to.deep.equal(output);
    });

    it('has its parameters, by these keys', () => {
      const shapes = Object.entries(layer.stateDict()).map(([key, { shape }]) => [key, shape]);
      expect(Object.fromEntries(shapes)).to.deep.equal(parameters);
      const sizes = Object.values(parameters).map((shape) => shape.reduce((product, length) => product * length, 1));
      expect(layer.parameterCount()).to.equal(sizes.reduce((sum, size) => sum + size, 0));
    });

    it('says how many multiply-adds it takes', () => {
      expect(layer.multiplyAdds(input)).to.equal(multiplyAdds);
    });

    it('sees no further than its receptive field, and so far in the middle', () => {
      expect(layer.receptiveField()).to.deep.equal(receptiveField);
      expect(seen(layer, input[input.length - receptiveField.length - 1])).to.deep.equal(receptiveField);
    });

    it('has gradients by its input and its parameters', () => {
      const x = leaf(input.map((length, dim) => (dim >= input.length - receptiveField.length ? Math.min(length, 7) : length)));
      // Layers hold their parameters themselves: gradcheck disturbs them in place.
      prove((image) => layer.forward(image), x, ...layer.parameters());
    });
  });
}

/** Extent of the input positions that an output in the middle of a large image depends on: the largest over neighbouring outputs. */
function seen(layer: ConvLayer & Layer, channels: number): readonly number[] {
  const rank = layer.receptiveField().length;
  const x = leaf([1, channels, ...new Array<number>(rank).fill(11)]);
  const y = layer.forward(x);
  const extents = new Array<number>(rank).fill(0);
  for (let shift = 0; shift < 4; shift++) {
    const middle = y.shape.slice(2).map((length) => Math.min(length - 1, Math.floor(length / 2) + shift));
    const [dx] = grad(y.index(0, ':', ...middle).sum(), [x], { retainGraph: true });
    for (let dim = 0; dim < rank; dim++) {
      const others = dx.shape.map((_, axis) => axis).filter((axis) => axis !== dim + 2);
      const touched = [...dx.abs().sum(others).toTypedArray()].flatMap((value, index) => (value > 0 ? [index] : []));
      extents[dim] = Math.max(extents[dim], (touched.at(-1) ?? 0) - (touched[0] ?? 0) + 1);
    }
  }
  return extents;
}

describe('transposed convolution layers', () => {
  it('begin uniform in +-1 / sqrt(outChannels / groups * prod(kernel))', () => {
    manualSeed(1);
    const { weight, bias } = new ConvTranspose2d(64, 8, 5, { groups: 2 });
    const bound = 1 / Math.sqrt(4 * 25);
    const largest = weight.abs().max().item();
    expect(largest).to.be.at.most(bound);
    expect(largest).to.be.greaterThan(0.99 * bound);
    expect(bias?.abs().max().item()).to.be.at.most(bound);
  });

  it('take the size of the result instead of outputPadding', () => {
    const layer = new ConvTranspose2d(2, 3, 3, { ...float64, stride: 2, padding: 1, outputPadding: 1 });
    const x = normal([1, 2, 4, 4]);
    expectClose(layer.forward(x, [7, 8]), convTranspose2d(x, layer.weight, layer.bias, { stride: 2, padding: 1, outputSize: [7, 8] }));
    expect(layer.outputShape([1, 2, 4, 4], [7, 8])).to.deep.equal([1, 3, 7, 8]);
    expect(layer.forward(x).shape).to.deep.equal([1, 3, 8, 8]);
    expect(() => layer.forward(x, [9, 9])).to.throw(ShapeError, 'possible are sizes from [7, 7] to [8, 8]');
  });

  it('stand in Sequential, and print their options', () => {
    const model = new Sequential(new Conv2d(1, 2, 3), new ConvTranspose2d(2, 4, 3, { stride: 2, padding: [1, [0, 1]], outputPadding: 1 }));
    expect(String(model.at(1))).to.equal(
      'ConvTranspose2d(2, 4, kernelSize=[3, 3], stride=[2, 2], padding=[[1, 1], [0, 1]], outputPadding=[1, 1])',
    );
    expect(model.forward(normal([1, 1, 6, 6]).to('float32')).shape).to.deep.equal([1, 4, 8, 9]);
  });
});

describe('a convolution layer that cannot be', () => {
  it('is named with the numbers that conflict', () => {
    expect(() => new ConvTranspose2d(4, 6, 3, { groups: 4 })).to.throw(
      ArgumentError,
      'ConvTranspose2d: outChannels must be divisible by groups, got 6 and 4',
    );
    expect(() => new ConvTranspose1d(4, 6, 3, { outputPadding: 1 })).to.throw(
      ArgumentError,
      'ConvTranspose1d: outputPadding must be smaller than stride or dilation, got outputPadding [1], stride [1], dilation [1]',
    );
    expect(() => new ConvTranspose1d(4, 6, 3, { padding: 'same' })).to.throw(
      ArgumentError,
      "ConvTranspose1d: padding 'same' is not defined",
    );
    expect(() => new DepthwiseConv1d(4, 3, { depthMultiplier: 0 })).to.throw(ArgumentError, 'DepthwiseConv1d: depthMultiplier');
    expect(() => new DepthwiseSeparableConv2d(4, 0, 3)).to.throw(ArgumentError, 'DepthwiseSeparableConv2d: outChannels');
    expect(() => new ShuffledGroupConv2d(6, 8, 1, { groups: 3 })).to.throw(
      ArgumentError,
      'ShuffledGroupConv2d: outChannels must be divisible by groups, got 8 and 3',
    );
    expect(() => new PointwiseConv2d(6, 8, { groups: 4 })).to.throw(
      ArgumentError,
      'PointwiseConv2d: inChannels must be divisible by groups, got 6 and 4',
    );
    expect(() => new SpatiallySeparableConv3d(4, 8, [3, 3])).to.throw(
      ArgumentError,
      'SpatiallySeparableConv3d: kernelSize needs one number',
    );
  });

  it('is named by the class of a user that extends one', () => {
    class Stem extends Conv2d {}
    expect(() => new Stem(3, 8, 3, { groups: 2 })).to.throw(ArgumentError, 'Stem: inChannels must be divisible by groups, got 3 and 2');
  });

  it('says so of an input, before anything is calculated', () => {
    const layer = new SpatiallySeparableConv2d(2, 2, 3);
    expect(() => layer.multiplyAdds([1, 2, 2, 5])).to.throw(ShapeError, 'Conv2d: the kernel [3, 1] with dilation [1, 1] is 3 long');
    expect(() => layer.outputShape([1, 3, 5, 5])).to.throw(ShapeError, 'Conv2d: expects 2 input channels, but input [1, 3, 5, 5] has 3');
  });
});

describe('causal convolution', () => {
  it('takes replicated padding, which shows nothing later', () => {
    const layer = new CausalConv1d(1, 1, 3, { ...float64, paddingMode: 'replicate' });
    const changed = (x: Tensor) => layer.forward(x).narrow(2, 0, 3);
    const x = normal([1, 1, 6]);
    const later = x.clone();
    later.set_([0, 0, { start: 3 }], 9);
    expectClose(changed(later), changed(x));
  });
});

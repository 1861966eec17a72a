import { ArgumentError, arange, Generator, grad, manualSeed, randn, ShapeError, type Tensor, zeros } from '@convgrad/core';
import {
  conv1d,
  conv2d,
  conv3d,
  DeformConv1d,
  DeformConv2d,
  DeformConv3d,
  deformConv2d,
  PackedDeformConv1d,
  PackedDeformConv2d,
  PackedDeformConv3d,
} from '@convgrad/nn';
import { SGD } from '@convgrad/optim';
import { expect } from 'chai';
import { expectClose, normal } from './numbers.ts';

const float64 = { dtype: 'float64' } as const;

/** The warnings that `body` gives, by their type. */
async function warningsOf(body: () => void): Promise<Error[]> {
  const warnings: Error[] = [];
  const listener = (warning: Error): void => {
    if (warning.name === 'ConvgradOffsetWarning') warnings.push(warning);
  };
  process.on('warning', listener);
  try {
    body();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('warning', listener);
  }
  return warnings;
}

describe('DeformConv1d, DeformConv2d and DeformConv3d', () => {
  it('are the functions with their weight and bias', () => {
    const layer = new DeformConv2d(4, 6, [3, 2], { stride: 2, padding: 1, dilation: [1, 2], groups: 2, ...float64 });
    const [x, offset, mask] = [normal([2, 4, 7, 6], 1), normal([2, 12, 4, 3], 2), normal([2, 6, 4, 3], 3)];
    const options = { stride: 2, padding: 1, dilation: [1, 2] };
    expectClose(layer.forward(x, offset, mask), deformConv2d(x, offset, layer.weight, layer.bias, mask, options));
    expectClose(layer.forward(x, offset), deformConv2d(x, offset, layer.weight, layer.bias, null, options));
    expect(new DeformConv1d(2, 3, 3).forward(zeros([1, 2, 8]), zeros([1, 3, 6])).shape).to.deep.equal([1, 3, 6]);
    expect(new DeformConv3d(2, 3, 2).forward(zeros([2, 3, 3, 3]), zeros([24, 2, 2, 2])).shape).to.deep.equal([3, 2, 2, 2]);
  });

  it('have names, shapes and the beginning of torchvision', () => {
    const layer = new DeformConv2d(8, 6, 3, { groups: 2 });
    expect(Object.keys(layer.stateDict())).to.deep.equal(['weight', 'bias']);
    expect(layer.weight.shape).to.deep.equal([6, 4, 3, 3]);
    const bound = 1 / Math.sqrt(4 * 9);
    for (const parameter of layer.parameters()) {
      const numbers = [...parameter.toTypedArray()].map(Math.abs);
      expect(Math.max(...numbers)).to.be.within(0.3 * bound, bound);
    }
    expect(`${layer}`).to.equal('DeformConv2d(8, 6, kernelSize=[3, 3], stride=[1, 1], groups=2)');
    expect(new DeformConv2d(8, 6, 3, { bias: false }).bias).to.equal(null);
  });

  it('know their result, cost and size', () => {
    const layer = new DeformConv2d(4, 6, [3, 2], { stride: 2, padding: 1, groups: 2 });
    expect(layer.outputShape([5, 4, 9, 8])).to.deep.equal([5, 6, 5, 5]);
    // 25 outputs of 5 images, 6 taps: 6 channels of 2 each, and 4 corners for each of 4 channels.
    expect(layer.multiplyAdds([5, 4, 9, 8])).to.equal(125 * 6 * (6 * 2 + 4 * 4));
    expect(layer.parameterCount()).to.equal(6 * 2 * 6 + 6);
    expect(layer.receptiveField()).to.deep.equal([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(() => layer.outputShape([5, 3, 9, 8])).to.throw(
      ShapeError,
      'DeformConv2d: expects 4 input channels, but input [5, 3, 9, 8] has 3',
    );
    const packed = new PackedDeformConv2d(4, 6, 3, { padding: 'same', modulated: false });
    expect(packed.outputShape([4, 7, 8])).to.deep.equal([6, 7, 8]);
    expect(packed.multiplyAdds([4, 7, 8])).to.equal(56 * 9 * (6 * 4 + 4 * 4 + 18 * 4));
    expect(packed.parameterCount()).to.equal(6 * 36 + 6 + 18 * 36 + 18);
    // A mask is predicted with the offsets, and multiplies each sample.
    const masked = new PackedDeformConv2d(4, 6, 3, { padding: 'same' });
    expect(masked.multiplyAdds([4, 7, 8])).to.equal(56 * 9 * (6 * 4 + 4 * 4 + 4 + 27 * 4));
  });

  it('refuse combinations that do not fit', () => {
    expect(() => new DeformConv2d(8, 6, 3, { groups: 4 })).to.throw(
      ArgumentError,
      'DeformConv2d: outChannels must be divisible by groups, got 6 and 4',
    );
    expect(() => new DeformConv2d(0, 6, 3)).to.throw(ArgumentError, 'DeformConv2d: inChannels must be a whole number of at least 1, got 0');
    expect(() => new DeformConv2d(8, 6, [3, 3, 3])).to.throw(ArgumentError, 'DeformConv2d: kernelSize needs one number, or 2');
  });
});

describe('PackedDeformConv1d, PackedDeformConv2d and PackedDeformConv3d', () => {
  it('begin as convolutions: version 1 equal to one, version 2 with half of its samples', () => {
    const options = { stride: 2, padding: 1, bias: false, ...float64 };
    const first = new PackedDeformConv2d(3, 4, 3, { ...options, modulated: false });
    const x = normal([2, 3, 7, 6]);
    expectClose(first.forward(x), conv2d(x, first.weight, null, options));
    const second = new PackedDeformConv2d(3, 4, 3, options);
    expectClose(second.forward(x), conv2d(x, second.weight, null, options).mul(0.5));
    const line = new PackedDeformConv1d(3, 4, 3, { modulated: false, ...float64 });
    expectClose(line.forward(normal([3, 9])), conv1d(normal([3, 9]), line.weight, line.bias));
    const volume = new PackedDeformConv3d(2, 4, 2, { modulated: false, padding: 'same', ...float64 });
    expectClose(volume.forward(normal([1, 2, 3, 4, 3])), conv3d(normal([1, 2, 3, 4, 3]), volume.weight, volume.bias, { padding: 'same' }));
  });

  it('predict offsets first, then the mask through a sigmoid', () => {
    const layer = new PackedDeformConv2d(4, 4, 3, { padding: 1, offsetGroups: 2, ...float64 });
    const bias = layer.offsetConv.bias;
    expect(layer.offsetConv.weight.shape).to.deep.equal([54, 4, 3, 3]);
    bias?.data.forEach((_: number, at: number, data: { [at: number]: number }) => {
      data[at] = at / 54 - 0.5;
    });
    const x = normal([4, 5, 6]);
    const { offset, mask } = layer.predictOffsets(x);
    expect([offset.shape, mask?.shape]).to.deep.equal([
      [36, 5, 6],
      [18, 5, 6],
    ]);
    expect(offset.index(35, 0, 0).item()).to.be.closeTo(35 / 54 - 0.5, 1e-15);
    expect(mask?.index(0, 2, 2).item()).to.be.closeTo(1 / (1 + Math.exp(0.5 - 36 / 54)), 1e-15);
    expectClose(layer.forward(x), deformConv2d(x, offset, layer.weight, layer.bias, mask, { padding: 1 }));
  });

  it('have the offsets under offsetConv, and in a list for a group of their own', () => {
    const layer = new PackedDeformConv2d(3, 4, 3);
    expect(Object.keys(layer.stateDict())).to.deep.equal(['weight', 'bias', 'offsetConv.weight', 'offsetConv.bias']);
    expect(layer.offsetParameters()).to.deep.equal([layer.offsetConv.weight, layer.offsetConv.bias]);
    expect(`${new PackedDeformConv2d(4, 4, 3, { offsetGroups: 2, modulated: false })}`.split('\n')[1].trim()).to.equal(
      '4, 4, kernelSize=[3, 3], stride=[1, 1], offsetGroups=2, modulated=false',
    );
    layer.weight.data.fill(1);
    layer.offsetConv.weight.data.fill(1);
    layer.resetParameters();
    expect([...layer.offsetConv.weight.toTypedArray()].every((value) => value === 0)).to.equal(true);
    expect([...layer.weight.toTypedArray()].some((value) => value === 1)).to.equal(false);
  });

  it('learn where to look: a layer whose kernel is one pixel follows a shifted image', () => {
    manualSeed(1);
    const layer = new PackedDeformConv2d(1, 1, 1, { modulated: false, bias: false, ...float64 });
    layer.weight.data.fill(1);
    // Smooth, so that there is a slope to follow.
    const image = (shift: number): Tensor => arange(12, float64).add(shift).mul(0.4).sin().expand([1, 1, 12, 12]);
    const [x, target] = [image(0), image(0.75)];
    const optimizer = new SGD(layer.offsetParameters(), { lr: 1 });
    const loss = () => layer.forward(x).sub(target).narrow(3, 2, 8).square().mean();
    const before = loss().item();
    for (let step = 0; step < 60; step++) {
      optimizer.zeroGrad();
      loss().backward();
      optimizer.step();
    }
    expect(loss().item()).to.be.below(0.02 * before);
  });

  it('warn once, in training, when the offsets run away', async () => {
    const layer = new PackedDeformConv2d(1, 2, 3, { padding: 1 });
    const x = randn([1, 1, 12, 16], { generator: new Generator(1) });
    layer.offsetConv.bias?.data.fill(4.1);
    expect(await warningsOf(() => layer.eval().forward(x))).to.have.length(0);
    const warnings = await warningsOf(() => {
      layer.train();
      for (let i = 0; i < 3; i++) layer.forward(x);
    });
    expect(warnings.map(({ message }) => message)).to.deep.equal([
      'PackedDeformConv2d: the mean absolute offset is 4.10 pixels, above 4: the offsets run away. Give offsetParameters() a smaller ' +
        'learning rate, or set offsetWarning if they are meant to be so large.',
    ]);
    const tolerant = new PackedDeformConv2d(1, 2, 3, { padding: 1, offsetWarning: Number.POSITIVE_INFINITY });
    tolerant.offsetConv.bias?.data.fill(100);
    expect(await warningsOf(() => tolerant.forward(x))).to.have.length(0);
  });

  it('have gradients by all parameters', () => {
    const layer = new PackedDeformConv2d(2, 3, 3, { padding: 1, ...float64 });
    layer.offsetConv.bias?.data.fill(0.3);
    const gradients = grad(
      layer
        .forward(normal([1, 2, 5, 5]))
        .square()
        .sum(),
      layer.parameters(),
    );
    for (const gradient of gradients) expect(gradient.abs().sum().item()).to.be.above(0);
  });

  it('refuse combinations that do not fit', () => {
    expect(() => new PackedDeformConv2d(4, 4, 3, { offsetGroups: 3 })).to.throw(
      ArgumentError,
      'PackedDeformConv2d: inChannels must be divisible by offsetGroups, got 4 and 3',
    );
    expect(() => new PackedDeformConv2d(4, 4, 3, { offsetWarning: 0 })).to.throw(
      ArgumentError,
      'PackedDeformConv2d: offsetWarning must be a number of pixels above 0, got 0',
    );
  });
});

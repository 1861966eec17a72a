import { randn, type Shape, type Tensor, tensor, tensorsIn } from '@convgrad/core';
import * as nn from '@convgrad/nn';
import { expect } from 'chai';

const image = (...shape: number[]): Tensor => randn(shape);
const classes = tensor([1, 0], { dtype: 'int32' });
const padded = { padding: 1 } as const;

/** A layer of every kind, with what it is called with. */
const examples: Readonly<Record<string, readonly [nn.Module, ...Tensor[]]>> = {
  Conv1d: [new nn.Conv1d(2, 3, 3, padded), image(2, 2, 6)],
  Conv2d: [new nn.Conv2d(2, 3, 3, padded), image(2, 2, 6, 5)],
  Conv3d: [new nn.Conv3d(2, 3, 3, padded), image(2, 2, 3, 4, 3)],
  ConvTranspose1d: [new nn.ConvTranspose1d(2, 3, 3, { stride: 2 }), image(2, 2, 4)],
  ConvTranspose2d: [new nn.ConvTranspose2d(2, 3, 3, { stride: 2 }), image(2, 2, 4, 3)],
  ConvTranspose3d: [new nn.ConvTranspose3d(2, 3, 3, { stride: 2 }), image(2, 2, 2, 3, 2)],
  CausalConv1d: [new nn.CausalConv1d(2, 3, 3), image(2, 2, 6)],
  DepthwiseConv1d: [new nn.DepthwiseConv1d(2, 3, padded), image(2, 2, 6)],
  DepthwiseConv2d: [new nn.DepthwiseConv2d(2, 3, padded), image(2, 2, 6, 5)],
  DepthwiseConv3d: [new nn.DepthwiseConv3d(2, 3, padded), image(2, 2, 3, 4, 3)],
  DepthwiseSeparableConv1d: [new nn.DepthwiseSeparableConv1d(2, 3, 3, padded), image(2, 2, 6)],
  DepthwiseSeparableConv2d: [new nn.DepthwiseSeparableConv2d(2, 3, 3, padded), image(2, 2, 6, 5)],
  DepthwiseSeparableConv3d: [new nn.DepthwiseSeparableConv3d(2, 3, 3, padded), image(2, 2, 3, 4, 3)],
  PointwiseConv1d: [new nn.PointwiseConv1d(2, 3), image(2, 2, 6)],
  PointwiseConv2d: [new nn.PointwiseConv2d(2, 3), image(2, 2, 6, 5)],
  PointwiseConv3d: [new nn.PointwiseConv3d(2, 3), image(2, 2, 3, 4, 3)],
  ShuffledGroupConv1d: [new nn.ShuffledGroupConv1d(2, 4, 3, { groups: 2 }), image(2, 2, 6)],
  ShuffledGroupConv2d: [new nn.ShuffledGroupConv2d(2, 4, 3, { groups: 2 }), image(2, 2, 6, 5)],
  ShuffledGroupConv3d: [new nn.ShuffledGroupConv3d(2, 4, 3, { groups: 2 }), image(2, 2, 3, 4, 3)],
  SpatiallySeparableConv2d: [new nn.SpatiallySeparableConv2d(2, 3, 3, padded), image(2, 2, 6, 5)],
  SpatiallySeparableConv3d: [new nn.SpatiallySeparableConv3d(2, 3, 3, padded), image(2, 2, 3, 4, 3)],
  DeformConv1d: [new nn.DeformConv1d(2, 3, 3, padded), image(2, 2, 6), image(2, 3, 6), image(2, 3, 6)],
  DeformConv2d: [new nn.DeformConv2d(2, 3, 3, padded), image(2, 2, 4, 3), image(2, 18, 4, 3)],
  DeformConv3d: [new nn.DeformConv3d(2, 3, 2), image(2, 2, 3, 2, 3), image(2, 24, 2, 1, 2)],
  PackedDeformConv1d: [new nn.PackedDeformConv1d(2, 3, 3, padded), image(2, 2, 6)],
  PackedDeformConv2d: [new nn.PackedDeformConv2d(2, 3, 3, padded), image(2, 2, 6, 5)],
  PackedDeformConv3d: [new nn.PackedDeformConv3d(2, 3, 3, padded), image(2, 2, 3, 4, 3)],
  Linear: [new nn.Linear(3, 4), image(5, 3)],
  Embedding: [new nn.Embedding(4, 3), classes],
  Dropout: [new nn.Dropout(), image(2, 3)],
  ReLU: [new nn.ReLU(), image(2, 3)],
  Sigmoid: [new nn.Sigmoid(), image(2, 3)],
  Tanh: [new nn.Tanh(), image(2, 3)],
  LogSigmoid: [new nn.LogSigmoid(), image(2, 3)],
  MaxPool1d: [new nn.MaxPool1d(2), image(2, 3, 6)],
  MaxPool2d: [new nn.MaxPool2d(2), image(2, 3, 6, 4)],
  MaxPool3d: [new nn.MaxPool3d(2), image(2, 3, 6, 4, 2)],
  AvgPool1d: [new nn.AvgPool1d(2), image(2, 3, 6)],
  AvgPool2d: [new nn.AvgPool2d(2), image(2, 3, 6, 4)],
  AvgPool3d: [new nn.AvgPool3d(2), image(2, 3, 6, 4, 2)],
  Flatten: [new nn.Flatten(), image(2, 3, 4)],
  Identity: [new nn.Identity(), image(2, 3)],
  ChannelShuffle: [new nn.ChannelShuffle(2), image(2, 4, 3)],
  PixelShuffle: [new nn.PixelShuffle(2), image(2, 4, 3, 3)],
  PixelUnshuffle: [new nn.PixelUnshuffle(2), image(2, 4, 4, 2)],
  Unfold: [new nn.Unfold(2), image(2, 3, 4, 4)],
  Fold: [new nn.Fold([3, 3], 2), image(2, 8, 4)],
  Upsample: [new nn.Upsample({ scaleFactor: 2 }), image(2, 3, 4)],
  Sequential: [new nn.Sequential(new nn.Conv2d(1, 2, 3), new nn.Sequential(new nn.ReLU()), new nn.Flatten()), image(2, 1, 4, 4)],
  MSELoss: [new nn.MSELoss(), image(2, 3), image(2, 3)],
  L1Loss: [new nn.L1Loss(), image(2, 3), image(2, 3)],
  SmoothL1Loss: [new nn.SmoothL1Loss(), image(2, 3), image(2, 3)],
  HuberLoss: [new nn.HuberLoss(), image(2, 3), image(2, 3)],
  BCEWithLogitsLoss: [new nn.BCEWithLogitsLoss(), image(2, 3), image(2, 3).sigmoid()],
  CrossEntropyLoss: [new nn.CrossEntropyLoss(), image(2, 3), classes],
  NLLLoss: [new nn.NLLLoss(), image(2, 3).logSoftmax(1), classes],
};

function forward(module: nn.Module, inputs: readonly Tensor[]): readonly Shape[] {
  return tensorsIn(Reflect.apply(module.forward, module, inputs)).map(({ shape }) => shape);
}

describe('summary of a layer of every kind', () => {
  for (const [name, [layer, ...inputs]] of Object.entries(examples)) {
    it(`${name}: shape, parameters, multiply-adds, memory`, () => {
      const total = nn.summary(layer, inputs);
      const [first] = total.layers;
      expect([first.type, first.depth, first.path]).to.deep.equal([name, 0, '']);
      expect(first.outputShapes).to.deep.equal(forward(layer.eval(), inputs));
      expect(total.parameters).to.equal(layer.parameters().reduce((count, { size }) => count + size, 0));
      expect(total.layers.reduce((count, { parameters }) => count + parameters, 0)).to.equal(total.parameters);
      if (layer instanceof nn.ConvLayer) expect(total.multiplyAdds).to.equal(layer.multiplyAdds(inputs[0].shape));
      const isCounted = layer instanceof nn.ConvLayer || layer instanceof nn.Linear || layer instanceof nn.Sequential;
      expect(total.multiplyAdds > 0).to.equal(isCounted);
      const isView = ['Flatten', 'Identity', 'Dropout'].includes(name);
      if (isView) expect(total.activationBytes).to.equal(0);
      else expect(total.activationBytes).to.be.at.least(4 * first.outputShapes[0].reduce((product, length) => product * length, 1));
    });
  }

  it('leaves out no convolution', () => {
    const kinds = Object.entries(nn).flatMap(([name, value]) =>
      typeof value === 'function' && value.prototype instanceof nn.ConvLayer && /\dd$/.test(name) ? [name] : [],
    );
    expect(kinds.filter((name) => !(name in examples))).to.deep.equal([]);
    expect(kinds.length).to.be.greaterThan(25);
  });
});

describe('summary of a model', () => {
  it('sees modules in arrays and records, one that several share, and one with several inputs', () => {
    class Join extends nn.Module {
      forward(a: Tensor, b: Tensor): Tensor {
        return a.add(b);
      }
    }
    class Branches extends nn.Module {
      readonly shared = new nn.Conv2d(2, 2, 1);
      readonly branches = [new nn.Sequential(this.shared, new nn.ReLU()), new nn.Sequential(this.shared)];
      readonly heads = { join: new Join() };
      forward(x: Tensor, y: Tensor): Tensor {
        return this.heads.join.forward(this.branches[0].forward(x), this.branches[1].forward(y));
      }
    }
    const model = new Branches();
    const total = nn.summary(model, [image(1, 2, 3, 3), image(1, 2, 3, 3)]);
    expect(total.layers.map(({ type, depth, parameters, multiplyAdds }) => [type, depth, parameters, multiplyAdds])).to.deep.equal([
      ['Branches', 0, 0, null],
      ['Sequential', 1, 0, null],
      ['Conv2d', 2, 6, 36],
      ['ReLU', 2, 0, null],
      ['Sequential', 1, 0, null],
      ['Conv2d', 2, 0, 36],
      ['Join', 1, 0, null],
    ]);
    expect(total.parameters).to.equal(6);
    expect(total.activationBytes).to.equal(4 * 4 * 18);
    expect(String(total)).to.include('(heads.join) Join');
  });
});

import { arenaUsage, grad, inferenceMode, noGrad, type Shape, type Tensor, zeros } from '@convgrad/core';
import { Conv1d, Conv2d, Conv3d, MaxPool1d, MaxPool2d, MaxPool3d, ReLU, Sequential } from '@convgrad/nn';
import { expect } from 'chai';
import { expectClose, leaf, normal, prove } from './numbers.ts';

type Layers = readonly [conv: Conv1d | Conv2d | Conv3d, relu: ReLU, pool: MaxPool1d | MaxPool2d | MaxPool3d];

/** What an output was made by, through the graph: names of functions. */
function functionsOf(y: Tensor): readonly string[] {
  const names: string[] = [];
  for (let node = y.node; node !== null; node = node.edges[0]?.node ?? null) names.push(node.name);
  return names;
}

/** First and second derivatives by input, weight and bias of layers in a Sequential and one by one. */
function expectSame([conv, relu, pool]: Layers, inputShape: Shape, tolerance: number): void {
  const { dtype } = conv.weight;
  const model = new Sequential(conv, relu, pool);
  const parameters = model.parameters();
  const x = leaf(inputShape).to(dtype).detach().requiresGrad_();
  const inputs = [x, ...parameters];
  const runs = [(input: Tensor) => pool.forward(relu.forward(conv.forward(input))), (input: Tensor) => model.forward(input)];
  const [want, got] = runs.map((run) => {
    const y = run(x);
    const cotangent = normal(y.shape, 7).to(dtype).requiresGrad_();
    const recorded = grad(y, inputs, { gradOutputs: cotangent, createGraph: true });
    const directions = recorded.map((gradient, index) => normal(gradient.shape, 8 + index).to(dtype));
    const second = grad(recorded, [cotangent, ...inputs], { gradOutputs: directions, allowUnused: true });
    const plain = grad(run(x), inputs, { gradOutputs: cotangent.detach() });
    return { y, plain, recorded, second };
  });
  expectClose(got.y, want.y, tolerance);
  inputs.forEach((_, index) => {
    expectClose(got.plain[index], want.plain[index], tolerance);
    expectClose(got.recorded[index], want.recorded[index], tolerance);
  });
  const shapes = [got.y.shape, ...inputs.map((input) => input.shape)];
  got.second.forEach((gradient, index) => {
    // One that nothing depends on may be missing or 0.
    const nothing = zeros(shapes[index], { dtype });
    expectClose(gradient ?? nothing, want.second[index] ?? nothing, tolerance);
  });
  noGrad(() => expectClose(model.forward(x), want.y, tolerance));
  inferenceMode(() => expectClose(model.forward(x), want.y, tolerance));
}

const cases: Record<string, { layers: () => Layers; inputShape: Shape }> = {
  'tiles of 3x3': { layers: () => [new Conv2d(12, 14, 3, { padding: 1 }), new ReLU(), new MaxPool2d(2)], inputShape: [3, 12, 10, 11] },
  'tiles without a bias': {
    layers: () => [new Conv2d(13, 12, 3, { bias: false }), new ReLU(), new MaxPool2d(2)],
    inputShape: [4, 13, 9, 12],
  },
  'tiles of a volume': {
    layers: () => [new Conv3d(12, 12, 3, { padding: 1 }), new ReLU(), new MaxPool3d([1, 2, 2])],
    inputShape: [2, 12, 3, 8, 7],
  },
  'a first layer': { layers: () => [new Conv2d(1, 20, 3, { padding: 1 }), new ReLU(), new MaxPool2d(2)], inputShape: [3, 1, 12, 14] },
  'groups and strides': {
    layers: () => [new Conv2d(4, 6, [3, 2], { stride: [1, 2], groups: 2 }), new ReLU(), new MaxPool2d(2)],
    inputShape: [2, 4, 8, 9],
  },
};

describe('nn: convolution, ReLU and max pooling in a Sequential', () => {
  for (const [name, { layers, inputShape }] of Object.entries(cases)) {
    it(`gives what the layers give one by one: ${name}`, () => {
      expectSame(layers(), inputShape, 2e-5);
      const doubles = layers();
      for (const layer of doubles) layer.to('float64');
      expectSame(doubles, inputShape, 1e-12);
    });
  }

  it('has right gradients of both orders', () => {
    const model = new Sequential(new Conv2d(2, 3, 3, { padding: 1 }), new ReLU(), new MaxPool2d(2)).to('float64');
    // Far from ties and zeros, where differences cross a kink.
    noGrad(() => model.parameters().forEach((parameter, index) => void parameter.copy_(normal(parameter.shape, 20 + index))));
    const x = leaf([2, 2, 4, 5]);
    expect(functionsOf(model.forward(x))).to.deep.equal(['convReluPool']);
    prove(() => model.forward(x), x, ...model.parameters());
  });

  it('computes them together where a kernel does, and nobody looks between', () => {
    const made = (layers: Layers, shape: Shape) => functionsOf(new Sequential(...layers).forward(zeros(shape)));
    const watched = new ReLU();
    watched.registerForwardHook(() => undefined);
    class OwnConv extends Conv2d {}
    const conv = (options = {}) => new Conv2d(16, 16, 3, options);
    expect(made([conv(), new ReLU(), new MaxPool2d(2)], [2, 16, 8, 8])).to.deep.equal(['convReluPool']);
    expect(made([conv(), watched, new MaxPool2d(2)], [2, 16, 8, 8])).to.deep.equal(['maxPool', 'relu', 'conv']);
    expect(made([new OwnConv(16, 16, 3), new ReLU(), new MaxPool2d(2)], [2, 16, 8, 8])).to.deep.equal(['maxPool', 'conv']);
    expect(made([conv(), new ReLU(), new MaxPool2d(3)], [2, 16, 8, 8])).to.deep.equal(['relu', 'maxPool', 'conv']);
    expect(made([conv(), new ReLU(), new MaxPool2d(2)], [16, 8, 8])).to.include('conv');
    expect(made([conv({ padding: 1, paddingMode: 'reflect' }), new ReLU(), new MaxPool2d(2)], [2, 16, 8, 8])).to.include('conv');
    expect(made([new Conv1d(3, 4, 3), new ReLU(), new MaxPool1d(2)] as const, [2, 3, 9])).to.include('conv');
  });

  it('keeps nothing of the size of what the convolution gives', () => {
    const model = new Sequential(new Conv2d(16, 16, 3), new ReLU(), new MaxPool2d(2));
    const x = zeros([4, 16, 66, 66]);
    const before = arenaUsage().live;
    const y = model.forward(x);
    // The result and a byte for each of its elements; the convolution's has four times as many.
    expect(arenaUsage().live - before).to.be.below(3 * 4 * y.size);
    y.sum().backward();
  });

  it('follows its shapes, dtype and pooling as they change', () => {
    const conv = new Conv2d(16, 16, 3);
    const [two, other] = [new MaxPool2d(2), new MaxPool2d([2, 2], { stride: [2, 2] })];
    const relu = new ReLU();
    for (const pool of [two, other, new MaxPool2d(3)]) {
      for (const size of [8, 9, 8]) {
        for (const dtype of ['float32', 'float64'] as const) {
          conv.to(dtype);
          const x = normal([2, 16, size, size]).to(dtype);
          expectClose(new Sequential(conv, relu, pool).forward(x), pool.forward(relu.forward(conv.forward(x))), 1e-5);
        }
      }
    }
  });
});

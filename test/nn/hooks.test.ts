import { grad, noGrad, ones, randn, type Tensor, tensor } from '@convgrad/core';
import { Linear, Module, ReLU, Sequential } from '@convgrad/nn';
import { expect } from 'chai';
import { expectClose, leaf } from './numbers.ts';

class Pair extends Module {
  forward(x: Tensor, factor: number): readonly [Tensor, Tensor] {
    return [x.mul(factor), x.square()];
  }
}

describe('forward hooks', () => {
  it('see inputs and output of every call, until they are removed', () => {
    const pair = new Pair();
    const seen: number[][] = [];
    const handle = pair.registerForwardHook((module, [x, factor], [scaled, squared]) => {
      expect(module).to.equal(pair);
      seen.push([x.item(), factor, scaled.item(), squared.item()]);
    });
    pair.forward(tensor(3), 2);
    pair.forward(tensor(1), 5);
    handle.remove();
    pair.forward(tensor(1), 5);
    expect(seen).to.deep.equal([
      [3, 2, 6, 9],
      [1, 5, 5, 1],
    ]);
  });

  it('replace inputs and output, in order of registration', () => {
    const pair = new Pair();
    pair.registerForwardPreHook((_module, [x, factor]) => [x.add(1), factor]);
    pair.registerForwardPreHook((_module, [x, factor]) => [x, factor * 10]);
    pair.registerForwardHook((_module, _inputs, [scaled, squared]) => [scaled.neg(), squared]);
    const [scaled, squared] = pair.forward(tensor(1), 1);
    expect([scaled.item(), squared.item()]).to.deep.equal([-20, 4]);
  });

  it('may remove themselves while they run', () => {
    const relu = new ReLU();
    let calls = 0;
    const handle = relu.registerForwardHook(() => {
      calls++;
      handle.remove();
    });
    relu.registerForwardHook(() => {
      calls++;
    });
    relu.forward(tensor(1));
    relu.forward(tensor(1));
    expect(calls).to.equal(3);
  });

  it('run inside a Sequential, and what they see survives backward()', () => {
    const relu = new ReLU();
    const features: Tensor[] = [];
    relu.registerForwardHook((_module, _inputs, output) => {
      features.push(output);
    });
    new Sequential(new Linear(4, 2), relu, new Linear(2, 1))
      .forward(randn([20000, 4]))
      .sum()
      .backward();
    expect(features.map((output) => output.toTypedArray().length)).to.deep.equal([40000]);
  });
});

describe('full backward hooks', () => {
  it('see the gradients by inputs and outputs', () => {
    const layer = new Linear(2, 3).to('float64');
    const seen: [(Tensor | null)[], Tensor[]][] = [];
    layer.registerFullBackwardHook((module, gradInputs, gradOutputs) => {
      expect(module).to.equal(layer);
      seen.push([[...gradInputs], [...gradOutputs]]);
    });
    const x = leaf([4, 2]);
    layer.forward(x).sum().backward();
    expect(seen).to.have.length(1);
    const [[gradInput], [gradOutput]] = seen[0];
    expectClose(gradOutput, ones([4, 3], { dtype: 'float64' }));
    expect(gradInput).to.not.equal(null);
    if (gradInput !== null && x.grad !== null) expectClose(gradInput, x.grad);
  });

  it('replace the gradients by the inputs', () => {
    const layer = new Linear(2, 3).to('float64');
    const x = leaf([4, 2]);
    const [plain] = grad(layer.forward(x).sum(), [x]);
    const handle = layer.registerFullBackwardHook((_module, gradInputs) => gradInputs.map((gradient) => gradient?.mul(10) ?? null));
    expectClose(grad(layer.forward(x).sum(), [x])[0], plain.mul(10));
    handle.remove();
    expectClose(grad(layer.forward(x).sum(), [x])[0], plain);
  });

  it('give null for inputs without gradients, also where no input has any', () => {
    const layer = new Linear(2, 3);
    const seen: unknown[] = [];
    layer.registerFullBackwardHook((_module, gradInputs, gradOutputs) => {
      seen.push(
        gradInputs,
        gradOutputs.map(({ shape }) => shape),
      );
    });
    layer
      .forward(ones([4, 2]))
      .sum()
      .backward();
    expect(seen).to.deep.equal([[null], [[4, 3]]]);
    expect(layer.weight.grad?.shape).to.deep.equal([3, 2]);
  });

  it('take several outputs, where a missing gradient is zeros', () => {
    const pair = new Pair();
    const seen: unknown[] = [];
    pair.registerFullBackwardHook((_module, gradInputs, gradOutputs) => {
      seen.push(
        gradInputs.map((gradient) => gradient?.item() ?? null),
        gradOutputs.map((gradient) => gradient.item()),
      );
    });
    const x = tensor(3, { requiresGrad: true });
    pair.forward(x, 2)[1].backward();
    expect(seen).to.deep.equal([
      [6, null],
      [0, 1],
    ]);
    expect(x.grad?.item()).to.equal(6);
  });

  it('run in second derivatives', () => {
    const pair = new Pair();
    let calls = 0;
    pair.registerFullBackwardHook(() => {
      calls++;
      return undefined;
    });
    const x = tensor(3, { requiresGrad: true, dtype: 'float64' });
    const [first] = grad(pair.forward(x, 2)[1], [x], { createGraph: true });
    expect(grad(first, [x])[0].item()).to.equal(2);
    expect(calls).to.be.greaterThan(0);
  });

  it('do nothing where nothing is recorded', () => {
    const layer = new Linear(2, 3);
    layer.registerFullBackwardHook(() => {
      throw new Error('called');
    });
    expect(noGrad(() => layer.forward(ones([1, 2]))).requiresGrad).to.equal(false);
  });
});

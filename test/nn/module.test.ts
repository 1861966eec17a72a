import {
  ArgumentError,
  arange,
  arenaUsage,
  grad,
  inferenceMode,
  noGrad,
  ones,
  Parameter,
  randn,
  StateBuffer,
  type Tensor,
  tensor,
  zeros,
} from '@convgrad/core';
import { Conv2d, Flatten, Identity, Linear, MaxPool2d, Module, ReLU, Sequential } from '@convgrad/nn';
import { expect } from 'chai';
import { expectClose, normal } from './numbers.ts';

class Block extends Module {
  readonly fc = new Linear(4, 4);
  readonly scale = new Parameter(ones([4]));
  readonly count = new StateBuffer(zeros([1], { dtype: 'int32' }));

  forward(x: Tensor): Tensor {
    return this.fc.forward(x).mul(this.scale);
  }
}

class Net extends Module {
  readonly first = new Linear(3, 4, { bias: false });
  readonly blocks = [new Block(), new Block()];
  readonly heads = { left: new Linear(4, 2), right: new Linear(4, 1) };
  readonly offset = new Parameter(zeros([2]));
  readonly title = 'a net';
  readonly sizes = [1, 2, 3];
  readonly nothing = null;

  forward(x: Tensor): Tensor {
    const y = this.blocks.reduce((current, block) => block.forward(current), this.first.forward(x));
    return this.heads.left.forward(y).add(this.offset);
  }
}

describe('a module', () => {
  it('finds parameters in its properties, in arrays and records, its own before those of its children', () => {
    expect([...new Net().namedParameters().keys()]).to.deep.equal([
      'offset',
      'first.weight',
      'blocks.0.scale',
      'blocks.0.fc.weight',
      'blocks.0.fc.bias',
      'blocks.1.scale',
      'blocks.1.fc.weight',
      'blocks.1.fc.bias',
      'heads.left.weight',
      'heads.left.bias',
      'heads.right.weight',
      'heads.right.bias',
    ]);
    expect([...new Net().namedBuffers().keys()]).to.deep.equal(['blocks.0.count', 'blocks.1.count']);
    expect(new Net().parameters()).to.have.length(12);
    expect(new Net().buffers()).to.have.length(2);
  });

  it('finds modules by their paths', () => {
    const net = new Net();
    expect([...net.namedModules().keys()]).to.deep.equal([
      '',
      'first',
      'blocks.0',
      'blocks.0.fc',
      'blocks.1',
      'blocks.1.fc',
      'heads.left',
      'heads.right',
    ]);
    expect([...net.namedChildren().keys()]).to.deep.equal(['first', 'blocks.0', 'blocks.1', 'heads.left', 'heads.right']);
    expect(net.modules()[0]).to.equal(net);
    expect(net.children()[0]).to.equal(net.first);
  });

  it('finds what is put into a property later', () => {
    class Growing extends Module {
      readonly layers: Linear[] = [];
      forward(): void {}
    }
    const net = new Growing();
    net.layers.push(new Linear(2, 2));
    expect(net.parameters()).to.have.length(2);
  });

  it('counts a shared parameter and a shared module once, and survives cycles', () => {
    class Tied extends Module {
      readonly encoder = new Linear(3, 3);
      readonly decoder = this.encoder;
      readonly weight = this.encoder.weight;
      parent: Module | null = null;
      forward(x: Tensor): Tensor {
        return this.decoder.forward(this.encoder.forward(x));
      }
    }
    const tied = new Tied();
    tied.parent = tied;
    expect([...tied.namedParameters().keys()]).to.deep.equal(['weight', 'encoder.bias']);
    expect(tied.modules()).to.have.length(2);
    expect(Object.keys(tied.stateDict())).to.deep.equal(['weight', 'encoder.weight', 'encoder.bias', 'decoder.weight', 'decoder.bias']);
    expect(String(tied)).to.contain('(parent): Tied(...)');
  });

  it('switches everything inside to training or evaluation', () => {
    const net = new Net();
    expect(net.eval()).to.equal(net);
    expect(net.modules().some((module) => module.training)).to.equal(false);
    net.train();
    expect(net.modules().every((module) => module.training)).to.equal(true);
  });

  it('applies a function to the innermost modules first', () => {
    const names: string[] = [];
    const model = new Sequential(new Sequential(new ReLU(), new Flatten()), new Identity());
    expect(model.apply((module) => names.push(module.constructor.name))).to.equal(model);
    expect(names).to.deep.equal(['ReLU', 'Flatten', 'Sequential', 'Identity', 'Sequential']);
  });

  it('freezes and thaws all parameters', () => {
    const net = new Net().requiresGrad_(false);
    expect(net.parameters().some((parameter) => parameter.requiresGrad)).to.equal(false);
    expect(net.forward(ones([1, 3])).requiresGrad).to.equal(false);
    net.requiresGrad_();
    expect(net.forward(ones([1, 3])).requiresGrad).to.equal(true);
  });

  it('removes all gradients', () => {
    const net = new Net();
    net
      .forward(ones([2, 3]))
      .sum()
      .backward();
    expect(net.first.weight.grad).to.not.equal(null);
    net.zeroGrad();
    expect(net.parameters().every((parameter) => parameter.grad === null)).to.equal(true);
  });

  it('becomes float64 and calculates in it, leaving integers and what is shared as it was', () => {
    class Tied extends Module {
      readonly a = new Linear(2, 2);
      readonly b = [this.a.weight];
      readonly steps = new StateBuffer(zeros([1], { dtype: 'int32' }));
      forward(x: Tensor): Tensor {
        return this.a.forward(x);
      }
    }
    const tied = new Tied();
    const before = tied.a.weight.to('float64');
    tied.a.bias?.requiresGrad_(false);
    expect(tied.to('float64')).to.equal(tied);
    expectClose(tied.a.weight, before.detach(), 0);
    expect(tied.b[0]).to.equal(tied.a.weight);
    expect(tied.a.weight.requiresGrad).to.equal(true);
    expect(tied.a.bias?.requiresGrad).to.equal(false);
    expect(tied.steps.dtype).to.equal('int32');
    expect(tied.forward(ones([1, 2], { dtype: 'float64' })).dtype).to.equal('float64');
    const wrong: { dtype: 'float32' } = JSON.parse('{"dtype": "int32"}');
    expect(() => tied.to(wrong.dtype)).to.throw(ArgumentError, 'to: modules are float32 or float64, not int32');
  });

  it('lets what the outermost forward returns survive backward(), and nothing else that is large', () => {
    class Features extends Module {
      readonly layer = new Linear(4, 2);
      inner: Tensor | null = null;
      forward(x: Tensor): { readonly features: Tensor; readonly list: readonly Tensor[] } {
        this.inner = this.layer.forward(x);
        const features = this.inner.mul(2);
        return { features, list: [features.add(1)] };
      }
    }
    const model = new Features();
    const { features, list } = model.forward(randn([20000, 4]));
    const loss = list[0].mul(3).sum();
    loss.backward();
    expect(features.toArray()).to.have.length(20000);
    expect(list[0].toArray()).to.have.length(20000);
    expect(() => model.inner?.toArray()).to.throw('recycled');
  });

  it('counts its calls right after one has thrown', () => {
    const layer = new Linear(4, 2);
    expect(() => layer.forward(ones([1, 3]))).to.throw('expects 4 input features');
    const y = layer.forward(randn([20000, 4]));
    y.mul(2).sum().backward();
    expect(y.toArray()).to.have.length(20000);
  });

  it('calls the plain method of the parent class through super', () => {
    class Doubled extends Linear {
      override forward(x: Tensor): Tensor {
        return super.forward(x).mul(2);
      }
    }
    const layer = new Doubled(2, 2);
    let calls = 0;
    layer.registerForwardHook(() => {
      calls++;
    });
    expectClose(
      layer.forward(ones([1, 2])),
      ones([1, 2])
        .matmul(layer.weight.t())
        .add(layer.bias ?? 0)
        .mul(2),
      1e-6,
    );
    expect(calls).to.equal(1);
  });

  it('lets its forward be replaced, and keeps the hooks', () => {
    const layer = new Identity();
    const seen: number[] = [];
    layer.registerForwardHook((_module, _inputs, output) => {
      seen.push(output.item());
    });
    layer.forward = (x: Tensor) => x.add(1);
    expect(layer.forward(tensor(1)).item()).to.equal(2);
    expect(seen).to.deep.equal([2]);
  });

  it('refuses a forward that is a field, on which hooks could not be', () => {
    class Field extends Module {
      override forward = (x: Tensor): Tensor => x;
    }
    expect(() => new Field()).to.throw(TypeError, 'forward');
  });
});

describe('Sequential', () => {
  it('calls its layers one after the other', () => {
    const [a, b] = [new Linear(3, 4), new Linear(4, 2)];
    const model = new Sequential(a, new ReLU(), b);
    const x = normal([5, 3]).to('float32');
    expectClose(model.forward(x), b.forward(a.forward(x).relu()), 0);
    expect([...model.namedParameters().keys()]).to.deep.equal(['0.weight', '0.bias', '2.weight', '2.bias']);
    expect(model.length).to.equal(3);
    expect(model.at(-1)).to.equal(b);
    expect([...model]).to.have.members([a, b, model.at(1)]);
  });

  it('takes names', () => {
    const model = new Sequential({ conv: new Conv2d(1, 2, 3), relu: new ReLU(), flatten: new Flatten() });
    expect([...model.namedParameters().keys()]).to.deep.equal(['conv.weight', 'conv.bias']);
    expect(model.forward(ones([1, 1, 4, 4])).shape).to.deep.equal([1, 8]);
  });

  it('lets survive what a layer of a user can hold, though it be a view of what passed unseen before', () => {
    const seen: Tensor[] = [];
    class Watcher extends Module {
      forward(x: Tensor): Tensor {
        seen.push(x);
        return x.mul(2);
      }
    }
    const model = new Sequential(new Linear(3, 4), new Flatten({ startDim: 0 }), new Watcher());
    model
      .forward(ones([2, 3]))
      .sum()
      .backward();
    expect(seen[0].toArray()).to.have.lengthOf(8);
  });

  for (const dtype of ['float32', 'float64'] as const) {
    for (const [kernelSize, options] of [
      [3, { stride: 2, padding: 1 }],
      [2, {}],
    ] as const) {
      it(`calculates ReLU with a max pooling of ${kernelSize} behind it, with the same results and gradients of every order, to the bit (${dtype})`, () => {
        const [relu, pool] = [new ReLU(), new MaxPool2d(kernelSize, options)];
        const model = new Sequential(relu, pool);
        // Whole windows below 0, ties above and at 0, infinities and NaN.
        const numbers = randn([2, 3, 9, 8], { dtype }).sub(1).mul(2).round().toTypedArray();
        numbers.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0], 100);
        const x = tensor(numbers).reshape([2, 3, 9, 8]).detach().requiresGrad_();
        const results = [(input: Tensor) => pool.forward(relu.forward(input)), (input: Tensor) => model.forward(input)].map((run) => {
          const y = run(x);
          const cotangent = arange(y.size, { dtype }).reshape(y.shape).requiresGrad_();
          const [first] = grad(y, [x], { gradOutputs: cotangent, createGraph: true });
          const [second] = grad(first, [cotangent], { gradOutputs: x.detach().sin(), createGraph: true });
          expect(second.shape).to.deep.equal(y.shape);
          return [y, first, second].map((result) => result.toArray());
        });
        expect(results[1]).to.deep.equal(results[0]);
      });
    }
  }

  it('frees what passes between two layers as soon as the second has read it, unless a backward needs it', () => {
    const model = new Sequential(new Conv2d(1, 4, 3), new ReLU(), new MaxPool2d(2), new Flatten());
    const x = ones([2, 1, 66, 66]);
    const before = arenaUsage().live;
    const y = model.forward(x);
    // The result and a byte for each of its elements; the convolution's is four times as large.
    expect(arenaUsage().live - before).to.be.below(4 * 4 * y.size);
    y.sum().backward();
    const [first, last] = [new ReLU(), new ReLU()];
    const seen: Tensor[] = [];
    first.forward = (input) => {
      seen.push(input.relu());
      return seen[0];
    };
    inferenceMode(() => {
      new Sequential(new Sequential(first), last).forward(ones([200, 200]).neg());
      expect(seen[0].sum().item()).to.equal(0);
    });
  });

  it('keeps the order of layers whose forward is watched or was replaced', () => {
    const sizes: number[] = [];
    const watched = new ReLU();
    const hook = watched.registerForwardHook((_module, _inputs, output) => {
      sizes.push(output.size);
    });
    new Sequential(watched, new MaxPool2d(2)).forward(ones([1, 1, 4, 4]));
    hook.remove();
    watched.forward = (x) => {
      sizes.push(x.size);
      return x;
    };
    new Sequential(watched, new MaxPool2d(2)).forward(ones([1, 1, 4, 4]));
    expect(sizes).to.deep.equal([16, 16]);
  });

  it('gives what it gets without layers', () => {
    const x = ones([2]);
    expect(new Sequential().forward(x)).to.equal(x);
  });

  it('has members of its own in a subclass', () => {
    class Scaled extends Sequential {
      readonly scale = new Parameter(ones([1]));
    }
    expect([...new Scaled(new Linear(1, 1)).namedParameters().keys()]).to.deep.equal(['scale', '0.weight', '0.bias']);
  });

  it('refuses what is not a module', () => {
    const wrong: { layer: ReLU } = JSON.parse('{"layer": 3}');
    expect(() => new Sequential(wrong)).to.throw(ArgumentError, 'Sequential: layer layer is not a Module, but 3');
  });
});

describe('module gradients', () => {
  it('reach the parameters through every layer', () => {
    const model = new Sequential(new Conv2d(1, 2, 3), new ReLU(), new Flatten(), new Linear(8, 1)).to('float64');
    const x = normal([3, 1, 4, 4]);
    const parameters = model.parameters();
    const gradients = grad(model.forward(x).sum(), parameters);
    const step = 1e-6;
    parameters.forEach((parameter, index) => {
      const numbers = parameter.data;
      const original = numbers[0];
      const at = (value: number): number => {
        numbers[0] = value;
        return noGrad(() => model.forward(x).sum().item());
      };
      const slope = (at(original + step) - at(original - step)) / (2 * step);
      numbers[0] = original;
      expect([...gradients[index].toTypedArray()][0]).to.be.closeTo(slope, 1e-6);
    });
  });
});

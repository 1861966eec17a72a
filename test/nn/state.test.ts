import { ones, Parameter, StateBuffer, StateError, type Tensor, zeros } from '@convgrad/core';
import { Conv2d, Linear, Module, ReLU, Sequential } from '@convgrad/nn';
import { expect } from 'chai';
import { expectClose, normal } from './numbers.ts';

function model(): Sequential {
  return new Sequential(new Conv2d(1, 2, 3), new ReLU(), new Linear(4, 2));
}

describe('stateDict', () => {
  it("has PyTorch's keys and layouts", () => {
    const state = model().stateDict();
    expect(Object.entries(state).map(([key, value]) => [key, value.shape])).to.deep.equal([
      ['0.weight', [2, 1, 3, 3]],
      ['0.bias', [2]],
      ['2.weight', [2, 4]],
      ['2.bias', [2]],
    ]);
  });

  it('is a copy that training does not change', () => {
    const layer = new Linear(2, 2);
    const state = layer.stateDict();
    const before = state.weight.toArray();
    layer.weight.data.fill(7);
    expect(state.weight.toArray()).to.deep.equal(before);
    expect(state.weight.requiresGrad).to.equal(false);
  });

  it('has parameters before buffers, each in the order of the properties', () => {
    class Counting extends Module {
      readonly count = new StateBuffer(zeros([1], { dtype: 'int32' }));
      readonly weight = new Parameter(ones([2]));
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    expect(Object.keys(new Counting().stateDict())).to.deep.equal(['weight', 'count']);
  });
});

describe('loadStateDict', () => {
  it('makes another model calculate the same', () => {
    const [a, b] = [new Linear(3, 2), new Linear(3, 2)];
    expect(b.loadStateDict(a.stateDict())).to.deep.equal({ missingKeys: [], unexpectedKeys: [] });
    const x = normal([4, 3]).to('float32');
    expectClose(b.forward(x), a.forward(x), 0);
  });

  it('writes into the parameters that are there', () => {
    const layer = new Linear(3, 2);
    const { weight } = layer;
    layer.loadStateDict(new Linear(3, 2).stateDict());
    expect(layer.weight).to.equal(weight);
    expect(weight.requiresGrad).to.equal(true);
  });

  it('converts the precision', () => {
    const layer = new Linear(3, 2).to('float64');
    const state = new Linear(3, 2).stateDict();
    layer.loadStateDict(state);
    expect(layer.weight.dtype).to.equal('float64');
    expectClose(layer.weight, state.weight.to('float64'), 0);
  });

  it('lists everything that does not fit, and then writes nothing', () => {
    const target = model();
    const before = target.stateDict();
    const { '0.weight': weight, '2.bias': bias, ...rest } = model().stateDict();
    expect(bias.size).to.equal(2);
    const state = {
      ...rest,
      '0.weight': weight.reshape([2, 9]),
      '0.bias': zeros([2], { dtype: 'int32' }),
      extra: ones([1]),
      other: ones([1]),
    };
    expect(() => target.loadStateDict(state)).to.throw(
      StateError,
      'loadStateDict: the state does not fit Sequential:\n' +
        '  missing keys: 2.bias\n' +
        '  unexpected keys: extra, other\n' +
        '  0.weight: the state has shape [2, 9], the module [2, 1, 3, 3]\n' +
        '  0.bias: the state is int32, the module float32',
    );
    for (const [key, value] of Object.entries(target.stateDict())) expectClose(value, before[key], 0);
  });

  it('tells what it left out where it is not strict, but never takes a wrong shape', () => {
    const target = model();
    const { '0.weight': weight, ...rest } = model().stateDict();
    expect(target.loadStateDict({ ...rest, extra: ones([1]) }, { strict: false })).to.deep.equal({
      missingKeys: ['0.weight'],
      unexpectedKeys: ['extra'],
    });
    expect(() => target.loadStateDict({ '0.weight': weight.reshape([18]) }, { strict: false })).to.throw(
      StateError,
      '0.weight: the state has shape [18]',
    );
  });

  it('loads buffers', () => {
    class Counting extends Module {
      readonly count = new StateBuffer(zeros([1], { dtype: 'int32' }));
      forward(): void {}
    }
    const [a, b] = [new Counting(), new Counting()];
    a.count.data[0] = 5;
    b.loadStateDict(a.stateDict());
    expect(b.count.toArray()).to.deep.equal([5]);
  });
});

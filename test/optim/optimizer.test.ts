import {
  arenaUsage,
  GradientError,
  inferenceMode,
  memoryBudget,
  noGrad,
  ones,
  Parameter,
  RecycledError,
  randn,
  StateError,
  setMemoryBudget,
  type Tensor,
  tensor,
  zeros,
} from '@convgrad/core';
import { Adam, SGD } from '@convgrad/optim';
import { expect } from 'chai';

function filled(count: number, value: number): Tensor {
  return tensor(new Float32Array(count).fill(value));
}

describe('an optimizer', () => {
  it('trains: a line through points', () => {
    const [w, b] = [new Parameter(zeros([1])), new Parameter(zeros([1]))];
    const x = tensor([-1, 0, 1, 2]);
    const y = x.mul(3).sub(1);
    const optimizer = new Adam([w, b], { lr: 0.1 });
    for (let step = 0; step < 400; step++) {
      optimizer.zeroGrad();
      x.mul(w).add(b).sub(y).square().mean().backward();
      optimizer.step();
    }
    expect(w.item()).to.be.closeTo(3, 1e-3);
    expect(b.item()).to.be.closeTo(-1, 1e-3);
  });

  it('leaves a parameter without a gradient, and its state, as they are', () => {
    const [w, u] = [new Parameter(tensor([1])), new Parameter(tensor([1]))];
    const optimizer = new Adam([w, u], { lr: 0.1, weightDecay: 0.1 });
    const version = u.storage.version;
    for (let step = 0; step < 3; step++) {
      w.grad = tensor([1]);
      optimizer.step();
    }
    expect(u.item()).to.equal(1);
    expect(u.storage.version).to.equal(version);
    expect(Object.keys(optimizer.stateDict().state)).to.deep.equal(['0']);
    u.grad = tensor([1]);
    optimizer.step();
    // The first step of u, though the fourth of the optimizer.
    expect(optimizer.stateDict().state[1].step).to.equal(1);
    expect(u.item()).to.be.closeTo(0.9, 1e-6);
  });

  it('does nothing where nothing has a gradient', () => {
    const optimizer = new SGD([new Parameter(tensor([1]))]);
    optimizer.step();
    optimizer.zeroGrad();
    expect(optimizer.stateDict().state).to.deep.equal({});
  });

  it('removes gradients, or fills them with zeros', () => {
    const [w, u] = [new Parameter(tensor([1, 2])), new Parameter(tensor([1]))];
    const optimizer = new SGD([w, u]);
    w.square().sum().backward();
    const gradient = w.grad;
    optimizer.zeroGrad(false);
    expect(w.grad).to.equal(gradient);
    expect(w.grad?.toArray()).to.deep.equal([0, 0]);
    expect(u.grad).to.equal(null);
    optimizer.zeroGrad();
    expect(w.grad).to.equal(null);
  });

  it('replaces a gradient that can be differentiated by zeros that cannot, and leaves its numbers', () => {
    const w = new Parameter(tensor([3]));
    w.square().sum().backward(null, { createGraph: true });
    const recorded = w.grad;
    new SGD([w]).zeroGrad(false);
    expect(recorded?.toArray()).to.deep.equal([6]);
    expect(w.grad?.toArray()).to.deep.equal([0]);
    expect(w.grad?.requiresGrad).to.equal(false);
  });

  it('is noticed by a graph that needs what it overwrote', () => {
    const w = new Parameter(tensor([3]));
    const y = w.square().sum();
    w.grad = tensor([1]);
    new SGD([w], { lr: 0.1 }).step();
    expect(() => y.backward()).to.throw(GradientError, 'overwritten');
  });

  it('records nothing, in any grad mode, and reads live memory that a user wrote', () => {
    for (const run of [(body: () => void) => body(), noGrad<void>, inferenceMode<void>]) {
      const w = new Parameter(tensor([1]));
      const optimizer = new SGD([w], { lr: 0.5, momentum: 0.5 });
      for (let step = 0; step < 2; step++) {
        w.grad = tensor([0]);
        w.grad.data[0] = 1;
        run(() => optimizer.step());
      }
      expect(w.item()).to.equal(-0.25);
      expect(w.isLeaf && w.requiresGrad).to.equal(true);
      expect(w.data[0]).to.equal(-0.25);
    }
  });

  it('keeps a view of a parameter live', () => {
    const w = new Parameter(tensor([1, 2]));
    const data = w.data;
    w.grad = tensor([1, 1]);
    new SGD([w], { lr: 1 }).step();
    expect(Array.from(data)).to.deep.equal([0, 1]);
  });

  it('does not copy gradients: a step does not count as handing them out', () => {
    const w = new Parameter(randn([1000]));
    const optimizer = new Adam([w]);
    const blocks: number[] = [];
    for (let step = 0; step < 5; step++) {
      optimizer.zeroGrad();
      w.square().sum().backward();
      optimizer.step();
      blocks.push(arenaUsage().live);
      expect(w.leaf?.grad?.storage.kept).to.equal(false);
    }
    expect(blocks[4]).to.equal(blocks[1]);
  });

  it('works on ordinary arrays where the arena is full, and on leaves that are no parameters', () => {
    const budget = memoryBudget();
    const fast = train(new Parameter(waves()));
    setMemoryBudget(0);
    try {
      const slow = new Parameter(waves());
      slow.storage.moveToArray();
      expect(train(slow)).to.deep.equal(fast);
      expect(slow.storage.inArena).to.equal(false);
    } finally {
      setMemoryBudget(budget);
    }
    expect(train(waves().requiresGrad_())).to.deep.equal(fast);

    function waves(): Tensor {
      return tensor(Array.from({ length: 37 }, (_, index) => Math.sin(index + 1)));
    }
    function train(w: Tensor): number[] {
      const optimizer = new Adam([w], { lr: 0.1, amsgrad: true });
      for (let step = 0; step < 3; step++) {
        optimizer.zeroGrad();
        w.square().sum().backward();
        optimizer.step();
      }
      return Array.from(w.toTypedArray());
    }
  });

  it('changes nothing if a gradient is gone', () => {
    const [w, u] = [new Parameter(tensor([1])), new Parameter(filled(20000, 1))];
    const v = new Parameter(filled(20000, 1));
    const y = v.square();
    const lost = y.mul(2);
    lost.mul(3).sum().backward();
    w.grad = tensor([1]);
    u.grad = lost;
    const optimizer = new SGD([w, u], { lr: 0.5 });
    expect(() => optimizer.step()).to.throw(RecycledError, 'shape [20000]');
    expect(w.item()).to.equal(1);
  });

  it('gives the same numbers whatever else is in the group', () => {
    const run = (companions: number): number[] => {
      const w = new Parameter(tensor(Array.from({ length: 101 }, (_, index) => Math.cos(index))));
      const others = Array.from({ length: companions }, () => new Parameter(ones([50001])));
      const optimizer = new Adam([...others, w], { lr: 0.01 });
      for (let step = 0; step < 3; step++) {
        for (const other of others) other.grad = ones([50001]);
        w.grad = w.detach().mul(0.5);
        optimizer.step();
      }
      return Array.from(w.toTypedArray());
    };
    expect(run(3)).to.deep.equal(run(0));
  });
});

describe("an optimizer's state", () => {
  function model(): { w: Parameter; u: Parameter } {
    return { w: new Parameter(tensor([1, -2, 3])), u: new Parameter(tensor([[0.5], [2]])) };
  }

  function steps(optimizer: { zeroGrad(): void; step(): void }, { w, u }: ReturnType<typeof model>, count: number): void {
    for (let step = 0; step < count; step++) {
      optimizer.zeroGrad();
      w.square().sum().add(u.exp().sum()).backward();
      optimizer.step();
    }
  }

  const kinds = {
    'SGD with momentum': (params: Iterable<Parameter>) => new SGD(params, { lr: 0.01, momentum: 0.9 }),
    'Adam with amsgrad': (params: Iterable<Parameter>) => new Adam(params, { lr: 0.01, amsgrad: true }),
  };

  for (const [name, create] of Object.entries(kinds)) {
    it(`of ${name} lets another one go on to the last bit`, () => {
      const through = model();
      const first = create(Object.values(through));
      steps(first, through, 3);
      const copy = { w: new Parameter(through.w.detach()), u: new Parameter(through.u.detach()) };
      const second = create(Object.values(copy));
      second.paramGroups[0].lr = 7;
      const saved = first.stateDict();
      restore(second, saved);
      steps(first, through, 3);
      steps(second, copy, 3);
      expect(copy.w.toArray()).to.deep.equal(through.w.toArray());
      expect(copy.u.toArray()).to.deep.equal(through.u.toArray());
      expect(second.paramGroups[0].lr).to.equal(0.01);
    });
  }

  function restore(optimizer: SGD | Adam, saved: ReturnType<SGD['stateDict']> | ReturnType<Adam['stateDict']>): void {
    Reflect.apply(optimizer.loadStateDict, optimizer, [saved]);
  }

  it('is laid out as PyTorch lays it out, and does not change afterwards', () => {
    const { w, u } = model();
    const optimizer = new Adam([{ params: [['w', w]], lr: 0.1 }, { params: [['u', u]] }], { weightDecay: 0.5 });
    steps(optimizer, { w, u }, 1);
    const saved = optimizer.stateDict();
    const options = { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0.5, amsgrad: false, maximize: false };
    expect(saved.paramGroups).to.deep.equal([
      { lr: 0.1, ...options, params: [0], paramNames: ['w'] },
      { lr: 1e-3, ...options, params: [1], paramNames: ['u'] },
    ]);
    expect(Object.keys(saved.state)).to.deep.equal(['0', '1']);
    expect(Object.keys(saved.state[0])).to.deep.equal(['step', 'expAvg', 'expAvgSq']);
    const expAvg = tensorIn(saved.state[0].expAvg).toArray();
    steps(optimizer, { w, u }, 1);
    expect(tensorIn(saved.state[0].expAvg).toArray()).to.deep.equal(expAvg);
    expect(saved.state[0].step).to.equal(1);
  });

  function tensorIn(value: number | Tensor): Tensor {
    if (typeof value === 'number') throw new Error('expected a tensor');
    return value;
  }

  it('that does not fit is refused, and changes nothing', () => {
    const { w, u } = model();
    const optimizer = new Adam(
      [
        ['w', w],
        ['u', u],
      ],
      { lr: 0.1 },
    );
    steps(optimizer, { w, u }, 2);
    const good = optimizer.stateDict();
    const [group] = good.paramGroups;
    const [state] = Object.values(good.state);
    const refuses = (saved: unknown, message: string): void => {
      expect(() => Reflect.apply(optimizer.loadStateDict, optimizer, [saved])).to.throw(StateError, message);
    };
    const withState = (change: Record<string, unknown>) => ({ ...good, state: { ...good.state, 0: { ...state, ...change } } });
    const withGroup = (change: Record<string, unknown>) => ({ ...good, paramGroups: [{ ...group, ...change }] });
    const without = (object: object, key: string) => Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));

    refuses(null, 'Adam: expected a state as stateDict() gives it');
    refuses({ state: {} }, 'Adam: expected a state as stateDict() gives it');
    refuses({ ...good, paramGroups: [group, group] }, 'Adam: the state has 2 parameter groups, but the optimizer has 1');
    refuses(withGroup({ params: [0] }), "Adam: group 0 of the state has 1 parameters, but the optimizer's has 2");
    refuses(withGroup({ paramNames: ['w', 'v'] }), 'Adam: parameter 1 of group 0 is v in the state, but u in the optimizer');
    refuses(withGroup({ lr: -1 }), 'Adam: group 0 of the state: lr must be a number of at least 0, got -1');
    refuses(withGroup({ momentum: 0.9 }), 'Adam: group 0 of the state: there is no option momentum');
    refuses(
      { ...good, paramGroups: [without(group, 'eps')] },
      'Adam: group 0 of the state lacks eps: it was saved by another kind of optimizer',
    );
    refuses(withState({ step: 0.5 }), 'Adam: parameter 0 (w): step must be a whole number of at least 1, got 0.5');
    refuses(
      withState({ momentumBuffer: zeros([3]) }),
      'Adam: parameter 0 (w): the state has momentumBuffer, which this kind of optimizer does not know',
    );
    refuses({ ...good, state: { ...good.state, 0: without(state, 'expAvgSq') } }, 'Adam: parameter 0 (w): the state lacks expAvgSq');
    refuses(withState({ expAvg: 3 }), 'Adam: parameter 0 (w): expAvg must be a tensor');
    refuses(
      withState({ expAvg: zeros([4]) }),
      'Adam: parameter 0 (w): expAvg is float32 [4] in the state, but the parameter is float32 [3]',
    );
    refuses(
      withState({ expAvg: zeros([3], { dtype: 'float64' }) }),
      'expAvg is float64 [3] in the state, but the parameter is float32 [3]',
    );
    refuses({ ...good, state: { ...good.state, 5: state } }, 'Adam: the state remembers parameters that are in no group: 5');
    expect(flat(optimizer.stateDict())).to.equal(flat(good));
  });

  function flat(state: object): string {
    return JSON.stringify(state, (_key, value) =>
      value !== null && typeof value === 'object' && 'toArray' in value ? value.toArray() : value,
    );
  }

  it('without names fits parameters with names', () => {
    const { w, u } = model();
    const saved = new SGD([w, u], { lr: 3 }).stateDict();
    const named = new SGD([
      ['w', w],
      ['u', u],
    ]);
    named.loadStateDict(saved);
    expect(named.paramGroups[0].lr).to.equal(3);
    expect(named.paramGroups[0].paramNames).to.deep.equal(['w', 'u']);
  });
});

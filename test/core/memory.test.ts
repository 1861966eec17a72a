import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  ArgumentError,
  arenaUsage,
  customFunction,
  enableGrad,
  grad,
  inferenceMode,
  memoryBudget,
  noGrad,
  Parameter,
  RecycledError,
  randn,
  StateBuffer,
  setMemoryBudget,
  type Tensor,
  tensor,
  zeros,
} from '@convgrad/core';
import { expect } from 'chai';

/** More than the 64 KiB up to which results survive: 100 x 200 float32. */
const large = [100, 200];

function largeInput(): Tensor {
  return randn(large).requiresGrad_();
}

/** Read anew: after an assignment the compiler takes the property for what was assigned. */
function gradientOf(w: Tensor): Tensor | null {
  return w.grad;
}

describe('memory: what is recorded', () => {
  it('is free again after backward', () => {
    const x = largeInput();
    x.mul(2).relu().sum().backward();
    x.grad = null;
    const before = arenaUsage().live;
    for (let step = 0; step < 20; step++) {
      x.mul(2).relu().sum().backward();
      x.grad = null;
    }
    expect(arenaUsage().live).to.equal(before);
  });

  it('frees side branches that hang on the consumed graph', () => {
    const x = largeInput();
    const h = x.mul(2);
    const before = arenaUsage().live;
    const side = h.exp();
    const further = side.mul(3);
    const loss = h.sum();
    further.sum();
    loss.backward();
    expect(() => side.data).to.throw(RecycledError);
    expect(arenaUsage().live).to.be.below(before + 4 * x.size);
  });

  it('frees side branches that begin with a view', () => {
    const x = largeInput();
    const h = x.mul(2);
    const side = h.reshape([200, 100]).exp();
    side.mul(3).sum();
    h.sum().backward();
    expect(() => side.data).to.throw(RecycledError);
  });

  it('is not held by a long-lived result on which many graphs are built', () => {
    const h = largeInput().mul(2);
    for (let step = 0; step < 200; step++) h.mul(step).sum().backward(null, { retainGraph: true });
    expect(h.node?.consumers?.length).to.be.at.most(64);
  });

  it('uses the block that was freed last again', () => {
    const x = largeInput();
    const first = x.mul(2);
    const pointer = first.storage.pointer;
    first.exp().sum().backward();
    const again = Array.from({ length: 3 }, () => x.mul(2));
    expect(again.map((y) => y.storage.pointer)).to.include(pointer);
  });

  it('stays with retainGraph', () => {
    const x = largeInput();
    const h = x.mul(2);
    const loss = h.square().sum();
    loss.backward(null, { retainGraph: true });
    expect(h.data[0]).to.equal(Math.fround(2 * x.data[0]));
    loss.backward();
    expect(x.grad?.data[0]).to.be.closeTo(16 * x.data[0], 1e-4);
  });
});

describe('memory: what is not recorded', () => {
  it('is an ordinary array under noGrad', () => {
    const x = largeInput();
    const y = noGrad(() => x.mul(2));
    expect(y.storage.inArena).to.equal(false);
    x.mul(3).sum().backward();
    expect(y.data[7]).to.equal(Math.fround(2 * x.data[7]));
  });

  it('is an ordinary array for tensors that need no gradient', () => {
    expect(randn(large).mul(2).storage.inArena).to.equal(false);
  });

  it('may be assigned to the outside of noGrad', () => {
    const x = largeInput();
    let outside: Tensor = x;
    noGrad(() => {
      outside = x.add(1);
    });
    for (let step = 0; step < 3; step++) x.exp().sum().backward();
    expect(outside.data[3]).to.equal(Math.fround(x.data[3] + 1));
  });
});

describe('memory: inferenceMode', () => {
  it('recycles everything but what it returns', () => {
    const x = randn(large);
    let inner: Tensor = x;
    const before = arenaUsage().live;
    const y = inferenceMode(() => {
      inner = x.mul(2);
      return inner.add(1).mul(3);
    });
    expect(y.data[5]).to.be.closeTo((2 * x.data[5] + 1) * 3, 1e-4);
    expect(() => inner.data).to.throw(RecycledError, /\[100, 200\].*inferenceMode/);
    expect(arenaUsage().live).to.equal(before);
  });

  it('finds returned tensors in nested arrays, objects and maps', () => {
    const x = randn(large);
    const made = inferenceMode(() => {
      const parts = [0, 1, 2, 3].map((index) => x.add(index));
      const total = parts[0].add(parts[1]).add(parts[2]).add(parts[3]);
      return { list: [[parts[0]]], map: new Map([['second', parts[1]]]), set: new Set([parts[2]]), total };
    });
    expect(made.list[0][0].data[0]).to.equal(x.data[0]);
    expect(made.map.get('second')?.data[0]).to.equal(Math.fround(x.data[0] + 1));
    expect([...made.set][0].data[0]).to.equal(Math.fround(x.data[0] + 2));
    expect(made.total.size).to.equal(20000);
  });

  it('recycles when an exception ends it', () => {
    const x = randn(large);
    const before = arenaUsage().live;
    expect(() =>
      inferenceMode(() => {
        x.mul(2).exp();
        throw new Error('stop');
      }),
    ).to.throw('stop');
    expect(arenaUsage().live).to.equal(before);
  });

  it('lets small results and unconsumed ones survive', () => {
    const x = randn(large);
    let [mean, unconsumed]: Tensor[] = [];
    inferenceMode(() => {
      mean = x.mean();
      unconsumed = x.mul(2);
    });
    expect(Number.isFinite(mean.item())).to.equal(true);
    expect(unconsumed.data[1]).to.equal(Math.fround(2 * x.data[1]));
  });

  it('gives the numbers of grad mode, to the bit', () => {
    const x = largeInput();
    const recorded = x.mul(2).tanh().sum().item();
    expect(inferenceMode(() => x.mul(2).tanh().sum()).item()).to.equal(recorded);
    expect(noGrad(() => x.mul(2).tanh().sum()).item()).to.equal(recorded);
  });
});

describe('memory: what survives recycling', () => {
  it('small results', () => {
    const x = largeInput();
    const losses: Tensor[] = [];
    for (let step = 0; step < 3; step++) {
      const loss = x.mul(step).sum();
      loss.backward();
      losses.push(loss);
    }
    expect(losses.map((loss) => Number.isFinite(loss.item()))).to.deep.equal([true, true, true]);
  });

  it('large results that nothing consumed', () => {
    const x = largeInput();
    const h = x.mul(2);
    const side = h.add(1);
    h.sum().backward();
    expect(side.data[0]).to.equal(Math.fround(Math.fround(2 * x.data[0]) + 1));
  });

  it('detached and kept tensors', () => {
    const x = largeInput();
    const detached: Tensor[] = [];
    const kept: Tensor[] = [];
    for (let step = 1; step <= 3; step++) {
      const [h, k] = [x.mul(step), x.mul(-step)];
      detached.push(h.detach());
      kept.push(k.keep());
      h.add(k).sum().backward();
    }
    expect(detached.map((h) => h.data[0])).to.deep.equal([1, 2, 3].map((step) => Math.fround(step * x.data[0])));
    expect(kept.map((h) => h.data[0])).to.deep.equal([1, 2, 3].map((step) => Math.fround(-step * x.data[0])));
  });

  it('gradients given to hooks', () => {
    const x = largeInput();
    const seen: Tensor[] = [];
    const h = x.mul(2);
    h.registerHook((g) => {
      seen.push(g);
    });
    h.square().sum().backward();
    x.mul(5).sum().backward();
    expect(seen[0].data[0]).to.be.closeTo(4 * x.data[0], 1e-4);
  });

  it('what grad() returns, and retained gradients', () => {
    const x = largeInput();
    const [g] = grad(x.square().sum(), [x]);
    const h = x.mul(2).retainGrad();
    h.square().sum().backward();
    x.mul(7).sum().backward();
    expect(g.data[0]).to.be.closeTo(2 * x.data[0], 1e-5);
    expect(h.grad?.data[0]).to.be.closeTo(4 * x.data[0], 1e-5);
  });

  it('a .grad that was handed out', () => {
    const w = new Parameter(randn(large));
    w.mul(2).sum().backward();
    const first = w.grad;
    w.grad = null;
    w.mul(3).sum().backward();
    expect(first?.toTypedArray()[0]).to.equal(2);
    expect(gradientOf(w)?.toTypedArray()[0]).to.equal(3);
  });

  it('nothing else: reading it says what happened and what to do, printing it does not throw', () => {
    const x = largeInput();
    const h = x.mul(2);
    h.exp().sum().backward();
    expect(() => h.data).to.throw(RecycledError, /\[100, 200\].*backward\(\) recycled.*\.keep\(\).*retainGraph/);
    expect(() => h.add(1)).to.throw(RecycledError, /\[100, 200\]/);
    expect(String(h)).to.match(/recycled/);
  });
});

describe('memory: typed arrays in a user hand', () => {
  it('do not change behind their back', () => {
    const x = largeInput();
    const h = x.mul(2);
    const { data } = h;
    const before = data[0];
    h.exp().sum().backward();
    for (let step = 0; step < 3; step++) x.mul(step).exp().sum().backward();
    expect(data[0]).to.equal(before);
    expect(h.data).to.equal(data);
  });

  it('of parameters, buffers and their gradients are live memory', () => {
    const w = new Parameter(zeros([3]));
    w.data[1] = 5;
    expect(w.mul(2).toArray()).to.deep.equal([0, 10, 0]);
    const buffer = new StateBuffer(zeros([2]));
    buffer.data[0] = 7;
    expect(buffer.add(1).toArray()).to.deep.equal([8, 1]);
    w.sum().backward();
    const gradient = w.grad?.data ?? new Float32Array();
    gradient[0] = 9;
    expect(w.grad?.toArray()).to.deep.equal([9, 1, 1]);
  });

  it('of a gradient stay its live memory over the steps, and are never given to anyone else', () => {
    const w = new Parameter(randn(large));
    w.mul(2).sum().backward();
    const held = w.grad?.data.subarray(0, 4) ?? new Float32Array(4);
    for (let step = 3; step < 6; step++) {
      w.grad = null;
      w.mul(step).sum().backward();
      expect(held[0]).to.equal(step);
    }
    w.grad = null;
    for (let step = 0; step < 5; step++) largeInput().exp().exp().sum().backward();
    expect(held[0]).to.equal(5);
  });

  it('are copies from toArray, toTypedArray and item', () => {
    const w = new Parameter(zeros([1]));
    const copy = w.toTypedArray();
    w.data[0] = 3;
    expect(copy[0]).to.equal(0);
    expect(w.item()).to.equal(3);
  });
});

describe('memory: budget', () => {
  const budget = memoryBudget();
  afterEach(() => setMemoryBudget(budget));

  it('beyond it new storages are ordinary arrays, with a warning said once', async () => {
    const warnings: string[] = [];
    const listen = (warning: Error) => warnings.push(warning.name);
    process.on('warning', listen);
    setMemoryBudget(0);
    // Of a size that no other test leaves cached.
    const x = randn([300, 1000]).requiresGrad_();
    const results = Array.from({ length: 40 }, (_, index) => x.mul(index).exp());
    expect(results.some((y) => !y.storage.inArena)).to.equal(true);
    results[39].sum().backward();
    expect(x.grad?.data[0]).to.be.closeTo(39 * Math.exp(39 * x.data[0]), 39 * Math.exp(39 * x.data[0]) * 1e-4);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect(warnings.filter((name) => name === 'ConvgradMemoryWarning')).to.have.length(1);
  });

  it('must be a number of bytes', () => {
    expect(() => setMemoryBudget(-1)).to.throw(ArgumentError, /at least 0, got -1/);
  });
});

describe('memory: modes', () => {
  it('follow the call stack, so that a promise is refused with the way to write it', () => {
    for (const mode of [noGrad, enableGrad, inferenceMode]) {
      expect(() => mode(async () => 1)).to.throw(ArgumentError, /returned a promise.*Await outside/);
    }
  });
});

describe('memory: custom functions over .data', () => {
  it('get arrays that stay, and give results that stay', () => {
    const cube = customFunction({
      name: 'cube',
      forward(context, x: Tensor) {
        context.save(x);
        return tensor(x.data.map((value) => value ** 3)).reshape(x.shape);
      },
      backward: (context, g) => g.mul(context.saved[0].square().mul(3)),
    });
    const x = largeInput();
    const h = x.mul(1);
    const y = cube(h);
    y.sum().backward();
    expect(x.grad?.data[0]).to.be.closeTo(3 * x.data[0] ** 2, 1e-4);
    expect(y.data[0]).to.be.closeTo(x.data[0] ** 3, 1e-4);
  });
});

describe('memory: finalizers', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');

  /** Collects garbage, with turns of the event loop for finalizers, until little enough of the arena is live. */
  async function liveFallsTo(bytes: number): Promise<boolean> {
    for (let turn = 0; turn < 50; turn++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
      if (arenaUsage().live <= bytes) return true;
    }
    return false;
  }

  it('return the blocks of graphs that were dropped without a backward', async () => {
    const x = largeInput();
    const before = arenaUsage().live;
    (() => {
      for (let index = 0; index < 200; index++) x.mul(index).exp();
    })();
    expect(arenaUsage().live).to.be.above(before + 200 * 4 * x.size);
    // The tape that is not full yet is not watched: up to 64 blocks may stay.
    expect(await liveFallsTo(before + 64 * 1.25 * (4 * x.size + 256))).to.equal(true);
  });

  it('return the blocks of parameters, buffers and gradients whose owner is gone', async () => {
    const before = arenaUsage().live;
    (() => {
      for (let index = 0; index < 20; index++) {
        const w = new Parameter(randn(large));
        w.mul(2).sum().backward();
        new StateBuffer(zeros(large));
      }
    })();
    expect(arenaUsage().live).to.be.above(before + 3 * 20 * 80_000);
    expect(await liveFallsTo(before + 80_000)).to.equal(true);
  });

  it("leave a gradient alone, whose block was the backward pass's before", async () => {
    const w = new Parameter(randn(large));
    w.mul(2).sum().backward();
    for (let turn = 0; turn < 5; turn++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const others = Array.from({ length: 20 }, (_, index) => w.mul(index));
    expect(others).to.have.length(20);
    expect(w.grad?.toTypedArray().every((value: number) => value === 2)).to.equal(true);
  });
});

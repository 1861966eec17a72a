import {
  ArgumentError,
  customFunction,
  DTypeError,
  detectAnomaly,
  enableGrad,
  GradientError,
  grad,
  gradcheck,
  gradgradcheck,
  isGradEnabled,
  noGrad,
  Parameter,
  type Tensor,
  tensor,
  zeros,
} from '@convgrad/core';
import { expect } from 'chai';

function leaf(values: number | number[] | number[][]): Tensor {
  return tensor(values, { dtype: 'float64', requiresGrad: true });
}

describe('backward', () => {
  it('adds to .grad at every call', () => {
    const x = leaf([1, 2]);
    x.square().sum().backward();
    x.square().sum().backward();
    expect(x.grad?.toArray()).to.deep.equal([4, 8]);
  });

  it('adds the gradients of all uses', () => {
    const x = leaf([3]);
    x.mul(x).add(x).sum().backward();
    expect(x.grad?.toArray()).to.deep.equal([7]);
  });

  it('goes through a graph of 100,000 nodes without recursion', () => {
    const x = leaf([1]);
    let y = x;
    for (let step = 0; step < 100_000; step++) y = y.add(1);
    y.sum().backward();
    expect(x.grad?.toArray()).to.deep.equal([1]);
  });

  it('takes a cotangent for what is not a scalar, and says so without one', () => {
    const x = leaf([1, 2]);
    expect(() => x.mul(3).backward()).to.throw(GradientError, /shape \[2\]; without a cotangent it must be a scalar/);
    x.mul(3).backward(tensor([10, 100], { dtype: 'float64' }));
    expect(x.grad?.toArray()).to.deep.equal([30, 300]);
    expect(() => x.mul(3).backward(tensor([1], { dtype: 'float64' }))).to.throw(
      GradientError,
      /cotangent is float64 \[1\], but the output float64 \[2\]/,
    );
  });

  it('refuses a tensor without gradients', () => {
    expect(() => tensor([1]).backward()).to.throw(GradientError, /does not require gradients/);
  });

  it('refuses a graph that was consumed, and says what to do', () => {
    const x = leaf([1, 2]);
    const y = x.square().sum();
    y.backward();
    expect(() => y.backward()).to.throw(GradientError, /second time.*retainGraph: true.*detach\(\)/);
    expect(x.grad?.toArray()).to.deep.equal([2, 4]);
  });

  it('takes another pass after retainGraph', () => {
    const x = leaf([1, 2]);
    const y = x.square().sum();
    y.backward({ retainGraph: true });
    y.backward();
    expect(x.grad?.toArray()).to.deep.equal([4, 8]);
  });

  it('says which value was overwritten', () => {
    const x = new Parameter(tensor([1, 2], { dtype: 'float64' }));
    const y = x.square().sum();
    noGrad(() => x.add_(1));
    expect(() => y.backward()).to.throw(
      GradientError,
      /square: backward needs a float64 tensor of shape \[2\] that was overwritten in place/,
    );
  });

  it('leaves tensors without gradients alone', () => {
    const [x, c] = [leaf([2]), tensor([5], { dtype: 'float64' })];
    x.mul(c).sum().backward();
    expect(c.grad).to.equal(null);
  });
});

describe('grad', () => {
  it('returns gradients and leaves .grad alone', () => {
    const x = leaf([1, 2]);
    const [g] = grad(x.square().sum(), [x]);
    expect(g.toArray()).to.deep.equal([2, 4]);
    expect(x.grad).to.equal(null);
  });

  it('gives gradients by intermediate results', () => {
    const x = leaf([1, 2]);
    const h = x.mul(3);
    const [g, gx] = grad(h.square().sum(), [h, x]);
    expect(g.toArray()).to.deep.equal([6, 12]);
    expect(gx.toArray()).to.deep.equal([18, 36]);
  });

  it('sums over several outputs with cotangents of their own', () => {
    const x = leaf([1, 2]);
    const cotangents = [tensor([1, 0], { dtype: 'float64' }), tensor([0, 10], { dtype: 'float64' })];
    const [g] = grad([x.mul(2), x.square()], [x], { gradOutputs: cotangents });
    expect(g.toArray()).to.deep.equal([2, 40]);
  });

  it('with createGraph can be differentiated again, and again', () => {
    const x = leaf([2]);
    const [first] = grad(x.pow(4).sum(), [x], { createGraph: true });
    const [second] = grad(first.sum(), [x], { createGraph: true });
    const [third] = grad(second.sum(), [x]);
    expect([first.item(), second.item(), third.item()]).to.deep.equal([32, 48, 48]);
  });

  it('with createGraph lets a penalty on a gradient be learned', () => {
    const [x, w] = [leaf([1, 2]), leaf([3, 4])];
    const [g] = grad(x.square().mul(w).sum(), [x], { createGraph: true });
    g.square().sum().backward();
    expect(w.grad?.toArray()).to.deep.equal([24, 128]);
    expect(x.grad?.toArray()).to.deep.equal([72, 256]);
  });

  it('refuses an unused input unless allowed', () => {
    const [x, y] = [leaf([1]), leaf([1])];
    expect(() => grad(x.sum(), [y])).to.throw(GradientError, /input 0, of shape \[1\], is not used.*allowUnused/);
    expect(grad(x.sum(), [y], { allowUnused: true })).to.deep.equal([null]);
  });

  it('refuses inputs without gradients and wrong numbers of cotangents', () => {
    const x = leaf([1]);
    expect(() => grad(x.sum(), [tensor([1])])).to.throw(GradientError, /input 0, of shape \[1\], does not require gradients/);
    expect(() => grad(x.sum(), [])).to.throw(ArgumentError, /at least one tensor/);
    expect(() => grad([x.sum()], [x], { gradOutputs: [null, null] })).to.throw(ArgumentError, /1 outputs need 1 gradOutputs, got 2/);
  });
});

describe('grad mode', () => {
  it('noGrad does not record, enableGrad inside it does', () => {
    const x = leaf([1]);
    noGrad(() => {
      expect(isGradEnabled()).to.equal(false);
      expect(x.mul(2).requiresGrad).to.equal(false);
      expect(enableGrad(() => x.mul(2)).requiresGrad).to.equal(true);
    });
    expect(isGradEnabled()).to.equal(true);
  });

  it('comes back after an exception', () => {
    expect(() =>
      noGrad(() => {
        throw new Error('stop');
      }),
    ).to.throw('stop');
    expect(isGradEnabled()).to.equal(true);
  });

  it('of integers there is none', () => {
    expect(() => tensor([1], { dtype: 'int32' }).requiresGrad_()).to.throw(DTypeError, /only float32 and float64.*int32/);
    expect(leaf([1.5]).to('int32').requiresGrad).to.equal(false);
  });

  it('of a result cannot be changed', () => {
    expect(() => leaf([1]).mul(2).requiresGrad_(false)).to.throw(GradientError, /only of leaves.*detach/);
  });
});

describe('hooks on tensors', () => {
  it('see the sum of all gradients once, and may replace it', () => {
    const x = leaf([1]);
    const seen: number[] = [];
    const h = x.mul(2);
    h.registerHook((g) => {
      seen.push(g.item());
      return g.mul(10);
    });
    h.add(h.mul(3)).sum().backward();
    expect(seen).to.deep.equal([4]);
    expect(x.grad?.toArray()).to.deep.equal([80]);
  });

  it('work on leaves and can be removed', () => {
    const x = leaf([1]);
    let calls = 0;
    const handle = x.registerHook(() => {
      calls++;
    });
    x.mul(2).add(x).sum().backward();
    handle.remove();
    x.mul(2).sum().backward();
    expect(calls).to.equal(1);
  });

  it('must return the shape they got', () => {
    const x = leaf([1, 2]);
    x.registerHook(() => zeros([3], { dtype: 'float64' }));
    expect(() => x.sum().backward()).to.throw(GradientError, /replaced a float64 gradient of shape \[2\] by float64 \[3\]/);
  });

  it('retainGrad keeps the gradient of a result', () => {
    const x = leaf([1]);
    const h = x.mul(2).retainGrad();
    h.square().sum().backward();
    expect(h.grad?.toArray()).to.deep.equal([4]);
  });
});

describe('customFunction', () => {
  const square = (twiceDifferentiable: boolean) =>
    customFunction({
      name: 'mySquare',
      twiceDifferentiable,
      forward(context, x: Tensor) {
        context.save(x);
        return tensor(x.data.map((value) => value * value)).reshape(x.shape);
      },
      backward: (context, g) => g.mul(context.saved[0].mul(2)),
    });

  it('is differentiable', () => {
    gradcheck(square(false), [
      leaf([
        [1, 2],
        [3, 4],
      ]),
    ]);
  });

  it('any number of times if its backward is written in operations and says so', () => {
    gradgradcheck(square(true), [
      leaf([
        [1, 2],
        [3, 4],
      ]),
    ]);
    expect(() => gradgradcheck(square(false), [leaf([1])])).to.throw(
      GradientError,
      /mySquare: its backward cannot be differentiated.*twiceDifferentiable/,
    );
  });

  it('may have several results', () => {
    const halves = customFunction({
      name: 'halves',
      twiceDifferentiable: true,
      forward: (_context, x: Tensor): readonly Tensor[] => [x.mul(0.5), x.mul(2)],
      backward: (_context, a, b) => a.mul(0.5).add(b.mul(2)),
    });
    gradcheck((x) => halves(x), [leaf([1, 2])]);
    const x = leaf([1]);
    halves(x)[1].sum().backward();
    expect(x.grad?.toArray()).to.deep.equal([2]);
  });

  it('is told when its gradients do not fit', () => {
    const wrong = customFunction({
      name: 'wrong',
      forward: (_context, x: Tensor) => x.mul(1),
      backward: () => zeros([5], { dtype: 'float64' }),
    });
    expect(() =>
      wrong(leaf([1, 2]))
        .sum()
        .backward(),
    ).to.throw(GradientError, /wrong: backward returned a float64 gradient of shape \[5\] for input 0.*\[2\]/);
    const few = customFunction({ name: 'few', forward: (_context, x: Tensor, y: Tensor) => x.mul(y), backward: (_context, g) => [g] });
    expect(() =>
      few(leaf([1]), leaf([2]))
        .sum()
        .backward(),
    ).to.throw(GradientError, /few: backward returned 1 gradients for 2 inputs/);
  });
});

describe('detectAnomaly', () => {
  it('names the function whose forward made it, and where it was called', () => {
    const x = leaf([-1]);
    expect(() => detectAnomaly(() => x.sqrt())).to.throw(GradientError, /the forward of sqrt made NaN[\s\S]*autograd\.test\.ts/);
  });

  it('names the function whose backward made it, and where its forward was called', () => {
    const x = leaf([0]);
    expect(() => detectAnomaly(() => x.sqrt().sum().backward())).to.throw(
      GradientError,
      /the backward of sqrt made Infinity[\s\S]*autograd\.test\.ts/,
    );
  });
});

describe('gradcheck', () => {
  const twisted = customFunction({ name: 'twisted', forward: (_context, x: Tensor) => x.mul(3), backward: (_context, g) => g.mul(2) });

  it('finds a wrong gradient and prints the input, the index, both numbers and the largest error', () => {
    const message =
      /largest error is (1\.0|0\.99)\d*: output 0 at [01] by input 0 of shape \[2\] at flat index [01]: analytic 2, numeric (3|2\.99)/;
    expect(() => gradcheck(twisted, [leaf([1, 2])])).to.throw(GradientError, message);
    expect(() => gradcheck(twisted, [leaf([1, 2])], { fast: true })).to.throw(GradientError, /analytic .* numeric/);
  });

  it('finds a wrong second derivative', () => {
    const wrongTwice = (x: Tensor) => x.square().mul(twisted(x).detach());
    expect(() => gradgradcheck(wrongTwice, [leaf([1, 2])])).to.throw(GradientError);
  });

  it('finds functions that do not repeat', () => {
    let calls = 0;
    expect(() => gradcheck((x) => x.mul(++calls), [leaf([1])])).to.throw(GradientError, /two runs disagree/);
  });

  it('finds a cotangent of zeros that gives something else', () => {
    const biased = customFunction({ name: 'biased', forward: (_context, x: Tensor) => x.mul(1), backward: (_context, g) => g.add(1) });
    expect(() => gradcheck(biased, [leaf([1])])).to.throw(GradientError, /cotangent of zeros gives 1/);
  });

  it('takes an absent gradient for zero', () => {
    const none = customFunction({
      name: 'none',
      forward: (_context, _x: Tensor, y: Tensor) => y.mul(1),
      backward: (_context, g) => [null, g],
    });
    expect(gradcheck(none, [leaf([1]), leaf([2])])).to.equal(true);
    const hidden = customFunction({ name: 'hidden', forward: (_context, x: Tensor) => x.mul(4), backward: () => null });
    expect(() => gradcheck(hidden, [leaf([1])])).to.throw(GradientError, /analytic 0, numeric (4|3\.99)/);
  });

  it('needs float64 leaves that require gradients', () => {
    expect(() => gradcheck((x) => x, [tensor([1])])).to.throw(ArgumentError, /none of the 1 inputs requires gradients/);
    expect(() => gradcheck((x) => x, [tensor([1], { requiresGrad: true })])).to.throw(
      ArgumentError,
      /input 0 is float32; differences need float64/,
    );
    expect(() => gradcheck((x) => x, [leaf([1]).mul(2)])).to.throw(ArgumentError, /input 0 was made by mul/);
  });
});

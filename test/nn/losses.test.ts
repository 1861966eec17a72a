import {
  ArgumentError,
  DTypeError,
  GradientError,
  grad,
  IndexError,
  logSoftmax,
  ones,
  ShapeError,
  softmax,
  type Tensor,
  tensor,
  zeros,
} from '@convgrad/core';
import {
  BCEWithLogitsLoss,
  bceWithLogits,
  CrossEntropyLoss,
  crossEntropy,
  HuberLoss,
  huberLoss,
  L1Loss,
  l1Loss,
  logSigmoid,
  MSELoss,
  mseLoss,
  NLLLoss,
  nllLoss,
  SmoothL1Loss,
  smoothL1Loss,
} from '@convgrad/nn';
import { expect } from 'chai';
import { expectClose, leaf, normal, prove } from './numbers.ts';

function classes(...labels: number[]): Tensor {
  return tensor(labels, { dtype: 'int32' });
}

function doubles(...values: number[]): Tensor {
  return tensor(values, { dtype: 'float64' });
}

const reductions = ['mean', 'sum', 'none'] as const;

describe('crossEntropy', () => {
  const labels = classes(2, 0, 3, 2, 1);

  it('is minus the mean log-probability of the right classes', () => {
    const x = normal([5, 4]);
    const log = logSoftmax(x, 1);
    let sum = 0;
    [2, 0, 3, 2, 1].forEach((label, row) => {
      sum -= log.index(row, label).item();
    });
    expect(crossEntropy(x, labels).item()).to.be.closeTo(sum / 5, 1e-12);
    expect(crossEntropy(x, labels, { reduction: 'sum' }).item()).to.be.closeTo(sum, 1e-12);
    expect(crossEntropy(x, labels, { reduction: 'none' }).shape).to.deep.equal([5]);
  });

  it('has the gradient softmax - one-hot', () => {
    const x = leaf([5, 4]);
    const [dx] = grad(crossEntropy(x, labels, { reduction: 'sum' }), [x]);
    const want = softmax(x.detach(), 1);
    [2, 0, 3, 2, 1].forEach((label, row) => {
      want.set_([row, label], want.index(row, label).item() - 1);
    });
    expectClose(dx, want);
  });

  it('takes labels as uint8', () => {
    const x = normal([5, 4]);
    expectClose(crossEntropy(x, labels.to('uint8')), crossEntropy(x, labels));
  });

  it('weighs the classes, and divides by the weights of the targets that count', () => {
    const x = normal([3, 3]);
    const weight = doubles(1, 2, 5);
    const single = crossEntropy(x, classes(0, 2, 1), { reduction: 'none' });
    const expected = (single.index(0).item() + 5 * single.index(1).item()) / 6;
    expect(crossEntropy(x, classes(0, 2, -100), { weight }).item()).to.be.closeTo(expected, 1e-12);
  });

  it('counts ignored targets as 0, also in none', () => {
    const x = leaf([3, 3]);
    const losses = crossEntropy(x, classes(0, 7, 1), { ignoreIndex: 7, reduction: 'none' });
    expect(losses.index(1).item()).to.equal(0);
    expect(grad(losses.sum(), [x])[0].index(1).toArray()).to.deep.equal([0, 0, 0]);
  });

  it('is NaN as a mean over nothing, and 0 as a sum', () => {
    expect(crossEntropy(normal([2, 3]), classes(-100, -100)).item()).to.satisfy(Number.isNaN);
    expect(crossEntropy(normal([0, 3]), classes()).item()).to.satisfy(Number.isNaN);
    expect(crossEntropy(normal([0, 3]), classes(), { reduction: 'sum' }).item()).to.equal(0);
  });

  it('smooths labels: the same as the smoothed probabilities', () => {
    const x = normal([2, 4]);
    const smoothed = doubles(0.05, 0.05, 0.85, 0.05, 0.85, 0.05, 0.05, 0.05).reshape([2, 4]);
    expectClose(crossEntropy(x, classes(2, 0), { labelSmoothing: 0.2 }), crossEntropy(x, smoothed));
  });

  it('takes positions behind the classes, and a single sample', () => {
    const x = normal([2, 3, 2, 2]);
    const target = classes(0, 1, 2, 0, 1, 1, 2, 2).reshape([2, 2, 2]);
    const rows = x.permute([0, 2, 3, 1]).reshape([8, 3]);
    expectClose(crossEntropy(x, target), crossEntropy(rows, target.reshape([8])));
    expectClose(crossEntropy(normal([4]), tensor(2, { dtype: 'int32' })), crossEntropy(normal([4]).unsqueeze(0), classes(2)));
  });

  it('stays finite with large scores', () => {
    expect(crossEntropy(doubles(1000, -1000).reshape([1, 2]), classes(1)).item()).to.equal(2000);
  });

  it('has right first and second derivatives in all its forms', () => {
    const weight = doubles(0.5, 1, 2, 0.25);
    const target = classes(2, -100, 3, 2, 1);
    for (const reduction of reductions) {
      for (const labelSmoothing of [0, 0.3]) {
        prove((x) => crossEntropy(x, target, { weight, reduction, labelSmoothing }), leaf([5, 4]));
        prove((x, p) => crossEntropy(x, softmax(p, 1), { weight, reduction, labelSmoothing }), leaf([3, 4], 1), leaf([3, 4], 2));
      }
    }
    prove((x) => crossEntropy(x, classes(0, 1, 2, 0).reshape([2, 2])), leaf([2, 3, 2]));
  });

  it('says what does not fit', () => {
    const x = zeros([2, 3]);
    expect(() => crossEntropy(x, classes(0, 1, 2))).to.throw(ShapeError, 'crossEntropy: input [2, 3] needs targets [2], got [3]');
    expect(() => crossEntropy(x, classes(0, 3))).to.throw(
      IndexError,
      'crossEntropy: target 3 at position 1 is out of range for the 3 classes of input [2, 3]',
    );
    expect(() => crossEntropy(x, classes(0, -1))).to.throw(IndexError, 'crossEntropy: target -1 at position 1');
    expect(() => crossEntropy(x, zeros([2, 2]))).to.throw(
      ShapeError,
      'crossEntropy: input and target must have the same shape, got [2, 3] and [2, 2]',
    );
    expect(() => crossEntropy(x, zeros([2, 3], { dtype: 'float64' }))).to.throw(
      DTypeError,
      'crossEntropy: input is float32, but target is float64',
    );
    expect(() => crossEntropy(x.to('int32'), classes(0, 1))).to.throw(DTypeError, 'crossEntropy: input must be float32 or float64');
    expect(() => crossEntropy(x, classes(0, 1), { weight: ones([2]) })).to.throw(
      ShapeError,
      'crossEntropy: weight must be [3], one for each class of input [2, 3], got [2]',
    );
    expect(() => crossEntropy(x, classes(0, 1), { weight: ones([3], { dtype: 'float64' }) })).to.throw(
      DTypeError,
      'crossEntropy: input is float32, but weight is float64',
    );
    expect(() => crossEntropy(x, classes(0, 1), { weight: ones([3], { requiresGrad: true }) })).to.throw(
      GradientError,
      'there is no derivative by it',
    );
    expect(() => crossEntropy(x, classes(0, 1), { labelSmoothing: 2 })).to.throw(
      ArgumentError,
      'crossEntropy: labelSmoothing must be in [0, 1], got 2',
    );
    expect(() => crossEntropy(zeros([]), tensor(0, { dtype: 'int32' }))).to.throw(ShapeError, 'got a scalar');
    const wrong: { reduction: 'mean' } = JSON.parse('{"reduction": "average"}');
    expect(() => crossEntropy(x, classes(0, 1), wrong)).to.throw(
      ArgumentError,
      "crossEntropy: reduction must be one of none, mean, sum, not 'average'",
    );
  });
});

describe('nllLoss', () => {
  it('is crossEntropy without the logSoftmax', () => {
    const x = normal([2, 3, 4]);
    const target = classes(0, 1, 2, 0, 2, 2, 1, 1).reshape([2, 4]);
    expectClose(nllLoss(logSoftmax(x, 1), target), crossEntropy(x, target));
  });

  it('has right first and second derivatives', () => {
    for (const reduction of reductions) {
      prove((x) => nllLoss(x.tanh(), classes(2, 1, 0), { weight: doubles(1, 0, 3), ignoreIndex: 1, reduction }), leaf([3, 3]));
    }
  });

  it('throws if the target was overwritten before backward', () => {
    const target = classes(0, 1);
    const loss = nllLoss(leaf([2, 3]), target);
    target.set_([0], 2);
    expect(() => loss.backward()).to.throw(GradientError, 'overwritten in place');
  });

  it('says what does not fit', () => {
    expect(() => nllLoss(zeros([2, 3]), zeros([2]))).to.throw(
      DTypeError,
      'nllLoss: target must be class indices (int32 or uint8), got float32 [2]',
    );
    expect(() => nllLoss(zeros([]), tensor(0, { dtype: 'int32' }))).to.throw(
      ShapeError,
      'nllLoss: input must be [N, C], [N, C, positions..] or [C], got a scalar',
    );
    expect(() => nllLoss(zeros([2, 3], { dtype: 'int32' }), classes(0, 1))).to.throw(
      DTypeError,
      'nllLoss: input must be float32 or float64',
    );
  });
});

describe('losses of differences', () => {
  it('have the values of their formulas', () => {
    const [x, t] = [tensor([0, 0, 0]), tensor([0.5, -2, 3])];
    expect(mseLoss(x, t, { reduction: 'sum' }).item()).to.equal(0.25 + 4 + 9);
    expect(l1Loss(x, t, { reduction: 'none' }).toArray()).to.deep.equal([0.5, 2, 3]);
    expect(smoothL1Loss(x, t, { reduction: 'none', beta: 2 }).toArray()).to.deep.equal([0.0625, 1, 2]);
    expect(huberLoss(x, t, { reduction: 'none', delta: 2 }).toArray()).to.deep.equal([0.125, 2, 4]);
    expect(smoothL1Loss(x, t, { beta: 0 }).item()).to.equal(l1Loss(x, t).item());
  });

  it('have right first and second derivatives, by the target too', () => {
    for (const reduction of reductions) {
      const inputs = [leaf([3, 4], 1), leaf([3, 4], 2)];
      prove((x, t) => mseLoss(x, t, { reduction }), ...inputs);
      prove((x, t) => l1Loss(x, t, { reduction }), ...inputs);
      prove((x, t) => smoothL1Loss(x, t, { reduction, beta: 0.7 }), ...inputs);
      prove((x, t) => huberLoss(x, t, { reduction, delta: 0.7 }), ...inputs);
    }
  });

  it('refuse targets that merely broadcast, and wrong options', () => {
    for (const loss of [mseLoss, l1Loss, smoothL1Loss, huberLoss]) {
      expect(() => loss(zeros([3, 1]), zeros([3]))).to.throw(
        ShapeError,
        `${loss.name}: input and target must have the same shape, got [3, 1] and [3]`,
      );
      expect(() => loss(zeros([3]), zeros([3], { dtype: 'float64' }))).to.throw(
        DTypeError,
        `${loss.name}: input is float32, but target is float64`,
      );
    }
    expect(() => smoothL1Loss(zeros([1]), zeros([1]), { beta: -1 })).to.throw(
      ArgumentError,
      'smoothL1Loss: beta must not be negative, got -1',
    );
    expect(() => huberLoss(zeros([1]), zeros([1]), { delta: 0 })).to.throw(ArgumentError, 'huberLoss: delta must be greater than 0, got 0');
  });
});

describe('bceWithLogits and logSigmoid', () => {
  it('have the values of their formulas, without overflow', () => {
    const x = doubles(0, 2, -800, 800);
    expectClose(logSigmoid(x), doubles(-Math.LN2, -Math.log1p(Math.exp(-2)), -800, 0));
    expectClose(bceWithLogits(x, doubles(1, 0, 1, 0), { reduction: 'none' }), doubles(Math.LN2, 2 + Math.log1p(Math.exp(-2)), 800, 800));
  });

  it('have right derivatives at 0 too, where the pieces of the formula have kinks', () => {
    const x = tensor([0, 0], { dtype: 'float64', requiresGrad: true });
    const [first] = grad(bceWithLogits(x, doubles(1, 0), { reduction: 'sum' }), [x], { createGraph: true });
    expect(first.toArray()).to.deep.equal([-0.5, 0.5]);
    expect(grad(first.sum(), [x])[0].toArray()).to.deep.equal([0.25, 0.25]);
  });

  it('have right first and second derivatives with all weights', () => {
    const [weight, posWeight] = [doubles(0.5, 1, 2), doubles(3, 1, 0.5)];
    prove(logSigmoid, leaf([7]));
    for (const reduction of reductions) {
      prove((x, t) => bceWithLogits(x, t.sigmoid(), { weight, posWeight, reduction }), leaf([2, 3], 1), leaf([2, 3], 2));
    }
  });

  it('say what does not fit', () => {
    expect(() => bceWithLogits(zeros([2]), zeros([3]))).to.throw(ShapeError, 'bceWithLogits: input and target must have the same shape');
    expect(() => bceWithLogits(zeros([2]), zeros([2]), { posWeight: ones([2], { dtype: 'float64' }) })).to.throw(
      DTypeError,
      'bceWithLogits: input is float32, but posWeight is float64',
    );
    expect(() => logSigmoid(zeros([2], { dtype: 'int32' }))).to.throw(DTypeError, 'logSigmoid: input must be float32 or float64');
  });
});

describe('loss modules', () => {
  it('give what their functions give', () => {
    const [x, t] = [normal([4, 3], 1), normal([4, 3], 2)];
    const labels = classes(0, 2, 1, 1);
    const weight = doubles(1, 2, 3);
    expectClose(
      new CrossEntropyLoss({ weight, labelSmoothing: 0.1, ignoreIndex: 2 }).forward(x, labels),
      crossEntropy(x, labels, { weight, labelSmoothing: 0.1, ignoreIndex: 2 }),
    );
    expectClose(new NLLLoss({ weight, reduction: 'sum' }).forward(x, labels), nllLoss(x, labels, { weight, reduction: 'sum' }));
    expectClose(new MSELoss({ reduction: 'none' }).forward(x, t), mseLoss(x, t, { reduction: 'none' }));
    expectClose(new L1Loss().forward(x, t), l1Loss(x, t));
    expectClose(new SmoothL1Loss({ beta: 0.5 }).forward(x, t), smoothL1Loss(x, t, { beta: 0.5 }));
    expectClose(new HuberLoss({ delta: 0.5 }).forward(x, t), huberLoss(x, t, { delta: 0.5 }));
    expectClose(
      new BCEWithLogitsLoss({ posWeight: weight }).forward(x, softmax(t, 1)),
      bceWithLogits(x, softmax(t, 1), { posWeight: weight }),
    );
  });

  it('keep their weights as buffers', () => {
    const loss = new CrossEntropyLoss({ weight: ones([3]) });
    expect([...loss.namedBuffers().keys()]).to.deep.equal(['weight']);
    expect(loss.to('float64').weight?.dtype).to.equal('float64');
  });

  it('check the reduction when they are made', () => {
    const wrong: { reduction: 'mean' } = JSON.parse('{"reduction": "average"}');
    expect(() => new MSELoss(wrong)).to.throw(ArgumentError, "MSELoss: reduction must be one of none, mean, sum, not 'average'");
  });
});

import {
  ArgumentError,
  arange,
  DTypeError,
  GradientError,
  IndexError,
  inferenceMode,
  noGrad,
  ones,
  Parameter,
  ShapeError,
  tensor,
  zeros,
} from '@convgrad/core';
import { expect } from 'chai';

describe('writing in place', () => {
  it('changes the numbers, and returns the tensor', () => {
    const x = zeros([2, 2]);
    expect(x.copy_(tensor([1, 2]))).to.equal(x);
    expect(x.toArray()).to.deep.equal([
      [1, 2],
      [1, 2],
    ]);
    expect(x.add_(tensor([[10], [20]])).toArray()).to.deep.equal([
      [11, 12],
      [21, 22],
    ]);
    expect(x.mul_(2).add_(0.5).toArray()).to.deep.equal([
      [22.5, 24.5],
      [42.5, 44.5],
    ]);
    expect(x.fill_(3).toArray()).to.deep.equal([
      [3, 3],
      [3, 3],
    ]);
    expect(x.zero_().toArray()).to.deep.equal([
      [0, 0],
      [0, 0],
    ]);
  });

  it('shows in every view', () => {
    const x = zeros([4]);
    const view = x.reshape([2, 2]);
    x.set_([3], 5);
    expect(view.toArray()).to.deep.equal([
      [0, 0],
      [0, 5],
    ]);
  });

  it('takes the tensor itself as the source', () => {
    const x = tensor([1, 2, 3]);
    expect(x.add_(x).toArray()).to.deep.equal([2, 4, 6]);
    expect(x.mul_(x).toArray()).to.deep.equal([4, 16, 36]);
    expect(x.copy_(x).toArray()).to.deep.equal([4, 16, 36]);
    expect(x.set_([{ step: -1 }], x).toArray()).to.deep.equal([36, 16, 4]);
  });

  it('works in integers', () => {
    const bytes = tensor(new Uint8Array([250, 2]));
    expect(bytes.add_(5).toArray()).to.deep.equal([255, 7]);
    expect(bytes.mul_(tensor(new Uint8Array([1, 3]))).toArray()).to.deep.equal([255, 21]);
    expect(tensor([1, 2], { dtype: 'int32' }).add_(bytes).toArray()).to.deep.equal([256, 23]);
    expect(tensor([1, 2]).mul_(bytes).toArray()).to.deep.equal([255, 42]);
  });

  it('works on parameters, whose live memory it changes', () => {
    const w = new Parameter(ones([3]));
    const { data } = w;
    noGrad(() => w.mul_(4).set_([0], 1));
    expect(Array.from(data)).to.deep.equal([1, 4, 4]);
  });

  it('works inside inferenceMode', () => {
    const total = zeros([2]);
    inferenceMode(() => {
      const part = ones([2]).add_(1);
      total.add_(part);
    });
    expect(total.toArray()).to.deep.equal([2, 2]);
  });
});

describe('set_', () => {
  it('writes the places that an index names', () => {
    const x = zeros([2, 4]);
    x.set_([0, { step: 2 }], 1);
    x.set_([':', -1], tensor([8, 9]));
    expect(x.toArray()).to.deep.equal([
      [1, 0, 1, 8],
      [0, 0, 0, 9],
    ]);
    x.set_(['...', { start: 1, end: 3 }], tensor([[5], [6]]));
    expect(x.toArray()).to.deep.equal([
      [1, 5, 5, 8],
      [0, 6, 6, 9],
    ]);
    x.set_([1, { step: -1 }], arange(4));
    expect(x.toArray()).to.deep.equal([
      [1, 5, 5, 8],
      [3, 2, 1, 0],
    ]);
    x.set_([], 0);
    expect(x.sum().item()).to.equal(0);
  });

  it('writes nothing where the index names nothing', () => {
    expect(
      arange(3)
        .set_([{ start: 3 }], 7)
        .toArray(),
    ).to.deep.equal([0, 1, 2]);
  });

  it('says what is wrong', () => {
    expect(() => arange(3).set_([3], 0)).to.throw(IndexError, 'set_: index 3 is out of range for dimension 0 of length 3');
    expect(() => arange(3).set_([{ end: 2 }], arange(3))).to.throw(ShapeError, 'set_: a source of shape [3] does not broadcast to [2]');
  });
});

describe('what may not be written in place', () => {
  it('is a leaf that requires gradients, outside noGrad', () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const message = 'the tensor of shape [2] is a leaf that requires gradients; write it inside noGrad(() => ...)';
    expect(() => w.fill_(0)).to.throw(GradientError, `fill_: ${message}`);
    expect(() => w.zero_()).to.throw(GradientError, `zero_: ${message}`);
    expect(() => w.copy_(w)).to.throw(GradientError, `copy_: ${message}`);
    expect(() => w.add_(1)).to.throw(GradientError, `add_: ${message}`);
    expect(() => w.mul_(1)).to.throw(GradientError, `mul_: ${message}`);
    expect(() => w.set_([0], 1)).to.throw(GradientError, `set_: ${message}`);
    expect(noGrad(() => w.add_(1)).toArray()).to.deep.equal([2, 3]);
    expect(w.requiresGrad).to.equal(true);
  });

  it('is a result of a recorded operation, anywhere', () => {
    const y = tensor([1, 2], { requiresGrad: true }).mul(2);
    const message = 'fill_: the tensor of shape [2] was made by a recorded operation (mul); only leaves are written in place';
    expect(() => y.fill_(0)).to.throw(GradientError, message);
    expect(() => noGrad(() => y.fill_(0))).to.throw(GradientError, message);
  });

  it('is anything, from a source whose gradients would be lost', () => {
    const w = tensor([1, 2], { requiresGrad: true });
    expect(() => zeros([2]).copy_(w)).to.throw(GradientError, 'copy_: the source of shape [2] requires gradients');
    expect(zeros([2]).copy_(w.detach()).toArray()).to.deep.equal([1, 2]);
    expect(noGrad(() => zeros([2]).add_(w)).toArray()).to.deep.equal([1, 2]);
  });

  it('is what does not fit in shape or dtype', () => {
    expect(() => zeros([2]).copy_(zeros([3]))).to.throw(ShapeError, 'copy_: a source of shape [3] does not broadcast to [2]');
    expect(() => zeros([2]).add_(zeros([1, 2]))).to.throw(ShapeError, 'add_: a source of shape [1, 2] does not broadcast to [2]');
    expect(() => zeros([2]).add_(zeros([2], { dtype: 'float64' }))).to.throw(
      DTypeError,
      "add_: the target is float32, but the source is float64; convert it with to('float32')",
    );
    expect(() => zeros([2], { dtype: 'int32' }).copy_(zeros([2]))).to.throw(
      DTypeError,
      'copy_: the target is int32, but the source is float32',
    );
    expect(() => zeros([2], { dtype: 'int32' }).add_(0.5)).to.throw(ArgumentError, 'add_: the value is 0.5, but int32 holds whole numbers');
    expect(() => zeros([2], { dtype: 'uint8' }).fill_(256)).to.throw(ArgumentError, 'fill_: the value is 256, but uint8 holds');
  });
});

describe('a backward whose values were overwritten', () => {
  for (const [name, write] of Object.entries({
    fill_: (x) => x.fill_(0),
    copy_: (x) => x.copy_(3),
    add_: (x) => x.add_(1),
    set_: (x) => x.set_([0], 1),
  } satisfies Record<string, (x: Parameter) => unknown>)) {
    it(`by ${name} says so`, () => {
      const w = new Parameter(ones([2]));
      const loss = w.square().sum();
      noGrad(() => write(w));
      expect(() => loss.backward()).to.throw(
        GradientError,
        'square: backward needs a float32 tensor of shape [2] that was overwritten in place since the forward',
      );
    });
  }
});

import {
  ArgumentError,
  arange,
  cat,
  chunk,
  DTypeError,
  grad,
  ones,
  repeat,
  ShapeError,
  split,
  stack,
  sum,
  tensor,
  tile,
  unbind,
  zeros,
} from '@convgrad/core';
import { expect } from 'chai';
import { arrays, counting, prove, x234 } from './inputs.ts';

describe('cat and stack', () => {
  it('put tensors one after the other along a dimension', () => {
    const [a, b] = [tensor([[1, 2]]), tensor([[3, 4]])];
    expect(cat([a, b]).toArray()).to.deep.equal([
      [1, 2],
      [3, 4],
    ]);
    expect(cat([a, b], -1).toArray()).to.deep.equal([[1, 2, 3, 4]]);
    expect(stack([tensor([1, 2]), tensor([3, 4])], 1).toArray()).to.deep.equal([
      [1, 3],
      [2, 4],
    ]);
    expect(stack([tensor(1), tensor(2)]).toArray()).to.deep.equal([1, 2]);
  });

  it('keep integers, and take empty parts', () => {
    const joined = cat([zeros([2, 0], { dtype: 'uint8' }), ones([2, 1], { dtype: 'uint8' })], 1);
    expect(joined.dtype).to.equal('uint8');
    expect(joined.toArray()).to.deep.equal([[1], [1]]);
  });

  it('have gradients of both orders, also of one tensor used twice', () => {
    prove((a, b) => cat([a, b, a], 1), [2, 3], [2, 1]);
    prove((a, b) => cat([a, b]), [2, 3], [1, 3]);
    prove((a, b) => stack([a, b], 1), [2, 3], [2, 3]);
  });

  it('give a gradient only to the parts that ask for one', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const fixed = tensor([3]);
    cat([fixed, x]).square().sum().backward();
    expect(x.grad?.toArray()).to.deep.equal([2, 4]);
    expect(fixed.grad).to.equal(null);
  });

  it('say which tensor does not fit', () => {
    expect(() => cat([])).to.throw(ArgumentError, 'cat: expected a list of at least one tensor');
    expect(() => cat([ones([2, 3]), ones([2, 2])])).to.throw(
      ShapeError,
      'cat: shapes must agree in all dimensions but 0: tensor 0 is [2, 3], but tensor 1 is [2, 2]',
    );
    expect(() => cat([ones([2]), ones([2], { dtype: 'float64' })])).to.throw(
      DTypeError,
      "cat: tensor 0 is float32, but tensor 1 is float64; convert one, as in x.to('float32')",
    );
    expect(() => cat([tensor(1), tensor(2)])).to.throw(ShapeError, 'cat: a scalar has no dimension 0');
    expect(() => stack([ones([2]), ones([3])])).to.throw(ShapeError, 'stack: tensor 0 has shape [2], but tensor 1 has [3]');
    expect(() => stack([])).to.throw(ArgumentError, 'stack: expected a list');
  });
});

describe('split, chunk and unbind', () => {
  it('cut a dimension into parts', () => {
    expect(arrays(split(arange(5), 2))).to.deep.equal([[0, 1], [2, 3], [4]]);
    expect(arrays(split(arange(5), [1, 0, 4]))).to.deep.equal([[0], [], [1, 2, 3, 4]]);
    expect(arrays(split(counting([2, 3]), 2, 1))).to.deep.equal([
      [
        [0, 1],
        [3, 4],
      ],
      [[2], [5]],
    ]);
    expect(arrays(unbind(counting([2, 2]), 1))).to.deep.equal([
      [0, 2],
      [1, 3],
    ]);
  });

  it('chunk into equal parts but for the last, and into fewer where they do not suffice', () => {
    expect(arrays(chunk(arange(5), 2))).to.deep.equal([
      [0, 1, 2],
      [3, 4],
    ]);
    expect(chunk(arange(5), 4).map((part) => part.size)).to.deep.equal([2, 2, 1]);
    expect(chunk(zeros([0, 2]), 3).map((part) => part.shape)).to.deep.equal([
      [0, 2],
      [0, 2],
      [0, 2],
    ]);
  });

  it('have gradients of both orders, also where some parts are not used', () => {
    prove((x) => split(x, [1, 3, 1], 1), [2, 5]);
    prove((x) => split(x, [1, 3, 1], 1)[1], [2, 5]);
    prove((x) => chunk(x, 2), [3, 2]);
    prove((x) => unbind(x, 1), [2, 3]);
    prove((x) => split(x, 2).map((part) => part.square()), [5, 2]);
  });

  it('are the adjoints of cat: cutting what was joined changes nothing', () => {
    const x = tensor([[1, 2, 3]], { requiresGrad: true });
    const [dx] = grad(sum(cat(split(x, [2, 1], 1), 1).mul(tensor([5, 6, 7]))), [x]);
    expect(dx.toArray()).to.deep.equal([[5, 6, 7]]);
  });

  it('give no gradient to integers', () => {
    const [first] = unbind(tensor([[1, 2]], { dtype: 'int32' }));
    expect(first.requiresGrad).to.equal(false);
    expect(first.dtype).to.equal('int32');
  });

  it('say what is wrong with the sizes', () => {
    expect(() => split(arange(5), [2, 2])).to.throw(
      ShapeError,
      'split: sizes [2, 2] do not add up to 5, the length of dimension 0 of shape [5]',
    );
    expect(() => split(arange(5), 0)).to.throw(ArgumentError, 'split: the size of a part must be a whole number of at least 1, got 0');
    expect(() => split(arange(5), [6, -1])).to.throw(ArgumentError, 'split: sizes must be whole numbers of at least 0, got [6, -1]');
    expect(() => chunk(arange(5), 0)).to.throw(ArgumentError, 'chunk: chunks must be a whole number of at least 1, got 0');
    expect(() => unbind(tensor(1))).to.throw(ShapeError, 'unbind: a scalar has no dimension 0');
  });
});

describe('repeat and tile', () => {
  it('put copies side by side', () => {
    expect(repeat(tensor([[1], [2]]), [2, 2]).toArray()).to.deep.equal([
      [1, 1],
      [2, 2],
      [1, 1],
      [2, 2],
    ]);
    expect(repeat(tensor([1, 2]), [2, 1]).toArray()).to.deep.equal([
      [1, 2],
      [1, 2],
    ]);
    expect(repeat(tensor(3), [2]).toArray()).to.deep.equal([3, 3]);
    expect(repeat(tensor([1]), [0]).toArray()).to.deep.equal([]);
    expect(tile(tensor([[1], [2]]), [2]).toArray()).to.deep.equal([
      [1, 1],
      [2, 2],
    ]);
  });

  it('repeat five dimensions at once', () => {
    expect(repeat(counting([2, 2, 2, 2, 2]), [2, 2, 2, 2, 2]).shape).to.deep.equal([4, 4, 4, 4, 4]);
  });

  it('write a new tensor even for one copy', () => {
    const x = tensor([1]);
    const y = repeat(x, [1]);
    x.fill_(0);
    expect(y.toArray()).to.deep.equal([1]);
  });

  it('have gradients of both orders', () => {
    prove((x) => repeat(x, [2, 1, 3]), [2, 2]);
    prove((x) => tile(x, [2]), [2, 3]);
  });

  it('say what is wrong with the numbers', () => {
    expect(() => repeat(x234(), [2, 2])).to.throw(ShapeError, 'repeat: [2, 2] must name every dimension of shape [2, 3, 4]');
    expect(() => repeat(arange(2), [-1])).to.throw(ShapeError, 'repeat: repeats must be whole numbers of at least 0, got [-1]');
    expect(() => tile(arange(2), [0.5])).to.throw(ShapeError, 'tile: repeats');
  });
});

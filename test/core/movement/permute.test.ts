import { ArgumentError, arange, clone, flip, index, movedim, permute, roll, ShapeError, t, tensor, transpose, zeros } from '@convgrad/core';
import { expect } from 'chai';
import { counting, prove, x234 } from './inputs.ts';

describe('permute, transpose, t and movedim', () => {
  it('put element [i, j, k] where the order says', () => {
    const x = counting([2, 3, 4]);
    const y = permute(x, [2, 0, 1]);
    expect(y.shape).to.deep.equal([4, 2, 3]);
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < 3; j++) {
        for (let k = 0; k < 4; k++) expect(index(y, k, i, j).item()).to.equal(index(x, i, j, k).item());
      }
    }
  });

  it('count negative dimensions from the end', () => {
    expect(x234().permute([-1, 0, -2]).shape).to.deep.equal([4, 2, 3]);
    expect(transpose(x234(), -1, 0).shape).to.deep.equal([4, 3, 2]);
    expect(movedim(x234(), -1, 0).shape).to.deep.equal([4, 2, 3]);
    expect(movedim(x234(), [0, 1], [-1, -2]).shape).to.deep.equal([4, 3, 2]);
  });

  it('transpose a matrix, and leave vectors and scalars as they are', () => {
    expect(t(tensor([[1, 2, 3]])).toArray()).to.deep.equal([[1], [2], [3]]);
    expect(t(tensor([1, 2])).toArray()).to.deep.equal([1, 2]);
    expect(t(tensor(3)).item()).to.equal(3);
  });

  it('write a new tensor even where nothing moves', () => {
    const x = tensor([1, 2]);
    const y = permute(x, [0]);
    x.fill_(0);
    expect(y.toArray()).to.deep.equal([1, 2]);
  });

  it('have gradients of both orders', () => {
    prove((x) => permute(x, [2, 0, 1]), [2, 3, 4]);
    prove((x) => transpose(x, 0, -1), [2, 3, 2]);
    prove((x) => t(x), [2, 3]);
    prove((x) => movedim(x, [0, 2], [1, 0]), [2, 3, 2]);
  });

  it('say which dimensions are wrong', () => {
    expect(() => permute(x234(), [0, 1])).to.throw(ShapeError, 'permute: dims [0, 1] do not name every dimension of shape [2, 3, 4] once');
    expect(() => permute(x234(), [0, 1, 1])).to.throw(ShapeError, 'once');
    expect(() => permute(x234(), [0, 1, 3])).to.throw(ShapeError, 'dimension 3 does not exist in a tensor of 3 dimensions');
    expect(() => transpose(x234(), 0, 3)).to.throw(ShapeError, 'transpose: dimension 3 does not exist');
    expect(() => t(x234())).to.throw(ShapeError, 't: expected at most two dimensions, got shape [2, 3, 4]');
    expect(() => movedim(x234(), [0, 1], [2])).to.throw(ShapeError, 'must name as many dimensions, each once');
    expect(() => movedim(x234(), [0, 0], [1, 2])).to.throw(ShapeError, 'movedim: source [0,0]');
  });
});

describe('flip and roll', () => {
  it('flip reverses dimensions', () => {
    expect(flip(counting([2, 3]), [0, 1]).toArray()).to.deep.equal([
      [5, 4, 3],
      [2, 1, 0],
    ]);
    expect(flip(counting([2, 3]), -1).toArray()).to.deep.equal([
      [2, 1, 0],
      [5, 4, 3],
    ]);
    expect(flip(zeros([0, 2]), 0).shape).to.deep.equal([0, 2]);
    expect(() => flip(arange(2), [0, -1])).to.throw(ShapeError, 'flip: dimension named twice');
  });

  it('roll brings in at one end what leaves at the other', () => {
    expect(roll(arange(5), 2).toArray()).to.deep.equal([3, 4, 0, 1, 2]);
    expect(roll(arange(5), -6).toArray()).to.deep.equal([1, 2, 3, 4, 0]);
    expect(roll(counting([2, 3]), [1, 1], [0, 1]).toArray()).to.deep.equal([
      [5, 3, 4],
      [2, 0, 1],
    ]);
    expect(roll(counting([2, 3]), 1).toArray()).to.deep.equal([
      [5, 0, 1],
      [2, 3, 4],
    ]);
    expect(roll(arange(4), [1, 2], [0, 0]).toArray()).to.deep.equal([1, 2, 3, 0]);
    expect(roll(zeros([0]), 1).shape).to.deep.equal([0]);
  });

  it('have gradients of both orders', () => {
    prove((x) => flip(x, [0, 2]), [2, 2, 3]);
    prove((x) => roll(x, [1, -1], [0, 1]), [3, 4]);
    prove((x) => roll(x, 2), [2, 3]);
  });

  it('say what is wrong with the shifts', () => {
    expect(() => roll(arange(3), [1, 2], 0)).to.throw(ArgumentError, 'roll: expected a whole shift for each of the dims [0], got [1,2]');
    expect(() => roll(arange(3), 0.5, 0)).to.throw(ArgumentError, 'got [0.5]');
    expect(() => roll(arange(3), [1])).to.throw(ArgumentError, 'roll: several shifts need as many dims');
    expect(() => roll(arange(3), 1, 1)).to.throw(ShapeError, 'roll: dimension 1 does not exist');
  });
});

describe('clone', () => {
  it('copies, and lets gradients through', () => {
    const x = tensor([1, 2]);
    const y = clone(x);
    x.fill_(0);
    expect(y.toArray()).to.deep.equal([1, 2]);
    prove((z) => clone(z), [3]);
  });
});

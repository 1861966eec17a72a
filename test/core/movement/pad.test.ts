import { ArgumentError, arange, index, ones, type PadMode, pad, ShapeError, tensor, tril, triu, zeros } from '@convgrad/core';
import { expect } from 'chai';
import { counting, prove } from './inputs.ts';

describe('tril and triu', () => {
  it('leave a triangle of every matrix', () => {
    expect(tril(ones([2, 3]), 1).toArray()).to.deep.equal([
      [1, 1, 0],
      [1, 1, 1],
    ]);
    expect(triu(ones([2, 2, 2])).toArray()).to.deep.equal([
      [
        [1, 1],
        [0, 1],
      ],
      [
        [1, 1],
        [0, 1],
      ],
    ]);
    expect(triu(counting([3, 2]), -1).toArray()).to.deep.equal([
      [0, 1],
      [2, 3],
      [0, 5],
    ]);
  });

  it('cut NaN and infinities off too', () => {
    expect(
      tril(
        tensor([
          [1, Number.NaN],
          [Number.POSITIVE_INFINITY, 2],
        ]),
      ).toArray(),
    ).to.deep.equal([
      [1, 0],
      [Number.POSITIVE_INFINITY, 2],
    ]);
  });

  it('have gradients of both orders', () => {
    prove((x) => tril(x), [3, 3]);
    prove((x) => triu(x, 1), [2, 2, 3]);
  });

  it('say what they need', () => {
    expect(() => tril(arange(3))).to.throw(ShapeError, 'tril: expected at least two dimensions, got shape [3]');
    expect(() => triu(ones([2, 2]), 0.5)).to.throw(ArgumentError, 'triu: diagonal must be a whole number, not 0.5');
  });
});

describe('pad', () => {
  const row = () => tensor([1, 2, 3]);

  it('puts a constant around, the last dimension first', () => {
    expect(pad(tensor([[1, 2]]), [1, 2, 0, 1], { value: 9 }).toArray()).to.deep.equal([
      [9, 1, 2, 9, 9],
      [9, 9, 9, 9, 9],
    ]);
    expect(pad(row(), [1, 1]).toArray()).to.deep.equal([0, 1, 2, 3, 0]);
    expect(pad(zeros([0]), [1, 1], { value: 2 }).toArray()).to.deep.equal([2, 2]);
  });

  it('mirrors, repeats the edge, or goes round', () => {
    expect(pad(row(), [2, 2], { mode: 'reflect' }).toArray()).to.deep.equal([3, 2, 1, 2, 3, 2, 1]);
    expect(pad(row(), [2, 1], { mode: 'replicate' }).toArray()).to.deep.equal([1, 1, 1, 2, 3, 3]);
    expect(pad(row(), [3, 1], { mode: 'circular' }).toArray()).to.deep.equal([1, 2, 3, 1, 2, 3, 1]);
  });

  it('fills the corners of an image as each mode says', () => {
    const image = counting([1, 1, 2, 2]);
    const corner = (mode: PadMode) => index(pad(image, [1, 1, 1, 1], { mode }), 0, 0, 0, 0).item();
    expect(corner('reflect')).to.equal(3);
    expect(corner('replicate')).to.equal(0);
    expect(corner('circular')).to.equal(3);
    expect(corner('constant')).to.equal(0);
  });

  it('crops where a number is negative, in every mode', () => {
    expect(pad(row(), [-1, 1], { value: 7 }).toArray()).to.deep.equal([2, 3, 7]);
    expect(pad(row(), [-1, -1]).toArray()).to.deep.equal([2]);
    expect(pad(row(), [-1, 2], { mode: 'reflect' }).toArray()).to.deep.equal([2, 3, 2, 1]);
    expect(pad(row(), [1, -2], { mode: 'circular' }).toArray()).to.deep.equal([3, 1]);
  });

  it('keeps integers', () => {
    const padded = pad(tensor([1], { dtype: 'uint8' }), [1, 0], { value: 255 });
    expect(padded.dtype).to.equal('uint8');
    expect(padded.toArray()).to.deep.equal([255, 1]);
  });

  it('has gradients of both orders in every mode', () => {
    prove((x) => pad(x, [1, 2, 0, 1], { value: 3 }), [2, 2, 3]);
    prove((x) => pad(x, [1, -1, -1, 2]), [2, 3]);
    prove((x) => pad(x, [2, 1, 1, 1], { mode: 'reflect' }), [2, 2, 3]);
    prove((x) => pad(x, [4, 1, 2, 0], { mode: 'replicate' }), [2, 2, 2]);
    prove((x) => pad(x, [3, 1, 1, 2], { mode: 'circular' }), [2, 3]);
    prove((x) => pad(x, [0, 0]), [2]);
  });

  it('says what is wrong with a padding', () => {
    expect(() => pad(row(), [1])).to.throw(ArgumentError, 'pad: padding must be pairs of whole numbers, last dimension first, got [1]');
    expect(() => pad(row(), [1, 1, 1, 1])).to.throw(ShapeError, 'pad: [1, 1, 1, 1] pads 2 dimensions, but shape [3] has 1');
    expect(() => pad(row(), [3, 0], { mode: 'reflect' })).to.throw(
      ShapeError,
      'pad: reflect padding (3, 0) is wider than the 2 that dimension 0, of length 3, of shape [3] can give',
    );
    expect(() => pad(row(), [0, 4], { mode: 'circular' })).to.throw(ShapeError, 'pad: circular padding (0, 4) is wider than the 3');
    expect(() => pad(zeros([0]), [1, 0], { mode: 'replicate' })).to.throw(ShapeError, 'wider than the 0');
    expect(() => pad(row(), [-2, -2])).to.throw(
      ShapeError,
      'pad: padding (-2, -2) crops more than dimension 0, of length 3, of shape [3] has',
    );
    expect(() => Reflect.apply(pad, undefined, [row(), [1, 1], { mode: 'mirror' }])).to.throw(
      ArgumentError,
      'pad: mode must be one of constant, reflect, replicate, circular, not mirror',
    );
    expect(() => pad(tensor([1], { dtype: 'uint8' }), [1, 1], { value: -1 })).to.throw(
      ArgumentError,
      'pad: the value is -1, but uint8 holds',
    );
  });
});

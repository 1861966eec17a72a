import { ArgumentError, arange, IndexError, index, narrow, ShapeError, select, slice, tensor } from '@convgrad/core';
import { expect } from 'chai';
import { counting, prove, x234 } from './inputs.ts';

/** What x[start:end:step] is in Python, by stepping through. */
function pythonSlice(length: number, start: number | null, end: number | null, step: number): number[] {
  const from = start === null ? null : start < 0 ? start + length : start;
  const to = end === null ? null : end < 0 ? end + length : end;
  const taken: number[] = [];
  if (step > 0) {
    for (let i = Math.max(from ?? 0, 0); i < Math.min(to ?? length, length); i += step) taken.push(i);
  } else {
    for (let i = Math.min(from ?? length - 1, length - 1); i > Math.max(to ?? -1, -1); i += step) taken.push(i);
  }
  return taken;
}

describe('slice, narrow and select', () => {
  it('slice as Python does, for every start, end and step', () => {
    const ends = [null, -7, -5, -4, -1, 0, 1, 3, 4, 5, 8];
    for (const length of [0, 1, 4, 5]) {
      for (const start of ends) {
        for (const end of ends) {
          for (const step of [1, 2, 3, 9, -1, -2, -9]) {
            expect(slice(arange(length), 0, start, end, step).toArray(), `${length}: ${start}, ${end}, ${step}`).to.deep.equal(
              pythonSlice(length, start, end, step),
            );
          }
        }
      }
    }
  });

  it('take part of an inner dimension', () => {
    expect(slice(counting([2, 4]), 1, 3, 0, -2).toArray()).to.deep.equal([
      [3, 1],
      [7, 5],
    ]);
    expect(narrow(counting([2, 4]), -1, -3, 2).toArray()).to.deep.equal([
      [1, 2],
      [5, 6],
    ]);
    expect(select(counting([2, 3]), 1, -1).toArray()).to.deep.equal([2, 5]);
  });

  it('have gradients of both orders', () => {
    prove((x) => slice(x, 1, -1, null, -2), [2, 5]);
    prove((x) => narrow(x, 0, 1, 2), [4, 2]);
    prove((x) => select(x, 1, 2), [2, 3, 2]);
    prove((x) => slice(x, 0, 2, 2), [3, 2]);
  });

  it('take a row of a large ordinary array, from its beginning, its end and backwards', () => {
    const images = counting([50, 3, 8]);
    expect(narrow(images, 0, 49, 1).toTypedArray()[23]).to.equal(1199);
    expect(slice(images, 0, -1, null, -24).toTypedArray()[24]).to.equal(25 * 24);
    expect(select(images, 2, 7).toTypedArray()[149]).to.equal(1199);
  });

  it('say which index does not exist', () => {
    expect(() => select(x234(), 1, 3)).to.throw(
      IndexError,
      'select: index 3 is out of range for dimension 1 of length 3 in shape [2, 3, 4]',
    );
    expect(() => select(x234(), 0, 0.5)).to.throw(IndexError, 'index 0.5 is out of range');
    expect(() => narrow(x234(), 2, 2, 3)).to.throw(
      IndexError,
      'narrow: start 2 and length 3 leave dimension 2, which has length 4, in shape [2, 3, 4]',
    );
    expect(() => narrow(x234(), 2, -5, 1)).to.throw(IndexError, 'narrow: start -5');
    expect(() => slice(x234(), 0, 0, 1, 0)).to.throw(ArgumentError, 'slice: step must not be 0');
    expect(() => slice(x234(), 0, 0.5)).to.throw(ArgumentError, 'slice: start must be a whole number, not 0.5');
    expect(() => slice(x234(), 3)).to.throw(ShapeError, 'slice: dimension 3 does not exist');
    expect(() => slice(tensor(1), 0)).to.throw(ShapeError, 'slice: a scalar has no dimension 0');
  });
});

describe('index', () => {
  it('combines numbers, ranges, new dimensions and the rest', () => {
    const x = x234();
    expect(index(x, 1, 2, 3).item()).to.equal(23);
    expect(index(x, -1).shape).to.deep.equal([3, 4]);
    expect(index(x, ':', 0).toArray()).to.deep.equal([
      [0, 1, 2, 3],
      [12, 13, 14, 15],
    ]);
    expect(index(x, '...', 0).toArray()).to.deep.equal([
      [0, 4, 8],
      [12, 16, 20],
    ]);
    expect(index(x, 0, null, { start: 1 }, { step: -2 }).toArray()).to.deep.equal([
      [
        [7, 5],
        [11, 9],
      ],
    ]);
    expect(index(x, null, '...', null).shape).to.deep.equal([1, 2, 3, 4, 1]);
    expect(index(x).toArray()).to.deep.equal(x.toArray());
    expect(index(x, {}, { start: 1, end: -1 }, 0).toArray()).to.deep.equal([[4], [16]]);
    expect(index(x, { start: 5 }).shape).to.deep.equal([0, 3, 4]);
    expect(index(tensor(7), null).toArray()).to.deep.equal([7]);
  });

  it('is a new tensor, not a view', () => {
    const x = tensor([1, 2, 3]);
    const y = index(x, { start: 1 });
    y.fill_(0);
    expect(x.toArray()).to.deep.equal([1, 2, 3]);
  });

  it('has gradients of both orders', () => {
    prove((x) => index(x, 0, { step: -2 }, '...', 1), [2, 3, 2, 2]);
    prove((x) => index(x, null, ':', { start: -2 }), [2, 3]);
    prove((x) => index(x, 1, 1), [2, 2]);
  });

  it('says what is wrong with an index', () => {
    expect(() => index(arange(3), 0, 0)).to.throw(IndexError, 'index: 2 indices for a tensor of 1 dimensions, shape [3]');
    expect(() => index(arange(3), -4)).to.throw(IndexError, 'index: index -4 is out of range for dimension 0 of length 3');
    expect(() => index(x234(), '...', 0, '...')).to.throw(ArgumentError, "index: '...' may stand only once");
    expect(() => index(arange(3), { step: 0 })).to.throw(ArgumentError, 'index: step must not be 0');
    expect(() => Reflect.apply(index, undefined, [arange(3), '1:2'])).to.throw(ArgumentError, 'index: an index is made of numbers, ranges');
  });
});

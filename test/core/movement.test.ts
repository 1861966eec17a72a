import {
  ArgumentError,
  arange,
  type CheckedFunction,
  cat,
  chunk,
  clone,
  DTypeError,
  flip,
  Generator,
  grad,
  gradcheck,
  gradgradcheck,
  IndexError,
  index,
  inferenceMode,
  movedim,
  narrow,
  noGrad,
  ones,
  type PadMode,
  pad,
  permute,
  randn,
  repeat,
  roll,
  type Shape,
  ShapeError,
  select,
  slice,
  split,
  stack,
  sum,
  type Tensor,
  t,
  tensor,
  tile,
  transpose,
  tril,
  triu,
  unbind,
  zeros,
} from '@convgrad/core';
import { expect } from 'chai';

/** 0, 1, 2, .. in a shape. */
function counting(shape: Shape): Tensor {
  return arange(shape.reduce((size, length) => size * length, 1)).reshape(shape);
}

function arrays(tensors: readonly Tensor[]): unknown[] {
  return tensors.map((tensor) => tensor.toArray());
}

/** First and second derivatives, at random float64 inputs of the shapes. */
function prove(f: CheckedFunction, ...shapes: readonly Shape[]): void {
  const generator = new Generator(5);
  const inputs = shapes.map((shape) => randn(shape, { dtype: 'float64', requiresGrad: true, generator }));
  gradcheck(f, inputs);
  gradgradcheck(f, inputs);
}

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

function x234(): Tensor {
  return counting([2, 3, 4]);
}

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

describe('clone', () => {
  it('copies, and lets gradients through', () => {
    const x = tensor([1, 2]);
    const y = clone(x);
    x.fill_(0);
    expect(y.toArray()).to.deep.equal([1, 2]);
    prove((z) => clone(z), [3]);
  });
});

describe('movement in the arena', () => {
  it('gives what it gives for ordinary arrays', () => {
    const calls: ((x: Tensor) => Tensor)[] = [
      (x) => permute(x, [2, 0, 1]),
      (x) => slice(x, 1, -1, null, -1),
      (x) => flip(x, [0, 2]),
      (x) => roll(x, [1, 2], [0, 2]),
      (x) => cat([x, x], 1),
      (x) => cat(split(x, [1, 3], 2).reverse(), 2),
      (x) => tril(x),
      (x) => repeat(x, [1, 2, 2]),
      (x) => pad(x, [1, 1], { mode: 'reflect' }),
      (x) => pad(x, [1, 1, -1, 0]),
    ];
    for (const call of calls) {
      const ordinary = call(x234());
      const inArena = inferenceMode(() => call(clone(x234())));
      expect(inArena.toArray()).to.deep.equal(ordinary.toArray());
    }
  });

  it('refuses a tensor that backward recycled', () => {
    const x = ones([64, 512], { requiresGrad: true });
    const large = x.mul(2);
    permute(large, [1, 0]).sum().backward();
    expect(() => permute(large, [1, 0])).to.throw('backward() recycled its memory');
    expect(() => noGrad(() => slice(large, 0, 1))).to.throw('backward() recycled its memory');
  });
});

import { ArgumentError, DTypeError, ShapeError, tensor, zeros } from '@convgrad/core';
import { type InterpolateOptions, interpolate, Upsample } from '@convgrad/nn';
import { expect } from 'chai';
import { untyped } from '../errors/untyped.ts';
import { expectClose, normal } from './numbers.ts';

const float64 = { dtype: 'float64' } as const;

describe('interpolate', () => {
  it('repeats or leaves out pixels with mode nearest', () => {
    const x = normal([2, 3, 4, 5]);
    expectClose(interpolate(x, { scaleFactor: 2 }), x.view([2, 3, 4, 1, 5, 1]).expand([2, 3, 4, 2, 5, 2]).reshape([2, 3, 8, 10]));
    expect(interpolate(tensor([[[1, 2, 3, 4, 5]]]), { size: 3 }).toArray()).to.deep.equal([[[1, 2, 4]]]);
  });

  it('interpolates linearly, its border continuing beyond it', () => {
    const x = tensor([[[1, 3]]], float64);
    expect(interpolate(x, { scaleFactor: 2, mode: 'linear' }).toArray()).to.deep.equal([[[1, 1.5, 2.5, 3]]]);
    expect(interpolate(x, { size: 3, mode: 'linear', alignCorners: true }).toArray()).to.deep.equal([[[1, 2, 3]]]);
    expect(interpolate(x, { size: 1, mode: 'linear', alignCorners: true }).toArray()).to.deep.equal([[[1]]]);
    expect(interpolate(x, { size: 1, mode: 'linear' }).toArray()).to.deep.equal([[[2]]]);
  });

  it('is one dimension after the other', () => {
    const x = normal([2, 2, 3, 4]);
    const rows = interpolate(x.view([4, 3, 4]), { size: 7, mode: 'linear' }).view([2, 2, 3, 7]);
    const both = interpolate(rows.transpose(2, 3).reshape([4, 7, 3]), { size: 5, mode: 'linear' })
      .view([2, 2, 7, 5])
      .transpose(2, 3);
    expectClose(interpolate(x, { size: [5, 7], mode: 'bilinear' }), both);
    const volume = interpolate(x.unsqueeze(2), { size: [1, 5, 7], mode: 'trilinear' });
    expectClose(volume.squeeze(2), both);
  });

  it('leaves an image of the same size as it is, and takes an empty batch', () => {
    const x = normal([2, 2, 3, 4]);
    expectClose(interpolate(x, { size: [3, 4], mode: 'bilinear' }), x, 0);
    expect(interpolate(zeros([0, 2, 3, 4]), { scaleFactor: [1.5, 2.6] }).shape).to.deep.equal([0, 2, 4, 10]);
  });

  it('says what does not fit', () => {
    const call = (shape: number[], options: InterpolateOptions) => () => interpolate(zeros(shape), options);
    expect(call([1, 1, 2], {})).to.throw(ArgumentError, 'interpolate: give either size or scaleFactor');
    expect(call([1, 1, 2], { size: 4, scaleFactor: 3 })).to.throw(
      ArgumentError,
      'give either size or scaleFactor, got size 4 and scaleFactor 3',
    );
    expect(call([1, 1, 2], { size: 2 ** 31 })).to.throw(
      ShapeError,
      'input [1, 1, 2] in size [2147483648] has 2147483648 coordinates; there are at most 2147483647',
    );
    expect(() => untyped(interpolate, zeros([1, 1, 2]), { scaleFactor: '2' })).to.throw(
      ArgumentError,
      'scaleFactor must be numbers, got 2',
    );
    expect(call([1, 1, 2], { size: 4, mode: 'bilinear' })).to.throw(
      ShapeError,
      "interpolate: mode 'bilinear' is for 2 spatial dimensions, but input [1, 1, 2] has 1",
    );
    expect(call([1, 1, 2], { scaleFactor: 0.2 })).to.throw(ShapeError, 'input [1, 1, 2] with scaleFactor [0.2] gives the empty size [0]');
    expect(call([1, 1, 2], { scaleFactor: -1 })).to.throw(ArgumentError, 'scaleFactor must be one number above 0');
    expect(call([1, 1, 2], { size: 0 })).to.throw(ArgumentError, 'interpolate: size must be whole numbers of at least 1, got [0]');
    expect(call([1, 2], { size: 2 })).to.throw(ShapeError, 'input must be [N, C, one to three spatial dimensions], got [1, 2]');
    expect(call([1, 1, 2], { size: 2, alignCorners: true })).to.throw(ArgumentError, "alignCorners has no meaning with mode 'nearest'");
    expect(() => interpolate(zeros([1, 1, 2], { dtype: 'int32' }), { size: 2 })).to.throw(DTypeError, 'interpolate: input must be float32');
  });
});

describe('Upsample', () => {
  it('is interpolate with its options', () => {
    const x = normal([1, 2, 3, 4]);
    expectClose(new Upsample({ scaleFactor: 2, mode: 'bilinear' }).forward(x), interpolate(x, { scaleFactor: 2, mode: 'bilinear' }));
    expect(`${new Upsample({ scaleFactor: 2, mode: 'bilinear' })}`).to.equal('Upsample(scaleFactor=2, mode=bilinear)');
    expect(`${new Upsample({ size: [4, 6] })}`).to.equal('Upsample(size=[4, 6], mode=nearest)');
    expect(() => new Upsample({})).to.throw(ArgumentError, 'Upsample: give either size or scaleFactor');
  });
});

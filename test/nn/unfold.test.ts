import { ArgumentError, arange, matmul, ones, ShapeError, tensor, zeros } from '@convgrad/core';
import { conv1d, conv2d, conv3d, fold, unfold } from '@convgrad/nn';
import { expect } from 'chai';
import { expectClose, normal } from './numbers.ts';

const geometries = [
  { size: [7], kernel: [3], options: { stride: 2, dilation: 2, padding: [[2, 1]] as const } },
  { size: [5, 6], kernel: [3, 2], options: { stride: [1, 2], dilation: [1, 2], padding: [[0, 1], 2] as const } },
  { size: [5, 6], kernel: [2, 3], options: { stride: 3, padding: 'same' as const } },
  { size: [3, 4, 3], kernel: [2, 1, 3], options: { stride: [1, 2, 1], dilation: [2, 1, 1], padding: [1, 0, 1] } },
];

describe('unfold', () => {
  it('lists the patches as columns, channels and taps in row-major order', () => {
    expect(unfold(arange(4).reshape([1, 1, 4]), [2]).toArray()).to.deep.equal([
      [
        [0, 1, 2],
        [1, 2, 3],
      ],
    ]);
    expect(unfold(arange(8).reshape([2, 2, 2]), 2).toArray()).to.deep.equal([[0], [1], [2], [3], [4], [5], [6], [7]]);
    expect(unfold(ones([1, 1, 1]), 3, { padding: 1 }).toArray()).to.deep.equal([[0], [0], [0], [0], [1], [0], [0], [0], [0]]);
  });

  for (const { size, kernel, options } of geometries) {
    it(`gives a convolution of size [${size}] as a product of matrices: kernel [${kernel}], ${JSON.stringify(options)}`, () => {
      const [x, weight] = [normal([2, 3, ...size], 1), normal([4, 3, ...kernel], 2)];
      const f = size.length === 1 ? conv1d : size.length === 2 ? conv2d : conv3d;
      const want = f(x, weight, null, options);
      expectClose(matmul(weight.reshape([4, -1]), unfold(x, kernel, options)).reshape(want.shape), want);
    });

    it(`has fold as its adjoint: size [${size}], kernel [${kernel}], ${JSON.stringify(options)}`, () => {
      const x = normal([2, 3, ...size], 1);
      const columns = unfold(x, kernel, options);
      const y = normal(columns.shape, 2);
      const image = fold(y, size, kernel, options);
      expect(image.shape).to.deep.equal(x.shape);
      expectClose(columns.mul(y).sum(), x.mul(image).sum());
    });
  }
});

describe('fold', () => {
  it('adds up what overlaps', () => {
    expect(fold(ones([1, 2, 3]), [4], [2]).toArray()).to.deep.equal([[[1, 2, 2, 1]]]);
    expect(fold(unfold(ones([1, 3, 3]), 2), 3, 2).toArray()).to.deep.equal([
      [
        [1, 2, 1],
        [2, 4, 2],
        [1, 2, 1],
      ],
    ]);
  });

  it('drops what lies in the padding, and leaves zeros where no patch lies', () => {
    expect(fold(tensor([[1], [2], [3]]), [2], [3], { padding: [[1, 0]] }).toArray()).to.deep.equal([[2, 3]]);
    expect(fold(ones([1, 2]), [4], [1], { stride: 2 }).toArray()).to.deep.equal([[1, 0, 1, 0]]);
  });

  it('keeps integers', () => {
    expect(fold(unfold(ones([1, 3, 3], { dtype: 'int32' }), 2), 3, 2).dtype).to.equal('int32');
    const bytes = fold(unfold(ones([1, 3], { dtype: 'uint8' }).mul(200), [2]), [3], [2]);
    expect([bytes.dtype, bytes.toArray()]).to.deep.equal(['uint8', [[200, 400 - 256, 200]]]);
  });
});

describe('patches that do not fit', () => {
  it('get an error with the numbers', () => {
    expect(() => unfold(zeros([1, 1, 4, 4]), 1, { padding: 2 ** 16 })).to.throw(
      ShapeError,
      'unfold: the columns of an image [1, 1, 4, 4] are [1, 1, 17180917776], 17180917776 elements; there are at most 2147483647',
    );
    expect(() => unfold(zeros([1, 1, 3, 3]), 4)).to.throw(ShapeError, 'unfold: the kernel [4, 4] with dilation [1, 1] is 4 long');
    expect(() => unfold(zeros([1, 1, 3]), 2.5)).to.throw(ArgumentError, 'unfold: kernelSize must be whole numbers of at least 1');
    expect(() => unfold(zeros([1, 1, 3, 3, 3]), 2)).to.throw(ShapeError, 'unfold: input must be [N, C, H, W] or [C, H, W]');
    expect(() => unfold(zeros([1, 1, 3, 3, 3]), [1, 1, 1, 1])).to.throw(ArgumentError, 'one to three spatial dimensions, not 4');
    expect(() => fold(zeros([1, 5, 4]), 3, 2)).to.throw(
      ShapeError,
      'fold: the 5 rows of columns [1, 5, 4] do not divide by the 4 elements of kernel [2, 2]',
    );
    expect(() => fold(zeros([1, 8, 5]), 3, 2)).to.throw(
      ShapeError,
      'fold: an image of size [3, 3] has 2 x 2 = 4 patches, but columns [1, 8, 5] hold 5',
    );
    expect(() => fold(zeros([8]), 3, 2)).to.throw(ShapeError, 'fold: columns must be [N, C * kernel, patches]');
    expect(() => fold(zeros([1, 8, 4]), [3, 3, 3], [2, 2])).to.throw(ArgumentError, 'kernelSize needs one number, or 3');
  });
});

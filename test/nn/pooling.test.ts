import { ArgumentError, DTypeError, grad, ShapeError, type Tensor, tensor, zeros } from '@convgrad/core';
import {
  avgPool1d,
  avgPool2d,
  avgPool3d,
  maxPool1d,
  maxPool1dWithIndices,
  maxPool2d,
  maxPool2dWithIndices,
  maxPool3d,
  maxPool3dWithIndices,
} from '@convgrad/nn';
import { expect } from 'chai';
import { expectClose, leaf, normal, prove } from './numbers.ts';

describe('max pooling', () => {
  it('takes the largest element of each window', () => {
    expect(maxPool1d(tensor([[1, 3, 2, 0, 5]]), 2).toArray()).to.deep.equal([[3, 2]]);
    const x = tensor([
      [
        [1, 2, 3],
        [4, 9, 6],
        [7, 8, 5],
      ],
    ]);
    expect(maxPool2d(x, 2, { stride: 1 }).toArray()).to.deep.equal([
      [
        [9, 9],
        [9, 9],
      ],
    ]);
    expect(maxPool2d(x, [1, 3]).toArray()).to.deep.equal([[[3], [9], [8]]]);
  });

  it('never takes the padding, and says where in the unpadded plane it found the element', () => {
    const x = tensor([
      [
        [-1, -2],
        [-3, -4],
      ],
    ]);
    const { values, indices } = maxPool2dWithIndices(x, 2, { stride: 1, padding: 1 });
    expect(values.toArray()).to.deep.equal([
      [
        [-1, -1, -2],
        [-1, -1, -2],
        [-3, -3, -4],
      ],
    ]);
    expect(indices.dtype).to.equal('int32');
    expect(indices.toArray()).to.deep.equal([
      [
        [0, 0, 1],
        [0, 0, 1],
        [2, 2, 3],
      ],
    ]);
  });

  it('gives the gradient to the first of equal elements, and lets NaN win', () => {
    const x = tensor(
      [
        [
          [1, 1, 0, Number.NaN],
          [1, 1, 7, 7],
        ],
      ],
      { requiresGrad: true },
    );
    const y = maxPool2d(x, 2);
    expect(y.toArray()).to.deep.equal([[[1, Number.NaN]]]);
    expect(grad(y.sum(), [x])[0].toArray()).to.deep.equal([
      [
        [1, 0, 0, 1],
        [0, 0, 0, 0],
      ],
    ]);
  });

  it('adds up the gradients of overlapping windows', () => {
    const x = tensor([[0, 5, 1]], { requiresGrad: true });
    expect(grad(maxPool1d(x, 2, { stride: 1 }).sum(), [x])[0].toArray()).to.deep.equal([[0, 2, 0]]);
  });

  it('rounds up in ceil mode, but drops a window that would begin behind the image', () => {
    expect(maxPool1d(normal([1, 8]), 3, { stride: 2, ceilMode: true }).shape).to.deep.equal([1, 4]);
    expect(maxPool1d(normal([1, 8]), 3, { stride: 2 }).shape).to.deep.equal([1, 3]);
    // Windows begin at -1 and 2, and the one at 5 lies behind the image.
    expect(maxPool1d(normal([1, 4]), 2, { stride: 3, padding: 1, ceilMode: true }).shape).to.deep.equal([1, 2]);
  });

  it("looks at no later element with padding 'causal'", () => {
    expect(maxPool1d(tensor([[1, 3, 2, 0, 5]]), 3, { stride: 1, padding: 'causal' }).toArray()).to.deep.equal([[1, 3, 3, 3, 5]]);
  });

  it('has right first and second derivatives, with and without indices, in every rank', () => {
    const options = { stride: 2, padding: 1, dilation: 2 };
    prove((x) => maxPool1d(x, 3, options), leaf([2, 2, 11]));
    prove((x) => maxPool2d(x, [3, 2], { stride: [2, 3], padding: [1, 0], dilation: [2, 1] }), leaf([1, 2, 8, 7]));
    prove((x) => maxPool3d(x, 2, { stride: 1, ceilMode: true }), leaf([2, 2, 3, 3]));
    prove((x) => maxPool1dWithIndices(x, 3, options).values, leaf([2, 2, 11]));
    prove((x) => maxPool2dWithIndices(x, 2).values, leaf([1, 2, 4, 5]));
    prove((x) => maxPool3dWithIndices(x, 2).values, leaf([1, 2, 2, 4]));
  });

  it('pools the same in float32', () => {
    const x = normal([2, 3, 9, 8]);
    const options = { stride: 2, padding: 1 };
    expectClose(maxPool2d(x.to('float32'), 3, options).to('float64'), maxPool2d(x, 3, options), 1e-7);
  });
});

describe('average pooling', () => {
  it('is the mean of each window, the padding counting as zeros', () => {
    expect(avgPool1d(tensor([[1, 3, 2, 0]]), 2).toArray()).to.deep.equal([[2, 1]]);
    expect(avgPool1d(tensor([[2, 4]]), 2, { padding: 1 }).toArray()).to.deep.equal([[1, 2]]);
  });

  it('counts only the image without countIncludePad', () => {
    expect(avgPool1d(tensor([[2, 4]]), 2, { padding: 1, countIncludePad: false }).toArray()).to.deep.equal([[2, 4]]);
  });

  it('does not count what ceil mode adds', () => {
    expect(avgPool1d(tensor([[1, 2, 3]]), 2, { ceilMode: true }).toArray()).to.deep.equal([[1.5, 3]]);
  });

  it('divides by divisorOverride', () => {
    expect(avgPool1d(tensor([[1, 2, 3]]), 2, { stride: 1, divisorOverride: 4 }).toArray()).to.deep.equal([[0.75, 1.25]]);
  });

  it("takes pairs and 'same' as padding", () => {
    expect(avgPool1d(tensor([[1, 2, 3]]), 2, { stride: 1, padding: [[0, 1]], countIncludePad: false }).toArray()).to.deep.equal([
      [1.5, 2.5, 3],
    ]);
    expect(avgPool1d(tensor([[1, 2, 3]]), 2, { stride: 1, padding: 'same', countIncludePad: false }).toArray()).to.deep.equal([
      [1.5, 2.5, 3],
    ]);
  });

  it('has right first and second derivatives in every rank', () => {
    prove((x) => avgPool1d(x, 3, { stride: 2, padding: 1, countIncludePad: false }), leaf([2, 9]));
    prove((x) => avgPool2d(x, [2, 3], { stride: [3, 1], padding: [1, 0] }), leaf([1, 2, 7, 6]));
    prove((x) => avgPool2d(x, 3, { stride: 2, padding: 1, ceilMode: true }), leaf([1, 2, 6, 7]));
    prove((x) => avgPool2d(x, 2, { stride: 1, divisorOverride: 3 }), leaf([1, 1, 4, 4]));
    prove((x) => avgPool3d(x, 2, { stride: 1 }), leaf([2, 2, 3, 3]));
  });
});

describe('a pooling that does not fit', () => {
  const x = (): Tensor => zeros([1, 2, 5, 5]);

  it('says why', () => {
    expect(() => maxPool2d(zeros([5, 5]), 2)).to.throw(ShapeError, 'maxPool2d: input must be [N, C, H, W] or [C, H, W], got [5, 5]');
    expect(() => maxPool2d(zeros([2, 5, 0]), 2)).to.throw(ShapeError, 'maxPool2d: input [2, 5, 0] has an empty spatial dimension');
    expect(() => maxPool2d(x(), 6)).to.throw(
      ShapeError,
      'maxPool2d: the window [6, 6] with dilation [1, 1] is larger than input [1, 2, 5, 5]',
    );
    expect(() => maxPool2d(x(), 2, { padding: 2 })).to.throw(
      ShapeError,
      'maxPool2d: padding must be at most half of the window, got padding (2, 2) for kernelSize 2 and dilation 1',
    );
    expect(() => maxPool1d(zeros([1, 1]), 2, { dilation: 2, padding: 1 })).to.throw(
      ShapeError,
      'maxPool1d: window 0 has no element of the image',
    );
    expect(() => avgPool2d(x(), 0)).to.throw(ArgumentError, 'avgPool2d: kernelSize must be whole numbers of at least 1');
    expect(() => avgPool2d(x(), 2, { divisorOverride: 0 })).to.throw(
      ArgumentError,
      'avgPool2d: divisorOverride must be a whole number other than 0, of less than 2^31, got 0',
    );
    expect(() => avgPool2d(x().to('int32'), 2)).to.throw(DTypeError, 'avgPool2d: input must be float32 or float64, got int32 [1, 2, 5, 5]');
    expect(() => maxPool2d(x().to('int32'), 2)).to.throw(DTypeError, 'maxPool2d: input must be float32 or float64, got int32');
  });
});

import {
  ArgumentError,
  arange,
  DTypeError,
  enableGrad,
  grad,
  gradcheck,
  ShapeError,
  stack,
  type Tensor,
  tensor,
  zeros,
} from '@convgrad/core';
import { type GridPaddingMode, gridSample } from '@convgrad/nn';
import { expect } from 'chai';
import { sample } from '../proofs/case.ts';
import { expectClose, leaf, normal } from './numbers.ts';

const float64 = { dtype: 'float64' } as const;
const row = tensor([[[1, 2, 4, 8]]], float64);

/** Values of the row at positions in pixels. */
function at(positions: readonly number[], paddingMode: GridPaddingMode = 'zeros', mode: 'bilinear' | 'nearest' = 'bilinear'): number[] {
  const grid = tensor([positions.map((position) => [(2 * position + 1) / 4 - 1])], float64);
  return [...gridSample(row, grid, { paddingMode, mode }).toTypedArray()];
}

describe('gridSample', () => {
  it('gives the image back on the grid of its pixels', () => {
    const x = normal([2, 3, 4, 5]);
    const [ys, xs] = [4, 5].map((length) => arange(length, float64).mul(2).add(1).div(length).sub(1));
    const grid = stack([xs.expand([2, 4, 5]), ys.view([4, 1]).expand([2, 4, 5])], -1);
    expectClose(gridSample(x, grid), x, 1e-14);
  });

  it('takes coordinates in the order x, y, z', () => {
    const x = arange(24, float64).view([1, 1, 2, 3, 4]);
    const corner = tensor([[[[[1, -1, -1]]]]], float64);
    expect(gridSample(x, corner, { alignCorners: true }).item()).to.equal(3);
    expect(gridSample(x, tensor([[[[[-1, 1, -1]]]]], float64), { alignCorners: true }).item()).to.equal(8);
    expect(gridSample(x, tensor([[[[[-1, -1, 1]]]]], float64), { alignCorners: true }).item()).to.equal(12);
  });

  it('interpolates, and continues the image with zeros, its border, or itself mirrored', () => {
    expect(at([0.5, 2.25, -0.5, 3.75, -3, 5])).to.deep.equal([1.5, 5, 0.5, 2, 0, 0]);
    expect(at([0.5, -0.5, 3.75, -3, 5], 'border')).to.deep.equal([1.5, 1, 8, 1, 8]);
    expect(at([0.5, -0.5, 3.75, -2, 5, 8, -5], 'reflection')).to.deep.equal([1.5, 1, 8, 2, 4, 1, 8]);
  });

  it('takes the nearest pixel, halves to the even one', () => {
    expect(at([0.25, 0.5, 1.5, 2.75, -0.75, -0.25], 'zeros', 'nearest')).to.deep.equal([1, 1, 4, 8, 0, 1]);
    const beside = tensor([[[1, Number.NaN, Number.POSITIVE_INFINITY]]], float64);
    expect(gridSample(beside, tensor([[[-0.7]]], float64), { mode: 'nearest' }).item()).to.equal(1);
  });

  it('gives 0 and no gradients where a coordinate is no number, and with zeros where it is infinite', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const [x, grid] = [leaf([1, 2, 3, 3]), tensor([[[[0.1, bad]]]], { ...float64, requiresGrad: true })];
      const y = gridSample(x, grid);
      expect(y.flatten().toArray()).to.deep.equal([0, 0]);
      for (const gradient of grad(y.sum(), [x, grid])) expect([...gradient.toTypedArray()].every((value) => value === 0)).to.equal(true);
    }
    expect(at([Number.NaN], 'border')).to.deep.equal([0]);
    expect(at([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], 'border')).to.deep.equal([1, 8]);
  });

  it('has third derivatives', () => {
    const second = (...[x, grid]: Tensor[]): Tensor[] => {
      return enableGrad(() => {
        const [dGrid] = grad(gridSample(x, grid).square().sum(), [grid], { createGraph: true });
        return grad(dGrid.square().sum(), [x, grid], { createGraph: true });
      });
    };
    gradcheck(second, [leaf([1, 2, 3, 4]), sample(3, [1, 2, 2, 2])], { fast: true });
  });

  it('says what does not fit', () => {
    expect(() => gridSample(zeros([2, 3, 4, 5]), zeros([1, 2, 2, 2]))).to.throw(
      ShapeError,
      'gridSample: for input [2, 3, 4, 5] the grid must be [2, 2 output sizes, 2], got [1, 2, 2, 2]',
    );
    expect(() => gridSample(zeros([3, 4]), zeros([1, 2]))).to.throw(ShapeError, 'gridSample: input must be [N, C, one to three spatial');
    expect(() => gridSample(zeros([1, 1, 0, 4]), zeros([1, 2, 2, 2]))).to.throw(ShapeError, 'empty spatial dimension');
    expect(() => gridSample(zeros([1, 1, 2, 2], float64), zeros([1, 2, 2, 2]))).to.throw(
      DTypeError,
      'input is float64, but grid is float32',
    );
    const wrong: { mode: 'nearest' } = JSON.parse('{"mode": "bicubic"}');
    expect(() => gridSample(zeros([1, 1, 2, 2]), zeros([1, 2, 2, 2]), wrong)).to.throw(ArgumentError, "not 'bicubic'");
  });
});

import {
  ArgumentError,
  cat,
  DTypeError,
  enableGrad,
  full,
  grad,
  gradcheck,
  gradgradcheck,
  ones,
  type Shape,
  ShapeError,
  sizeOf,
  type Tensor,
  tensor,
  zeros,
} from '@convgrad/core';
import { conv1d, conv2d, conv3d, type DeformConvOptions, deformConv1d, deformConv2d, deformConv3d } from '@convgrad/nn';
import { expect } from 'chai';
import { sampleBetween } from '../proofs/case.ts';
import { expectClose, leaf, normal } from './numbers.ts';

const float64 = { dtype: 'float64' } as const;

/** Gradients with a cotangent of ones. */
function gradients(y: Tensor, inputs: readonly Tensor[]): Tensor[] {
  return grad(y.sum(), [...inputs]);
}

/** An offset that moves every tap alike: [N, coordinates of every tap, spatial..]. */
function constantOffset(by: readonly number[], taps: number, spatial: Shape): Tensor {
  const size = sizeOf(spatial);
  const numbers = new Array<readonly number[]>(taps)
    .fill(by)
    .flatMap((move) => move.flatMap((value) => new Array<number>(size).fill(value)));
  return tensor(numbers, { shape: [1, by.length * taps, ...spatial], dtype: 'float64' });
}

describe('deformable convolution', () => {
  it('with zero offsets and a mask of ones is a convolution, in every rank', () => {
    const options = { stride: 2, padding: 1, dilation: 2 };
    const [x1, w1] = [normal([2, 4, 9], 1), normal([6, 2, 3], 2)];
    expectClose(deformConv1d(x1, zeros([2, 3, 4], float64), w1, null, null, options), conv1d(x1, w1, null, { ...options, groups: 2 }));
    const [x2, w2, b2] = [normal([2, 4, 9, 8], 1), normal([6, 2, 3, 2], 2), normal([6], 3)];
    const [offset, mask] = [zeros([2, 24, 4, 4], float64), ones([2, 12, 4, 4], float64)];
    expectClose(deformConv2d(x2, offset, w2, b2, mask, options), conv2d(x2, w2, b2, { ...options, groups: 2 }));
    const [x3, w3] = [normal([1, 2, 5, 6, 4], 1), normal([3, 2, 2, 3, 2], 2)];
    const three = { padding: 1 };
    expectClose(deformConv3d(x3, zeros([1, 36, 6, 6, 5], float64), w3, null, null, three), conv3d(x3, w3, null, three));
  });

  it('with whole-number offsets is a shifted convolution', () => {
    const [x, weight] = [normal([1, 3, 7, 6], 1), normal([2, 3, 3, 2], 2)];
    // One row down and two columns left: less padding above, more on the left.
    const want = conv2d(x, weight, null, {
      padding: [
        [2, 4],
        [5, 1],
      ],
    });
    expectClose(deformConv2d(x, constantOffset([1, -2], 6, want.shape.slice(2)), weight, null, null, { padding: 3 }), want);
  });

  it('samples between pixels, and fades to zero over one pixel beyond the border', () => {
    const x = tensor([[[1, 2, 4]]], float64);
    const weight = ones([1, 1, 1], float64);
    const at = (move: number) => deformConv1d(x, full([1, 1, 3], move, float64), weight).toArray();
    expect(at(0.5)).to.deep.equal([[[1.5, 3, 2]]]);
    expect(at(-0.75)).to.deep.equal([[[0.25, 1.25, 2.5]]]);
    expect(at(1)).to.deep.equal([[[2, 4, 0]]]);
  });

  it('has offset gradients towards larger coordinates where coordinates are whole: at -1 the value is 0, the slope the first pixel', () => {
    const x = tensor([[[[3, 4]]]], float64);
    const offset = tensor([-1, 0], { shape: [1, 2, 1, 1], dtype: 'float64', requiresGrad: true });
    for (const createGraph of [false, true]) {
      const y = deformConv2d(x.narrow(3, 0, 1), offset, ones([1, 1, 1, 1], float64));
      expect(y.item()).to.equal(0);
      const [dOffset] = grad(y.sum(), [offset], { createGraph });
      expect([...dOffset.toTypedArray()]).to.deep.equal([3, 0]);
    }
  });

  it('has no gradient by the offset where the image is constant', () => {
    // Offsets below 0.9, and outputs one pixel away from the border.
    const offset = sampleBetween(1, [1, 18, 6, 6], 0.3).detach().requiresGrad_();
    const y = deformConv2d(full([1, 1, 13, 13], 1.5, float64), offset, normal([2, 1, 3, 3], 2), null, null, { stride: 2 });
    const [dOffset] = gradients(y.narrow(2, 1, 4).narrow(3, 1, 4), [offset]);
    expect(dOffset.abs().max().item()).to.be.at.most(1e-14);
  });

  it('has the slopes of a ramp as gradients by the offset', () => {
    const ramp = tensor(
      Array.from({ length: 64 }, (_, at) => 2 * Math.floor(at / 8) + 3 * (at % 8)),
      { shape: [1, 1, 8, 8], dtype: 'float64' },
    );
    const offset = full([1, 2, 4, 4], 0.3, { dtype: 'float64', requiresGrad: true });
    const [slopes] = gradients(
      deformConv2d(ramp, offset, ones([1, 1, 1, 1], float64), null, null, { stride: 2 })
        .narrow(2, 0, 3)
        .narrow(3, 0, 3),
      [offset],
    );
    const inside = slopes.narrow(2, 0, 3).narrow(3, 0, 3);
    expectClose(inside, cat([full([1, 1, 3, 3], 2, float64), full([1, 1, 3, 3], 3, float64)], 1));
  });

  it('takes the positions that are not finite, or beyond 2^30, for outside: value and all gradients 0', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 30 + 8, -(2 ** 31), 1e300]) {
      for (const createGraph of [false, true]) {
        const moves = new Float64Array(2 * 4).fill(0.25);
        moves[4] = bad; // the x offset of output 0
        const offset = tensor(moves, { shape: [1, 2, 2, 2], dtype: 'float64', requiresGrad: true });
        const [x, weight, mask] = [leaf([1, 2, 2, 2], 1), leaf([3, 2, 1, 1], 2), leaf([1, 1, 2, 2], 3)];
        const bias = tensor([1, 2, 3], float64);
        const y = deformConv2d(x, offset, weight, bias, mask);
        expect(y.narrow(2, 0, 1).narrow(3, 0, 1).flatten().toArray(), `${bad}`).to.deep.equal([1, 2, 3]);
        const found = grad(y.narrow(2, 0, 1).narrow(3, 0, 1).sum(), [x, offset, weight, mask], { createGraph });
        for (const gradient of found)
          expect(
            [...gradient.toTypedArray()].every((value) => value === 0),
            `${bad}`,
          ).to.equal(true);
        const all = grad(deformConv2d(x, offset, weight, bias, mask).sum(), [x, offset, weight, mask], { createGraph });
        for (const gradient of all) expect([...gradient.toTypedArray()].every(Number.isFinite), `${bad}`).to.equal(true);
      }
    }
  });

  it('takes an image without a batch', () => {
    const [x, offset, weight, mask] = [normal([2, 4, 5], 1), sampleBetween(2, [8, 3, 4]), normal([3, 2, 2, 2], 3), normal([4, 3, 4], 4)];
    const y = deformConv2d(x, offset, weight, null, mask);
    expectClose(y, deformConv2d(x.unsqueeze(0), offset.unsqueeze(0), weight, null, mask.unsqueeze(0)).squeeze(0));
  });

  it("takes padding by name, and pairs: 'same' has the size of the input", () => {
    const [x, weight] = [normal([1, 2, 5, 6]), normal([3, 2, 3, 2], 2)];
    const offset = zeros([1, 12, 5, 6], float64);
    expectClose(deformConv2d(x, offset, weight, null, null, { padding: 'same' }), conv2d(x, weight, null, { padding: 'same' }));
  });

  it('takes an empty batch: the gradients by weight and bias are 0', () => {
    const [x, offset, mask] = [leaf([0, 2, 4, 4]), leaf([0, 18, 2, 2]), leaf([0, 9, 2, 2])];
    const [weight, bias] = [leaf([3, 2, 3, 3]), leaf([3])];
    const y = deformConv2d(x, offset, weight, bias, mask);
    expect(y.shape).to.deep.equal([0, 3, 2, 2]);
    const [dx, dOffset, dWeight, dBias, dMask] = gradients(y, [x, offset, weight, bias, mask]);
    expect([dx.shape, dOffset.shape, dMask.shape]).to.deep.equal([x.shape, offset.shape, mask.shape]);
    expectClose(dWeight, zeros([3, 2, 3, 3], float64));
    expectClose(dBias, zeros([3], float64));
  });

  it('has a gradient by the bias where nothing else needs one: the sum over batch and positions', () => {
    const bias = leaf([3], 1);
    const y = deformConv2d(normal([2, 2, 5, 4], 2), sampleBetween(3, [2, 8, 4, 3]), normal([3, 2, 2, 2], 4), bias);
    expectClose(gradients(y, [bias])[0], full([3], 24, float64));
  });
});

describe('derivatives of deformable convolution', () => {
  const awkward: DeformConvOptions = { stride: [2, 1], padding: [1, 0], dilation: [2, 1] };
  const leaves = (batch: number) => [
    leaf([batch, 6, 4, 3], 1),
    sampleBetween(2, [batch, 36, 1, 2]),
    leaf([2, 3, 3, 2], 3),
    leaf([2], 4),
    leaf([batch, 18, 1, 2], 5),
  ];

  // Projections of the Jacobian: all of it would take minutes. The proofs of every function take the whole one of small cases.
  for (const batch of [1, 33]) {
    it(`are right for groups 2, offset groups 3, kernel (3, 2), everything asymmetric, batch ${batch}`, () => {
      const f = (...[x, offset, weight, bias, mask]: Tensor[]) => deformConv2d(x, offset, weight, bias, mask, awkward);
      gradcheck(f, leaves(batch), { fast: true });
      gradgradcheck(f, leaves(batch), { fast: true });
    });
  }

  it('are right of the third order', () => {
    const second = (...[x, offset, weight, mask]: Tensor[]): Tensor[] =>
      enableGrad(() => {
        const y = deformConv2d(x, offset, weight, null, mask);
        const first = grad(y.square().sum(), [x, offset, weight, mask], { createGraph: true });
        const total = first.map((gradient) => gradient.square().sum()).reduce((sum, term) => sum.add(term));
        return grad(total, [x, offset, weight, mask], { createGraph: true });
      });
    const inputs = [leaf([1, 2, 2, 3], 1), sampleBetween(2, [1, 8, 1, 2]), leaf([2, 2, 2, 2], 3), leaf([1, 4, 1, 2], 4)];
    gradcheck(second, inputs);
  });
});

describe('a deformable convolution that does not fit', () => {
  const call =
    (
      { x = [1, 4, 5, 5], offset = [1, 18, 3, 3], weight = [6, 4, 3, 3], bias = [6], mask = [1, 9, 3, 3] }: Record<string, number[]>,
      options = {},
    ) =>
    () =>
      deformConv2d(zeros(x), zeros(offset), zeros(weight), zeros(bias), zeros(mask), options);

  it('says which sizes are expected', () => {
    expect(call({ offset: [1, 20, 3, 3] })).to.throw(
      ShapeError,
      'deformConv2d: offset [1, 20, 3, 3] has 20 channels; a multiple of 18 is needed, 2 coordinates for each of 9 taps',
    );
    expect(call({ offset: [1, 54, 3, 3] })).to.throw(
      ShapeError,
      'has 3 groups of 18 channels, into which the 4 input channels do not divide',
    );
    expect(call({ offset: [1, 18, 5, 5] })).to.throw(
      ShapeError,
      'deformConv2d: offset must be [1, 18, 3, 3]: 2 coordinates for 9 taps in 1 offset groups, at every output; got [1, 18, 5, 5]',
    );
    expect(call({ offset: [2, 18, 3, 3] })).to.throw(ShapeError, 'offset must be [1, 18, 3, 3]');
    expect(call({ mask: [1, 18, 3, 3] })).to.throw(ShapeError, 'mask must be [1, 9, 3, 3]');
    expect(call({ weight: [6, 3, 3, 3] })).to.throw(
      ShapeError,
      'deformConv2d: the 4 channels of input [1, 4, 5, 5] are not a multiple of the 3 that weight [6, 3, 3, 3] takes per group',
    );
    expect(call({ weight: [5, 2, 3, 3], bias: [5] })).to.throw(ShapeError, 'the 5 output channels');
    expect(call({ weight: [6, 4, 3] })).to.throw(ShapeError, 'weight must have 4 dimensions');
    expect(call({ bias: [5] })).to.throw(ShapeError, 'bias must be [6], got [5]');
    expect(call({ x: [4, 5, 5] })).to.throw(ShapeError, 'deformConv2d: offset must be');
    expect(call({ x: [1, 4, 5, 0] })).to.throw(ShapeError, 'empty spatial dimension');
    expect(call({}, { dilation: 3 })).to.throw(ShapeError, 'is 7 long in spatial dimension 0');
    expect(call({}, { stride: 0 })).to.throw(ArgumentError, 'deformConv2d: stride must be whole numbers of at least 1');
  });

  it('says which dtypes do not mix', () => {
    expect(() => deformConv2d(zeros([1, 1, 2, 2]), zeros([1, 2, 2, 2], float64), zeros([1, 1, 1, 1]))).to.throw(
      DTypeError,
      'deformConv2d: input is float32, but offset is float64',
    );
  });
});

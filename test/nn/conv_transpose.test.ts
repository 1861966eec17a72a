import { ArgumentError, enableGrad, grad, gradcheck, ones, ShapeError, type Tensor, tensor, zeros } from '@convgrad/core';
import {
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type PaddingMode,
} from '@convgrad/nn';
import { expect } from 'chai';
import { expectClose, leaf, normal } from './numbers.ts';
import { referenceConvTranspose } from './reference_conv_transpose.ts';

interface Case {
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly outputPadding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

const cases: readonly Case[] = [
  { x: [2, 3, 5], weight: [3, 4, 3], stride: [1], padding: [[0, 0]], outputPadding: [0], dilation: [1], groups: 1 },
  { x: [2, 4, 5], weight: [4, 3, 4], stride: [3], padding: [[2, 1]], outputPadding: [2], dilation: [2], groups: 2 },
  { x: [33, 2, 3], weight: [2, 2, 2], stride: [2], padding: [[0, 0]], outputPadding: [4], dilation: [5], groups: 1 },
  {
    x: [2, 4, 4, 3],
    weight: [4, 3, 3, 2],
    stride: [2, 1],
    padding: [
      [1, 0],
      [0, 2],
    ],
    outputPadding: [1, 2],
    dilation: [1, 3],
    groups: 2,
  },
  {
    x: [1, 3, 3, 3],
    weight: [3, 2, 2, 1],
    stride: [4, 3],
    padding: [
      [0, 0],
      [0, 0],
    ],
    outputPadding: [3, 2],
    dilation: [1, 1],
    groups: 3,
  },
  {
    x: [1, 4, 2, 3, 2],
    weight: [4, 1, 3, 2, 2],
    stride: [2, 1, 3],
    padding: [
      [1, 0],
      [0, 1],
      [2, 1],
    ],
    outputPadding: [0, 1, 2],
    dilation: [1, 2, 1],
    groups: 2,
  },
];

const byRank: Readonly<Record<number, typeof convTranspose2d>> = { 1: convTranspose1d, 2: convTranspose2d, 3: convTranspose3d };

describe('convTranspose1d, convTranspose2d and convTranspose3d', () => {
  for (const { x: xShape, weight: weightShape, ...options } of cases) {
    it(`are the sum that defines them: x [${xShape}], weight [${weightShape}], ${JSON.stringify(options)}`, () => {
      const { stride, padding, outputPadding, dilation, groups } = options;
      const [x, weight, bias] = [normal(xShape, 1), normal(weightShape, 2), normal([weightShape[1] * groups], 3)];
      const outSize = xShape.slice(2).map((length, dim) => {
        const extent = dilation[dim] * (weightShape[dim + 2] - 1) + 1;
        return (length - 1) * stride[dim] - padding[dim][0] - padding[dim][1] + extent + outputPadding[dim];
      });
      const reference = referenceConvTranspose({
        x: [...x.toTypedArray()],
        xShape,
        weight: [...weight.toTypedArray()],
        weightShape,
        bias: [...bias.toTypedArray()],
        stride,
        before: padding.map(([before]) => before),
        dilation,
        outSize,
        groups,
      });
      const want = tensor([...reference.data], { shape: reference.shape, dtype: 'float64' });
      const f = byRank[xShape.length - 2];
      expectClose(f(x, weight, bias, options), want);
      expectClose(f(x, weight, bias, { ...options, outputPadding: 0, outputSize: outSize }), want);
      const single = f(x.to('float32'), weight.to('float32'), bias.to('float32'), options);
      // float32 has 24 bits, and sums of up to a hundred products lose a few of them.
      expectClose(single.to('float64'), want, 1e-5);
    });
  }

  it('give the size that is asked for, the rest being bias where no kernel reaches', () => {
    const [x, weight] = [ones([1, 1, 2]), ones([1, 1, 2])];
    expect(convTranspose1d(x, weight, tensor([5]), { stride: 3, outputSize: [7] }).toArray()).to.deep.equal([[[6, 6, 5, 6, 6, 5, 5]]]);
  });

  it('leave out what the convolution of a larger image would have more: outputPadding from the stride on', () => {
    const [x, weight] = [tensor([[[1, 10]]]), tensor([[[1, 2]]])];
    expect(convTranspose1d(x, weight, null, { dilation: 3, outputPadding: 2 }).toArray()).to.deep.equal([[[1, 10, 0, 2, 20, 0, 0]]]);
  });

  it('take an image without a batch, and an empty batch', () => {
    const [x, weight, bias] = [normal([3, 4, 3], 1), normal([3, 2, 2, 2], 2), normal([2], 3)];
    expectClose(convTranspose2d(x, weight, bias, { stride: 2 }), convTranspose2d(x.unsqueeze(0), weight, bias, { stride: 2 }).squeeze(0));
    const empty = leaf([0, 3, 4, 3]);
    const y = convTranspose2d(empty, weight);
    expect(y.shape).to.deep.equal([0, 2, 5, 4]);
    expect(grad(y.sum(), [empty])[0].shape).to.deep.equal([0, 3, 4, 3]);
  });

  it('have third derivatives', () => {
    const weight = leaf([2, 2, 2, 2], 2);
    const second = (x: Tensor): Tensor =>
      enableGrad(() => {
        const [first] = grad(convTranspose2d(x, weight, null, { stride: 2 }).square().sum(), [weight], { createGraph: true });
        return grad(first.square().sum(), [weight], { createGraph: true })[0];
      });
    gradcheck(second, [leaf([1, 2, 2, 2], 1)]);
  });

  for (const paddingMode of ['zeros', 'reflect', 'replicate', 'circular'] satisfies PaddingMode[]) {
    it(`are the gradient of the convolution with ${paddingMode} padding`, () => {
      const options = {
        paddingMode,
        stride: [2, 1],
        padding: [
          [2, 1],
          [0, 3],
        ] as const,
        groups: 2,
      };
      const [image, weight] = [leaf([2, 4, 6, 5], 1), normal([6, 2, 3, 2], 2)];
      const y = conv2d(image, weight, null, options);
      const g = normal(y.shape, 3);
      const [expected] = grad(y, [image], { gradOutputs: [g] });
      expectClose(convTranspose2d(g, weight, null, { ...options, outputSize: [6, 5] }), expected);
      const bias = normal([4], 4);
      expectClose(convTranspose2d(g, weight, bias, { ...options, outputSize: [6, 5] }), expected.add(bias.reshape([4, 1, 1])));
    });
  }
});

describe('a transposed convolution that does not fit', () => {
  const call =
    (options: ConvTransposeOptions, x = [1, 4, 5, 5], weight = [4, 3, 3, 3], bias = [3]) =>
    () =>
      convTranspose2d(zeros(x), zeros(weight), zeros(bias), options);

  it('says which sizes are possible', () => {
    expect(call({ stride: [2, 3], padding: 1, outputSize: [9, 16] })).to.throw(
      ShapeError,
      'convTranspose2d: outputSize [9, 16] is not possible for input size [5, 5]: possible are sizes from [9, 13] to [10, 15]',
    );
    expect(call({ outputSize: [7] })).to.throw(ShapeError, 'possible are sizes from [7, 7] to [7, 7]');
    expect(call({ outputSize: [7, 7.5] })).to.throw(ShapeError, 'outputSize [7, 7.5] is not possible');
    expect(call({ stride: 2, outputPadding: 1, outputSize: [12, 12] })).to.throw(
      ArgumentError,
      'convTranspose2d: outputSize [12, 12] and outputPadding [1, 1] both say how large the result is; give one',
    );
  });

  it('says what does not fit', () => {
    expect(call({ stride: [2, 1], dilation: [1, 2], outputPadding: [1, 2] })).to.throw(
      ArgumentError,
      'convTranspose2d: outputPadding must be smaller than stride or dilation, got outputPadding [1, 2], stride [2, 1], dilation [1, 2]',
    );
    expect(call({ padding: 4 })).to.throw(ShapeError, 'convTranspose2d: the result would have size [-1, -1]: input size [5, 5]');
    expect(call({}, [1, 3, 5, 5])).to.throw(
      ShapeError,
      'convTranspose2d: weight [4, 3, 3, 3] expects 4 input channels, but input [1, 3, 5, 5] has 3',
    );
    expect(call({ groups: 3 })).to.throw(ShapeError, 'the 4 input channels of weight [4, 3, 3, 3] do not divide into 3 groups');
    expect(call({ groups: 2 })).to.throw(ShapeError, 'with groups 2 gives 6 channels, so bias must be [6], got [3]');
    expect(call({}, [1, 4, 5, 5], [4, 3, 3])).to.throw(ShapeError, 'weight must have 4 dimensions [C, O / groups, 2 of the kernel]');
    expect(call({}, [1, 4, 5, 0])).to.throw(ShapeError, 'has an empty spatial dimension');
    expect(call({ paddingMode: 'reflect', padding: [3, 1], stride: 1 }, [1, 4, 3, 5], [4, 3, 1, 1])).to.throw(
      ShapeError,
      'would have size',
    );
    expect(call({ paddingMode: 'reflect', padding: [2, 0] }, [1, 4, 4, 5])).to.throw(
      ShapeError,
      'convTranspose2d: a result of size [2, 7] takes reflect padding up to 1 in spatial dimension 0, got (2, 2)',
    );
  });

  for (const padding of ['same', 'causal'] as const) {
    it(`says that '${padding}' padding is not defined for it`, () => {
      expect(call({ padding })).to.throw(
        ArgumentError,
        `convTranspose2d: padding '${padding}' is not defined for transposed convolution; give numbers or (before, after) pairs`,
      );
    });
  }

  it("takes 'valid' padding, which is none", () => {
    const [x, weight] = [normal([1, 2, 3], 1), normal([2, 2, 2], 2)];
    expectClose(convTranspose1d(x, weight, null, { padding: 'valid' }), convTranspose1d(x, weight));
    expectClose(conv1d(x, weight, null, { padding: 'valid' }), conv1d(x, weight));
  });
});

import {
  ArgumentError,
  cat,
  DTypeError,
  enableGrad,
  Generator,
  grad,
  gradcheck,
  noGrad,
  ones,
  pad,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from '@convgrad/core';
import { type ConvOptions, conv1d, conv2d, conv3d, type Padding, type PaddingMode } from '@convgrad/nn';
import { expect } from 'chai';
import { expectClose, leaf, normal, prove } from './numbers.ts';
import { referenceConvolution } from './reference_convolution.ts';

const byRank = { 1: conv1d, 2: conv2d, 3: conv3d };

interface Case {
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly stride?: readonly number[];
  readonly padding?: readonly (readonly [number, number])[];
  readonly dilation?: readonly number[];
  readonly groups?: number;
}

const cases: readonly Case[] = [
  { x: [2, 3, 9], weight: [4, 3, 3] },
  { x: [2, 4, 11], weight: [6, 2, 4], stride: [3], padding: [[2, 1]], dilation: [2], groups: 2 },
  {
    x: [2, 3, 6, 5],
    weight: [4, 3, 3, 3],
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
  {
    x: [1, 2, 8, 9],
    weight: [3, 2, 3, 2],
    stride: [3, 2],
    padding: [
      [1, 1],
      [0, 0],
    ],
  },
  {
    x: [2, 4, 9, 8],
    weight: [6, 2, 3, 3],
    stride: [2, 1],
    padding: [
      [2, 0],
      [0, 3],
    ],
    dilation: [1, 2],
    groups: 2,
  },
  {
    x: [2, 4, 6, 5],
    weight: [4, 1, 3, 3],
    padding: [
      [1, 1],
      [1, 1],
    ],
    groups: 4,
  },
  { x: [1, 3, 6, 6], weight: [6, 1, 3, 3], stride: [2, 2], groups: 3 },
  { x: [3, 5, 4, 3], weight: [4, 5, 1, 1] },
  { x: [2, 3, 6, 6], weight: [4, 3, 1, 1], stride: [2, 2] },
  { x: [2, 3, 4, 5], weight: [4, 3, 4, 5] },
  {
    x: [2, 2, 3, 2],
    weight: [2, 2, 2, 3],
    padding: [
      [4, 4],
      [5, 5],
    ],
  },
  {
    x: [1, 4, 5, 4, 5],
    weight: [2, 2, 3, 2, 3],
    stride: [2, 1, 2],
    padding: [
      [1, 0],
      [1, 1],
      [0, 2],
    ],
    dilation: [1, 2, 1],
    groups: 2,
  },
];

function optionsOf({ stride = [], padding = [], dilation = [], groups = 1, x }: Case): Required<Omit<ConvOptions, 'paddingMode'>> & {
  readonly stride: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
} {
  const rank = x.length - 2;
  return {
    stride: stride.length > 0 ? stride : new Array<number>(rank).fill(1),
    padding: padding.length > 0 ? padding : new Array<readonly [number, number]>(rank).fill([0, 0]),
    dilation: dilation.length > 0 ? dilation : new Array<number>(rank).fill(1),
    groups,
  };
}

function convolutionOf({ x }: Case): typeof conv2d {
  const rank = x.length - 2;
  return rank === 1 ? byRank[1] : rank === 2 ? byRank[2] : byRank[3];
}

describe('conv1d, conv2d and conv3d', () => {
  for (const example of cases) {
    const options = optionsOf(example);
    const title = `x [${example.x}], weight [${example.weight}], stride [${options.stride}], padding ${JSON.stringify(options.padding)}, dilation [${options.dilation}], groups ${options.groups}`;

    it(`are the sum that defines them: ${title}`, () => {
      const [x, weight, bias] = [normal(example.x, 1), normal(example.weight, 2), normal([example.weight[0]], 3)];
      const reference = referenceConvolution({
        x: [...x.toTypedArray()],
        xShape: example.x,
        weight: [...weight.toTypedArray()],
        weightShape: example.weight,
        bias: [...bias.toTypedArray()],
        ...options,
      });
      const want = tensor([...reference.data], { shape: reference.shape, dtype: 'float64' });
      const convolution = convolutionOf(example);
      expectClose(convolution(x, weight, bias, options), want);
      // float32 has 24 bits, and sums of up to a hundred products lose a few of them.
      const single = convolution(x.to('float32'), weight.to('float32'), bias.to('float32'), options);
      expectClose(single.to('float64'), want, 1e-5);
    });

    it(`have right first and second derivatives: ${title}`, () => {
      const convolution = convolutionOf(example);
      prove(
        (x, weight, bias) => convolution(x, weight, bias, options),
        leaf(example.x, 1),
        leaf(example.weight, 2),
        leaf([example.weight[0]], 3),
      );
    });
  }

  it('have gradients in float32 that agree with those in float64', () => {
    const [x, weight, bias] = [leaf([4, 6, 9, 8], 1), leaf([8, 3, 3, 3], 2), leaf([8], 3)];
    const options = { stride: 2, padding: 1, groups: 2 };
    const want = grad(conv2d(x, weight, bias, options).square().sum(), [x, weight, bias]);
    const singles = [x, weight, bias].map((input) => input.detach().to('float32').requiresGrad_());
    const got = grad(conv2d(singles[0], singles[1], singles[2], options).square().sum(), singles);
    got.forEach((gradient, index) => {
      expectClose(gradient.to('float64'), want[index], 1e-5);
    });
  });

  it('have third derivatives by image, weight and bias', () => {
    const options = { stride: [1, 2], dilation: [2, 1], groups: 2, padding: [[1, 0], 1] } as const;
    const second = (...[x, weight, bias]: Tensor[]): Tensor[] =>
      enableGrad(() => {
        const inputs = [x, weight, bias];
        const first = grad(conv2d(x, weight, bias, options).pow(3).sum(), inputs, { createGraph: true });
        const total = first.map((gradient) => gradient.square().sum()).reduce((sum, term) => sum.add(term));
        return grad(total, inputs, { createGraph: true });
      });
    gradcheck(second, [leaf([1, 4, 3, 3], 1), leaf([2, 2, 2, 2], 2), leaf([2], 3)]);
  });

  it('take an image without a batch', () => {
    const [x, weight, bias] = [leaf([3, 6, 5], 1), leaf([4, 3, 2, 3], 2), leaf([4], 3)];
    expectClose(conv2d(x, weight, bias), conv2d(x.unsqueeze(0), weight, bias).squeeze(0));
    prove((image, kernel, offset) => conv2d(image, kernel, offset, { padding: 1 }), x, weight, bias);
    expect(conv1d(normal([2, 7]), normal([4, 2, 3])).shape).to.deep.equal([4, 5]);
    expect(conv3d(normal([2, 4, 4, 4]), normal([3, 2, 2, 2, 2])).shape).to.deep.equal([3, 3, 3, 3]);
  });

  it('take an empty batch: the gradient by the weight is 0', () => {
    const [x, weight, bias] = [leaf([0, 2, 5, 5]), leaf([3, 2, 3, 3]), leaf([3])];
    const y = conv2d(x, weight, bias);
    expect(y.shape).to.deep.equal([0, 3, 3, 3]);
    const [dx, dWeight, dBias] = grad(y.sum(), [x, weight, bias]);
    expect(dx.shape).to.deep.equal([0, 2, 5, 5]);
    expectClose(dWeight, zeros([3, 2, 3, 3], { dtype: 'float64' }));
    expectClose(dBias, zeros([3], { dtype: 'float64' }));
  });

  it('shift the image with a kernel that is 1 in one place', () => {
    const x = normal([1, 1, 4, 5]);
    const kernel = zeros([1, 1, 3, 3], { dtype: 'float64' });
    kernel.set_([0, 0, 0, 2], 1);
    const y = conv2d(x, kernel, null, { padding: 1 });
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 5; j++) {
        expect(y.index(0, 0, i, j).item()).to.equal(i >= 1 && j <= 3 ? x.index(0, 0, i - 1, j + 1).item() : 0);
      }
    }
  });

  it('treat groups as convolutions of their own', () => {
    const [x, weight] = [normal([2, 6, 5, 5], 1), normal([4, 3, 3, 3], 2)];
    const halves = [0, 1].map((group) => conv2d(x.narrow(1, 3 * group, 3), weight.narrow(0, 2 * group, 2)));
    expectClose(conv2d(x, weight, null, { groups: 2 }), cat(halves, 1));
  });

  it('do not record without need, and work on plain arrays', () => {
    const [x, weight] = [leaf([1, 2, 5, 5]), leaf([3, 2, 3, 3])];
    const plain = noGrad(() => conv2d(x, weight));
    expect(plain.requiresGrad).to.equal(false);
    expectClose(plain, conv2d(x, weight));
  });
});

describe('padding', () => {
  const shapeOf = (length: number, k: number, padding: Padding, stride = 1, dilation = 1) =>
    conv1d(ones([1, 1, length]), ones([1, 1, k]), null, { padding, stride, dilation }).shape[2];

  it("'same' gives ceil(L / s) outputs with any size, stride and dilation", () => {
    for (let length = 1; length <= 9; length++) {
      for (let k = 1; k <= 4; k++) {
        for (let stride = 1; stride <= 4; stride++) {
          for (let dilation = 1; dilation <= 3; dilation++) {
            expect(shapeOf(length, k, 'same', stride, dilation), `L ${length} k ${k} s ${stride} d ${dilation}`).to.equal(
              Math.ceil(length / stride),
            );
          }
        }
      }
    }
  });

  it("'same' puts the smaller half in front", () => {
    const y = conv1d(tensor([[[1, 10, 100]]]), ones([1, 1, 2]), null, { padding: 'same' });
    expect(y.toArray()).to.deep.equal([[[11, 110, 100]]]);
  });

  it("'valid' is none", () => {
    expect(shapeOf(7, 3, 'valid')).to.equal(5);
  });

  it("'causal' looks at no later element of the first dimension, and is 'same' in the others", () => {
    const [x, weight] = [leaf([1, 1, 6, 5], 1), leaf([1, 1, 3, 3], 2)];
    const y = conv2d(x, weight, null, { padding: 'causal', dilation: 2 });
    expect(y.shape).to.deep.equal([1, 1, 6, 5]);
    const [dx] = grad(y.index(0, 0, 3).sum(), [x]);
    const rows = dx.abs().sum([0, 1, 3]).toArray();
    expect(rows).to.satisfy((sums: number[]) => sums[1] > 0 && sums[3] > 0 && sums[4] === 0 && sums[5] === 0);
    expect(conv1d(tensor([[[1, 2, 3, 4]]]), tensor([[[1, 1]]]), null, { padding: 'causal', dilation: 2 }).toArray()).to.deep.equal([
      [[1, 2, 4, 6]],
    ]);
  });

  it('takes a number, a number a dimension, and pairs', () => {
    const [x, weight] = [normal([1, 2, 5, 6], 1), normal([3, 2, 3, 3], 2)];
    expectClose(
      conv2d(x, weight, null, { padding: 1 }),
      conv2d(x, weight, null, {
        padding: [
          [1, 1],
          [1, 1],
        ],
      }),
    );
    expectClose(
      conv2d(x, weight, null, { padding: [2, 1] }),
      conv2d(x, weight, null, {
        padding: [
          [2, 2],
          [1, 1],
        ],
      }),
    );
    expectClose(conv2d(x, weight, null, { padding: [[2, 0], 1] }), conv2d(pad(x, [1, 1, 2, 0]), weight));
  });

  for (const paddingMode of ['reflect', 'replicate', 'circular'] satisfies PaddingMode[]) {
    it(`of mode ${paddingMode} is that of pad, in every rank, with every form of padding, differentiable twice`, () => {
      const [x, weight] = [leaf([1, 2, 5, 6], 1), leaf([2, 2, 3, 2], 2)];
      const padding = [
        [2, 1],
        [0, 3],
      ] as const;
      expectClose(
        conv2d(x, weight, null, { padding, paddingMode, stride: 2 }),
        conv2d(pad(x, [0, 3, 2, 1], { mode: paddingMode }), weight, null, { stride: 2 }),
      );
      prove((image, kernel) => conv2d(image, kernel, null, { padding, paddingMode, stride: 2 }), x, weight);
      prove((image, kernel) => conv1d(image, kernel, null, { padding: 'same', paddingMode }), leaf([2, 5]), leaf([2, 2, 4]));
      prove((image, kernel) => conv3d(image, kernel, null, { padding: 1, paddingMode }), leaf([1, 1, 2, 3, 2]), leaf([1, 1, 2, 2, 3]));
    });
  }
});

describe('a convolution that does not fit', () => {
  const call =
    (options: ConvOptions, x = [1, 4, 8, 8], weight = [6, 4, 3, 3], bias = [6]) =>
    () =>
      conv2d(zeros(x), zeros(weight), zeros(bias), options);

  it('says which channels are expected', () => {
    expect(() => conv2d(zeros([4, 12, 28, 28]), zeros([16, 8, 3, 3]), null, { groups: 2 })).to.throw(
      ShapeError,
      'conv2d: weight expects 8 input channels per group (weight [16, 8, 3, 3], groups 2), but input [4, 12, 28, 28] has 12 channels; expected 16',
    );
  });

  it('says what does not fit', () => {
    expect(call({}, [8, 8])).to.throw(ShapeError, 'conv2d: input must be [N, C, H, W] or [C, H, W], got [8, 8]');
    expect(call({}, [1, 4, 8, 0])).to.throw(ShapeError, 'conv2d: input [1, 4, 8, 0] has an empty spatial dimension');
    expect(call({ padding: 5 }, [1, 4, 8, 0])).to.throw(ShapeError, 'empty spatial dimension');
    expect(call({}, [1, 4, 8, 8], [6, 4, 3])).to.throw(
      ShapeError,
      'conv2d: weight must have 4 dimensions [O, C / groups, 2 of the kernel], got [6, 4, 3]',
    );
    expect(call({}, [1, 4, 8, 8], [0, 4, 3, 3])).to.throw(ShapeError, 'conv2d: weight [0, 4, 3, 3] has an empty dimension');
    expect(call({ groups: 4 }, [1, 4, 8, 8], [6, 1, 3, 3])).to.throw(
      ShapeError,
      'the 6 output channels of weight [6, 1, 3, 3] do not divide into 4 groups',
    );
    expect(call({}, [1, 4, 8, 8], [6, 4, 3, 3], [5])).to.throw(
      ShapeError,
      'conv2d: weight [6, 4, 3, 3] gives 6 channels, so bias must be [6], got [5]',
    );
    expect(call({ dilation: 4 }, [1, 4, 8, 9])).to.throw(
      ShapeError,
      'conv2d: the kernel [3, 3] with dilation [4, 4] is 9 long in spatial dimension 0, but the input [8, 9] with padding (0, 0) only 8',
    );
  });

  it('says which options are allowed', () => {
    expect(call({ stride: 0 })).to.throw(ArgumentError, 'conv2d: stride must be whole numbers of at least 1, got [0, 0]');
    expect(call({ stride: [1, 2, 3] })).to.throw(
      ArgumentError,
      'conv2d: stride needs one number, or 2 for the spatial dimensions, got [1, 2, 3]',
    );
    expect(call({ dilation: 1.5 })).to.throw(ArgumentError, 'conv2d: dilation must be whole numbers of at least 1, got [1.5, 1.5]');
    expect(call({ groups: 0 })).to.throw(ArgumentError, 'conv2d: groups must be a whole number of at least 1, got 0');
    expect(call({ padding: -1 })).to.throw(ArgumentError, 'conv2d: padding must be whole numbers of at least 0, or pairs of them, got -1');
    expect(call({ padding: [1] })).to.throw(ArgumentError, 'conv2d: padding needs 2 entries, one for each spatial dimension, got [1]');
    expect(() => conv1d(zeros([1, 1, 5]), zeros([1, 1, 3]), null, { padding: [1, 0] })).to.throw(
      ArgumentError,
      'in front and behind of one dimension is [[before, after]]',
    );
    const wrong: { padding: Padding } = JSON.parse('{"padding": "full"}');
    expect(call(wrong)).to.throw(ArgumentError, "conv2d: padding must be numbers or one of valid, same, causal, not 'full'");
    const wrongMode: { paddingMode: PaddingMode } = JSON.parse('{"paddingMode": "mirror"}');
    expect(call(wrongMode)).to.throw(ArgumentError, "conv2d: paddingMode must be one of zeros, reflect, replicate, circular, not 'mirror'");
    expect(call({ padding: 8, paddingMode: 'reflect' })).to.throw(
      ShapeError,
      'conv2d: an image of size [8, 8] takes reflect padding up to 7 in spatial dimension 0, got (8, 8)',
    );
  });

  it('says which dtypes do not mix', () => {
    const x = randn([1, 1, 4, 4], { dtype: 'float64', generator: new Generator(1) });
    expect(() => conv2d(x, zeros([1, 1, 3, 3]))).to.throw(DTypeError, 'conv2d: input is float64, but weight is float32');
    expect(() => conv2d(zeros([1, 1, 4, 4], { dtype: 'int32' }), zeros([1, 1, 3, 3]))).to.throw(
      DTypeError,
      'conv2d: input must be float32 or float64, not int32',
    );
  });
});

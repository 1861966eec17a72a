import {
  ArgumentError,
  add,
  amax,
  amin,
  argmax,
  argmin,
  clamp,
  cumsum,
  DTypeError,
  einsum,
  expand,
  flatten,
  linear,
  logSoftmax,
  logSumExp,
  maskedFill,
  matmul,
  max,
  mean,
  min,
  norm,
  ones,
  outer,
  prod,
  reshape,
  ShapeError,
  softmax,
  std,
  sum,
  type Tensor,
  tensor,
  topk,
  variance,
  where,
  zeros,
} from '@convgrad/core';
import { expect } from 'chai';
import { untyped } from './untyped.ts';

const integers = (shape: readonly number[]): Tensor => zeros(shape, { dtype: 'int32' });
const doubles = (shape: readonly number[]): Tensor => zeros(shape, { dtype: 'float64' });
const large = tensor([2 ** 30, 2 ** 30], { dtype: 'int32' });

describe('errors of pointwise functions', () => {
  it('name both shapes that do not broadcast, and the dimension', () => {
    expect(() => add(zeros([2, 3]), zeros([4, 1, 2]))).to.throw(
      ShapeError,
      'add: shapes [2, 3] and [4, 1, 2] do not broadcast: dimension 2 from the front of the result is 3 in one and 2 in the other',
    );
    expect(() => where(zeros([3]), zeros([2]), 1)).to.throw(ShapeError, 'where: shapes [2] and [3] do not broadcast');
  });

  it('name which of float32 and float64 is which', () => {
    expect(() => zeros([2, 3]).mul(doubles([3]))).to.throw(
      DTypeError,
      "mul: the first operand is float32 [2, 3], the second float64 [3]; they do not mix: convert one, as in x.to('float32')",
    );
  });

  it('say what clamp and where lack', () => {
    expect(() => clamp(zeros([2]), {})).to.throw(ArgumentError, 'clamp: expected min, max, or both, got neither');
    expect(() => untyped(where, 3, zeros([2]), 1)).to.throw(DTypeError, 'where: the condition must be a tensor, got 3');
    expect(() => untyped(where, undefined, zeros([2]), 1)).to.throw(DTypeError, 'where: the condition must be a tensor, got undefined');
  });
});

describe('errors of reductions', () => {
  it('tell an integer result that int32 does not hold', () => {
    const advice = "overflows int32; convert it with to('float64') first";
    expect(() => sum(large)).to.throw(ArgumentError, `sum: the sum of an int32 tensor of shape [2] ${advice}`);
    expect(() => prod(large)).to.throw(ArgumentError, `prod: the product of an int32 tensor of shape [2] ${advice}`);
    expect(() => cumsum(large, 0)).to.throw(ArgumentError, `cumsum: a sum along dimension 0 of an int32 tensor of shape [2] ${advice}`);
  });

  it('tell that nothing has no extreme', () => {
    const message = (name: string, dims: string): string =>
      `${name}: a tensor of shape [2, 0] has no element along [${dims}] to choose from; expected at least one`;
    const empty = zeros([2, 0]);
    expect(() => amax(empty)).to.throw(ArgumentError, message('amax', '0, 1'));
    expect(() => amin(empty, 1)).to.throw(ArgumentError, message('amin', '1'));
    expect(() => max(empty)).to.throw(ArgumentError, message('max', '0, 1'));
    expect(() => min(empty, 1)).to.throw(ArgumentError, message('min', '1'));
    expect(() => argmax(empty)).to.throw(ArgumentError, message('argmax', '0, 1'));
    expect(() => argmin(empty, 1)).to.throw(ArgumentError, message('argmin', '1'));
  });

  it('call the function what the user called it', () => {
    expect(() => max(zeros([2, 3]), 2)).to.throw(
      ShapeError,
      'max: dimension 2 does not exist in a tensor of 2 dimensions (expected -2 to 1)',
    );
    expect(() => amin(zeros([2, 3]), [0, 0])).to.throw(ShapeError, 'amin: dimension named twice in [0,0]');
    for (const [name, f] of [
      ['mean', mean],
      ['var', variance],
      ['std', std],
      ['norm', norm],
    ] as const) {
      expect(() => f(zeros([2, 3]), 2)).to.throw(ShapeError, `${name}: dimension 2 does not exist`);
    }
    expect(() => maskedFill(zeros([2, 3]), zeros([4]), 0)).to.throw(ShapeError, 'maskedFill: shapes [2, 3] and [4] do not broadcast');
  });

  const ofFloats: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
    ['softmax', (x) => softmax(x, 0)],
    ['logSoftmax', (x) => logSoftmax(x, 0)],
    ['logSumExp', logSumExp],
    ['mean', mean],
    ['var', variance],
    ['std', std],
    ['norm', norm],
  ];
  it('name the dtype that has no fractions', () => {
    for (const [name, f] of ofFloats) {
      expect(() => f(integers([2, 3]))).to.throw(
        DTypeError,
        `${name}: expected float32 or float64, got int32 [2, 3]; convert it with to('float32')`,
      );
    }
  });

  it('name the k that topk cannot give', () => {
    const message = (k: number): string => `topk: k must be a whole number between 0 and 3, the length of dimension 1 of [2, 3]; got ${k}`;
    for (const k of [4, -1, 1.5]) expect(() => topk(zeros([2, 3]), k)).to.throw(ArgumentError, message(k));
  });

  it('name the p of a norm that is no number', () => {
    expect(() => norm(ones([2]), 0, { p: Number.NaN })).to.throw(ArgumentError, 'norm: p must be a number, got NaN');
  });
});

describe('errors of matrix products', () => {
  it('name the shapes that do not fit', () => {
    expect(() => matmul(zeros([]), zeros([2]))).to.throw(ShapeError, 'matmul: operands need at least one dimension, got [] and [2]');
    expect(() => matmul(zeros([5, 2, 3]), zeros([4, 2]))).to.throw(
      ShapeError,
      'matmul: inner lengths differ: [5, 2, 3] has 3 columns, [4, 2] has 4 rows',
    );
    expect(() => matmul(zeros([5, 2, 3]), zeros([4, 3, 2]))).to.throw(ShapeError, 'matmul: shapes [5] and [4] do not broadcast');
    expect(() => outer(zeros([2]), zeros([2, 3]))).to.throw(ShapeError, 'outer: expected two vectors, got [2] and [2, 3]');
  });

  it('name the part of a linear layer that does not fit', () => {
    expect(() => linear(zeros([2, 3]), zeros([3]))).to.throw(ShapeError, 'linear: weight must be [out, in], got [3]');
    expect(() => linear(zeros([2, 4]), zeros([5, 3]))).to.throw(
      ShapeError,
      'linear: weight [5, 3] expects 3 input features, but input is [2, 4]',
    );
    expect(() => linear(zeros([2, 3]), zeros([5, 3]), zeros([3]))).to.throw(
      ShapeError,
      'linear: weight [5, 3] gives 5 output features, but bias is [3]',
    );
  });

  it('name the dtypes that do not fit', () => {
    expect(() => linear(integers([2, 3]), zeros([5, 3]))).to.throw(
      DTypeError,
      'linear: input must be float32 or float64, not int32 [2, 3]',
    );
    expect(() => linear(zeros([2, 3]), zeros([5, 3]), doubles([5]))).to.throw(
      DTypeError,
      'linear: input is float32, but bias is float64; convert one with to(dtype)',
    );
  });

  it('quote the equation that einsum does not understand', () => {
    const x = zeros([2, 3]);
    expect(() => einsum('ij;jk', x, x)).to.throw(ArgumentError, 'einsum: "ij;jk" is not of the form "ij,jk->ik"');
    expect(() => einsum('ij,jk->ik', x)).to.throw(ArgumentError, 'einsum: "ij,jk->ik" names 2 operands, but 1 were given');
    expect(() => einsum('ii->i', x)).to.throw(ArgumentError, 'einsum: "ii->i" repeats a letter within "ii"');
    expect(() => einsum('ij->ik', x)).to.throw(ArgumentError, 'einsum: "ij->ik" asks for "k", which no operand has');
    expect(() => einsum('ijk->i', x)).to.throw(ShapeError, 'einsum: "ijk" of "ijk->i" names 3 dimensions, but operand 0 has shape [2, 3]');
    expect(() => einsum('ij,jk->ik', x, x)).to.throw(
      ShapeError,
      'einsum: "j" of "ij,jk->ik" has length 3, but 2 in operand 1 of shape [2, 3]',
    );
  });
});

describe('errors of shapes', () => {
  it('name the tensor and what it was to become', () => {
    for (const shape of [[5], [-1, 4], [-1, -1], [-2, -3], [1.5, 4], [0, -1]]) {
      expect(() => reshape(zeros([2, 3]), shape)).to.throw(ShapeError, `reshape: a tensor of shape [2, 3]`);
      expect(() => reshape(zeros([2, 3]), shape)).to.throw(ShapeError, `[${shape.join(', ')}]`);
    }
    expect(() => flatten(zeros([2, 3, 4]), 2, 1)).to.throw(
      ShapeError,
      'flatten: startDim 2 lies behind endDim 1 of a tensor of shape [2, 3, 4]',
    );
    for (const shape of [[3], [2, 2], [-1, 2, 3], [2, 1.5]]) {
      expect(() => expand(zeros([2, 3]), shape)).to.throw(
        ShapeError,
        `expand: a tensor of shape [2, 3] does not broadcast to [${shape.join(', ')}]`,
      );
    }
  });
});

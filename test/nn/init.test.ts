import {
  ArgumentError,
  DTypeError,
  eye,
  Generator,
  GradientError,
  manualSeed,
  Parameter,
  ShapeError,
  type Tensor,
  zeros,
} from '@convgrad/core';
import { Conv1d, Conv2d, Conv3d, Embedding, init, Linear } from '@convgrad/nn';
import { expect } from 'chai';
import { create, qrDependencies } from 'mathjs';
import { expectClose } from './numbers.ts';

const generator = (): Generator => new Generator(3);

/** Mean, standard deviation and largest absolute value. */
function momentsOf(x: Tensor): { readonly mean: number; readonly std: number; readonly largest: number } {
  const numbers = [...x.toTypedArray()];
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
  return { mean, std: Math.sqrt(variance), largest: numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0) };
}

/** Uniform in +-bound: with 10,000 numbers, mean and standard deviation are right within 3 %. */
function expectUniform(x: Tensor, bound: number): void {
  const { mean, std, largest } = momentsOf(x);
  expect(mean).to.be.closeTo(0, 0.03 * bound);
  expect(std).to.be.closeTo(bound / Math.sqrt(3), 0.03 * bound);
  expect(largest).to.be.within(0.99 * bound, bound);
}

function expectNormal(x: Tensor, std: number): void {
  const moments = momentsOf(x);
  expect(moments.mean).to.be.closeTo(0, 0.03 * std);
  expect(moments.std).to.be.closeTo(std, 0.03 * std);
  expect(moments.largest).to.be.greaterThan(3 * std);
}

describe('init', () => {
  const weight = (): Parameter => new Parameter(zeros([50, 20, 5, 2]));

  it('fills with the distributions that the names say', () => {
    expectUniform(init.uniform_(weight(), -0.5, 0.5, { generator: generator() }), 0.5);
    expectNormal(init.normal_(weight(), 0, 2, { generator: generator() }), 2);
    expectUniform(init.xavierUniform_(weight(), { generator: generator() }), Math.sqrt(6 / 700));
    expectNormal(init.xavierNormal_(weight(), { gain: 3, generator: generator() }), 3 * Math.sqrt(2 / 700));
    expectUniform(init.kaimingUniform_(weight(), { nonlinearity: 'relu', generator: generator() }), Math.sqrt(6 / 200));
    expectNormal(init.kaimingNormal_(weight(), { mode: 'fanOut', a: 0.5, generator: generator() }), Math.sqrt(2 / 1.25 / 500));
    expect(momentsOf(init.constant_(weight(), 3))).to.deep.equal({ mean: 3, std: 0, largest: 3 });
    expect(momentsOf(init.zeros_(init.ones_(weight()))).largest).to.equal(0);
    expect(momentsOf(init.ones_(weight())).mean).to.equal(1);
  });

  it('returns the same parameter, without a graph', () => {
    const parameter = weight();
    expect(init.uniform_(parameter)).to.equal(parameter);
    expect(parameter.requiresGrad).to.equal(true);
    expect(parameter.isLeaf).to.equal(true);
  });

  it('is noticed by a backward that needs the overwritten values', () => {
    const parameter = new Parameter(zeros([3]));
    const y = parameter.square().sum();
    init.ones_(parameter);
    expect(() => y.backward()).to.throw(GradientError, 'overwritten in place');
  });

  it('makes orthonormal rows, or columns where there are more rows', () => {
    for (const shape of [
      [5, 5],
      [4, 3, 2],
      [20, 3, 2],
      [1, 7],
      [60, 60],
    ]) {
      const matrix = init.orthogonal_(zeros(shape, { dtype: 'float64' }), { gain: 2, generator: generator() }).reshape([shape[0], -1]);
      const [rows, columns] = matrix.shape;
      const product = rows <= columns ? matrix.matmul(matrix.t()) : matrix.t().matmul(matrix);
      expectClose(product, eye(Math.min(rows, columns), { dtype: 'float64' }).mul(4), 1e-13);
    }
  });

  it("makes the Q of the numbers' QR factorisation with a positive diagonal, as mathjs has it", () => {
    const [rows, columns] = [6, 4];
    const numbers = new Float64Array(rows * columns);
    generator().fillNormal(numbers);
    // The numbers are drawn column by column: there are more rows.
    const matrix = Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_column, j) => numbers[j * rows + i]));
    const { Q, R } = create({ qrDependencies }).qr(matrix);
    const [q, r]: number[][][] = JSON.parse(JSON.stringify([Q, R]));
    const got = init.orthogonal_(zeros([rows, columns], { dtype: 'float64' }), { generator: generator() });
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) expect(got.index(i, j).item()).to.be.closeTo(q[i][j] * Math.sign(r[j][j]), 1e-12);
    }
  });

  it('knows gains and fans', () => {
    expect(init.calculateFans([16, 6, 5, 5])).to.deep.equal({ fanIn: 150, fanOut: 400 });
    expect((['linear', 'conv', 'sigmoid'] as const).map((name) => init.calculateGain(name))).to.deep.equal([1, 1, 1]);
    expect(init.calculateGain('tanh')).to.equal(5 / 3);
    expect(init.calculateGain('relu')).to.equal(Math.SQRT2);
    expect(init.calculateGain('leakyRelu', 1)).to.equal(1);
    expect(init.calculateGain('selu')).to.equal(0.75);
  });

  it('says what it cannot fill', () => {
    const recorded = weight().mul(2);
    expect(() => init.uniform_(recorded)).to.throw(
      GradientError,
      'uniform_: the tensor of shape [50, 20, 5, 2] was made by a recorded operation (mul)',
    );
    expect(() => init.ones_(zeros([2], { dtype: 'int32' }))).to.throw(DTypeError, 'constant_: expected float32 or float64, got int32 [2]');
    expect(() => init.uniform_(weight(), 1, 0)).to.throw(ArgumentError, 'expected finite numbers low < high');
    expect(() => init.normal_(weight(), 0, -1)).to.throw(ArgumentError, 'a finite std >= 0');
    expect(() => init.kaimingUniform_(zeros([3]))).to.throw(
      ShapeError,
      'calculateFans: a weight [out, in, ..] has fans, not a tensor of shape [3]',
    );
    expect(() => init.xavierUniform_(weight(), { gain: Number.NaN })).to.throw(
      ArgumentError,
      'xavierUniform_: gain must be a finite number, got NaN',
    );
    expect(() => init.orthogonal_(zeros([3]))).to.throw(
      ShapeError,
      'orthogonal_: expected a tensor of at least two dimensions, got shape [3]',
    );
    const wrong: { name: 'relu' } = JSON.parse('{"name": "softplus"}');
    expect(() => init.calculateGain(wrong.name)).to.throw(ArgumentError, "calculateGain: no gain is known for 'softplus'");
  });
});

describe('new layers', () => {
  it('begin as in PyTorch: uniform in +-1 / sqrt(fanIn)', () => {
    manualSeed(0);
    const conv = new Conv2d(16, 64, [5, 2], { groups: 2 });
    expectUniform(conv.weight, 1 / Math.sqrt(8 * 10));
    expectUniform(new Conv1d(20, 500, 1).weight, 1 / Math.sqrt(20));
    expectUniform(new Conv3d(10, 40, 3).weight, 1 / Math.sqrt(270));
    const linear = new Linear(100, 10000);
    expectUniform(linear.weight, 0.1);
    if (linear.bias !== null) expectUniform(linear.bias, 0.1);
  });

  it('begin with a normal table, and zeros in the row of the padding', () => {
    manualSeed(0);
    const embedding = new Embedding(100, 100, { paddingIdx: 4 });
    expect(embedding.weight.narrow(0, 4, 1).abs().sum().item()).to.equal(0);
    expectNormal(new Embedding(100, 100).weight, 1);
  });

  it('repeat with the seed', () => {
    manualSeed(5);
    const first = new Linear(3, 3);
    manualSeed(5);
    expectClose(new Linear(3, 3).weight, first.weight.detach(), 0);
  });
});

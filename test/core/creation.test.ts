import {
  ArgumentError,
  arange,
  DTypeError,
  eye,
  full,
  fullLike,
  Generator,
  inferenceMode,
  linspace,
  manualSeed,
  ones,
  onesLike,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
  zerosLike,
} from '@convgrad/core';
import { expect } from 'chai';

/** A call as code without types might make it. */
function untyped(f: (...args: never[]) => unknown, ...args: readonly unknown[]): unknown {
  return Reflect.apply(f, undefined, args);
}

describe('tensor', () => {
  it('takes numbers, booleans and nested arrays', () => {
    expect(tensor(3).shape).to.deep.equal([]);
    expect(tensor([[1, 2, 3]]).shape).to.deep.equal([1, 3]);
    expect(tensor([[[]], [[]]]).shape).to.deep.equal([2, 1, 0]);
    expect(tensor([[1], [2]]).toArray()).to.deep.equal([[1], [2]]);
    expect(tensor(1.5).dtype).to.equal('float32');
    expect(tensor([true, false]).dtype).to.equal('uint8');
    expect(tensor([true, false], { dtype: 'float64' }).toArray()).to.deep.equal([1, 0]);
  });

  it('takes over the dtype of typed arrays, also in rows', () => {
    expect(tensor(new Float64Array([1, 2])).dtype).to.equal('float64');
    expect(tensor(new Int32Array(2)).dtype).to.equal('int32');
    expect(tensor(new Uint8ClampedArray([300])).toArray()).to.deep.equal([255]);
    expect(tensor(Buffer.from([1, 2])).dtype).to.equal('uint8');
    const rows = tensor([new Float64Array([1, 2]), new Float64Array([3, 4])]);
    expect(rows.dtype).to.equal('float64');
    expect(rows.toArray()).to.deep.equal([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor(new Uint8Array([1, 2]), { dtype: 'float32' }).toArray()).to.deep.equal([1, 2]);
  });

  it('copies what it is given', () => {
    const numbers = new Float32Array([1, 2]);
    const x = tensor(numbers);
    numbers[0] = 9;
    expect(x.toArray()).to.deep.equal([1, 2]);
  });

  it('gives the data another shape', () => {
    expect(tensor([1, 2, 3, 4], { shape: [2, 2] }).toArray()).to.deep.equal([
      [1, 2],
      [3, 4],
    ]);
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).to.throw(
      ShapeError,
      'tensor: data of shape [3] (3 elements) cannot have shape [2, 2]',
    );
  });

  it('asks for gradients of floats only', () => {
    expect(tensor([1], { requiresGrad: true }).requiresGrad).to.equal(true);
    expect(() => tensor([1], { dtype: 'int32', requiresGrad: true })).to.throw(
      DTypeError,
      'tensor: only float32 and float64 tensors can have gradients, not int32',
    );
  });

  it('names the row that is too long, too short, or of another depth', () => {
    expect(() => tensor([[1, 2], [3]])).to.throw(ShapeError, 'tensor: data[1] has length 1, but data[0] has length 2');
    expect(() => tensor([[[1], [2]], [[3]]])).to.throw(ShapeError, 'tensor: data[1] has length 1, but data[0] has length 2');
    expect(() => tensor([[[1]], [[2, 3]]])).to.throw(ShapeError, 'tensor: data[1][0] has length 2, but data[0][0] has length 1');
    expect(() => tensor([[1], 2])).to.throw(ShapeError, 'tensor: data[1] is 2, expected a row of 1 as data[0] is');
    expect(() => tensor([1, [2]])).to.throw(ShapeError, 'tensor: data[1] is a row of 1, but data[0] is a number');
  });

  it('names the element that is no number, or that the dtype cannot hold', () => {
    expect(() => untyped(tensor, [1, 'two'])).to.throw(ArgumentError, 'tensor: data[1] is two, expected a number or a boolean');
    expect(() => untyped(tensor, [null])).to.throw(ArgumentError, 'tensor: data[0] is null');
    expect(() => tensor([[1, 1.5]], { dtype: 'int32' })).to.throw(
      ArgumentError,
      'tensor: data[0][1] is 1.5, but int32 holds whole numbers from -2147483648 to 2147483647',
    );
    expect(() => tensor([256], { dtype: 'uint8' })).to.throw(
      ArgumentError,
      'tensor: data[0] is 256, but uint8 holds whole numbers from 0 to 255',
    );
    expect(() => tensor([Number.NaN], { dtype: 'int32' })).to.throw(ArgumentError, 'tensor: data[0] is NaN');
    expect(() => tensor(-1, { dtype: 'uint8' })).to.throw(ArgumentError, 'tensor: data is -1');
    expect(() => tensor(new Float32Array([0.5]), { dtype: 'int32' })).to.throw(ArgumentError, 'tensor: data[0] is 0.5');
  });

  it('refuses typed arrays and dtypes that do not exist here', () => {
    expect(() => untyped(tensor, new Uint16Array(2))).to.throw(DTypeError, 'got Uint16Array');
    expect(() => untyped(tensor, [new BigInt64Array(2)])).to.throw(DTypeError, 'got BigInt64Array');
    expect(() => untyped(tensor, [1], { dtype: 'int64' })).to.throw(
      DTypeError,
      'tensor: dtype must be one of float32, float64, int32, uint8, got int64',
    );
  });
});

describe('zeros, ones, full and their Like forms', () => {
  it('fill a shape', () => {
    expect(zeros([2, 1]).toArray()).to.deep.equal([[0], [0]]);
    expect(ones([2], { dtype: 'int32' }).toArray()).to.deep.equal([1, 1]);
    expect(full([], 2.5, { dtype: 'float64' }).item()).to.equal(2.5);
    expect(zeros([2, 0]).size).to.equal(0);
    expect(ones([1], { requiresGrad: true }).requiresGrad).to.equal(true);
  });

  it('take over shape and dtype, but not gradients', () => {
    const x = tensor([[1, 2]], { dtype: 'float64', requiresGrad: true });
    for (const like of [zerosLike(x), onesLike(x), fullLike(x, 3), randLike(x), randnLike(x)]) {
      expect([like.dtype, like.shape, like.requiresGrad]).to.deep.equal(['float64', [1, 2], false]);
    }
    expect(onesLike(x, { dtype: 'uint8' }).dtype).to.equal('uint8');
    expect(fullLike(x, 3).toArray()).to.deep.equal([[3, 3]]);
  });

  it('clear what an earlier tensor left in the arena', () => {
    inferenceMode(() => {
      for (let round = 0; round < 3; round++) {
        expect(Math.max(...zeros([1000]).toTypedArray())).to.equal(0);
        inferenceMode(() => full([1000], 7));
      }
    });
  });

  it('say what is wrong with a shape or a value', () => {
    expect(() => zeros([2, -1])).to.throw(ShapeError, 'zeros: a shape is made of whole numbers of at least 0, got [2, -1]');
    expect(() => untyped(ones, 3)).to.throw(ShapeError, 'ones: expected a shape such as [2, 3], got 3');
    expect(() => zeros([65536, 65536])).to.throw(
      ShapeError,
      'zeros: shape [65536, 65536] has 4294967296 elements; a tensor has at most 2147483647',
    );
    expect(() => full([1], 0.5, { dtype: 'int32' })).to.throw(ArgumentError, 'full: the value is 0.5, but int32 holds whole numbers');
    expect(() => untyped(full, [1], 'a')).to.throw(ArgumentError, 'full: the value must be a number, got a');
  });
});

describe('arange, linspace and eye', () => {
  it('count up and down', () => {
    expect(arange(4).toArray()).to.deep.equal([0, 1, 2, 3]);
    expect(arange(2, 4).toArray()).to.deep.equal([2, 3]);
    expect(arange(1, 0, -0.25, { dtype: 'float64' }).toArray()).to.deep.equal([1, 0.75, 0.5, 0.25]);
    expect(arange(3, { dtype: 'int32' }).dtype).to.equal('int32');
    expect(arange(0).shape).to.deep.equal([0]);
  });

  it('space evenly with both ends exact', () => {
    expect(linspace(0, 1, 5).toArray()).to.deep.equal([0, 0.25, 0.5, 0.75, 1]);
    const thirds = linspace(-0.1, 0.7, 7, { dtype: 'float64' }).toTypedArray();
    expect([thirds[0], thirds[6]]).to.deep.equal([-0.1, 0.7]);
    expect(linspace(3, 9, 1).toArray()).to.deep.equal([3]);
    expect(linspace(3, 9, 0).toArray()).to.deep.equal([]);
  });

  it('put ones on the diagonal', () => {
    expect(eye(2).toArray()).to.deep.equal([
      [1, 0],
      [0, 1],
    ]);
    expect(eye(2, 3, { dtype: 'int32' }).toArray()).to.deep.equal([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(eye(1, { dtype: 'float64' }).dtype).to.equal('float64');
  });

  it('say what is wrong with the numbers', () => {
    expect(() => arange(1, 0, 1)).to.throw(ArgumentError, 'arange: a step of 1 does not lead from 1 to 0');
    expect(() => arange(0, 1, 0)).to.throw(ArgumentError, 'arange: a step of 0 does not lead from 0 to 1');
    expect(() => arange(Number.POSITIVE_INFINITY)).to.throw(ArgumentError, 'arange: end must be a finite number, got Infinity');
    expect(() => arange(0, 1, 0.5, { dtype: 'int32' })).to.throw(ArgumentError, 'arange: the last number is 0.5');
    expect(() => arange(0, 4, 1.5, { dtype: 'int32' })).to.throw(ArgumentError, 'arange: step is 1.5');
    expect(() => arange(300, { dtype: 'uint8' })).to.throw(ArgumentError, 'arange: the last number is 299');
    expect(() => linspace(0, 1, -1)).to.throw(ArgumentError, 'linspace: steps must be a whole number of at least 0, got -1');
    expect(() => linspace(0, 1, 4, { dtype: 'int32' })).to.throw(ArgumentError, 'linspace: step is 0.333');
    expect(() => eye(-1)).to.throw(ShapeError, 'eye: a shape is made of whole numbers');
  });
});

describe('random tensors', () => {
  it('repeat from a seed, by the default generator or their own', () => {
    const draw = () => [rand([3]), randn([3]), randint(10, [3]), randperm(5)].map((x) => x.toArray());
    manualSeed(3);
    const first = draw();
    manualSeed(3);
    expect(draw()).to.deep.equal(first);
    expect(rand([4], { generator: new Generator(1) }).toArray()).to.deep.equal(rand([4], { generator: new Generator(1) }).toArray());
  });

  it('lie where they should', () => {
    const generator = new Generator(2);
    const all = (x: Tensor) => Array.from(x.toTypedArray());
    expect(all(rand([500], { generator })).every((value) => value >= 0 && value < 1)).to.equal(true);
    expect(new Set(all(randint(-1, 2, [200], { generator })))).to.deep.equal(new Set([-1, 0, 1]));
    expect(all(randperm(6, { generator })).sort()).to.deep.equal([0, 1, 2, 3, 4, 5]);
    const normal = all(randn([4000], { generator }));
    // The mean of 4000 standard normal numbers lies within 5 of its standard deviations, 1 / sqrt(4000).
    expect(Math.abs(normal.reduce((sum, value) => sum + value, 0) / 4000)).to.be.below(0.08);
  });

  it('have the dtype and gradients that are asked for', () => {
    expect(randint(3, [2]).dtype).to.equal('int32');
    expect(randint(0, 3, [2], { dtype: 'uint8' }).dtype).to.equal('uint8');
    expect(randperm(3, { dtype: 'float32' }).dtype).to.equal('float32');
    expect(randn([2], { dtype: 'float64', requiresGrad: true }).requiresGrad).to.equal(true);
  });

  it('say what is wrong with the arguments', () => {
    expect(() => rand([1], { dtype: 'int32' })).to.throw(DTypeError, 'rand: the numbers are float32 or float64, not int32; use randint');
    expect(() => randnLike(ones([1], { dtype: 'uint8' }))).to.throw(DTypeError, 'randnLike: the numbers are float32 or float64, not uint8');
    expect(() => randint(0, [2])).to.throw(ArgumentError, 'low < high');
    expect(() => randint(300, [2], { dtype: 'uint8' })).to.throw(ArgumentError, 'beyond the whole numbers from 0 to 255');
    expect(() => untyped(randint, 0, 5, 7)).to.throw(ArgumentError, 'randint: expected a shape');
    expect(() => randperm(1.5)).to.throw(ArgumentError, 'randperm: expected a whole number of at least 0, got 1.5');
    expect(() => randperm(300, { dtype: 'uint8' })).to.throw(ArgumentError, 'randperm: the largest number is 299');
  });
});

describe('the numbers of a tensor', () => {
  it('come one by one, nested, or flat', () => {
    const x = tensor([[1, 2]]);
    expect(tensor([[5]]).item()).to.equal(5);
    expect(x.toArray()).to.deep.equal([[1, 2]]);
    expect(tensor(5).toArray()).to.equal(5);
    expect(x.toTypedArray()).to.deep.equal(new Float32Array([1, 2]));
    expect([x.numel(), x.size, x.ndim]).to.deep.equal([2, 2, 2]);
  });

  it('are copies', () => {
    const x = tensor([1, 2]);
    x.toTypedArray()[0] = 9;
    expect(x.toArray()).to.deep.equal([1, 2]);
  });

  it('are not one number where there are more or none', () => {
    expect(() => ones([2]).item()).to.throw(ArgumentError, 'item: expected a tensor of one element, got shape [2]');
    expect(() => zeros([0]).item()).to.throw(ArgumentError, 'got shape [0]');
  });

  it('are gone once backward recycled them', () => {
    const x = ones([64, 512], { requiresGrad: true });
    const large = x.mul(2);
    large.sum().backward();
    expect(() => large.toArray()).to.throw('tensor of shape [64, 512] is gone');
    expect(() => large.toTypedArray()).to.throw('tensor of shape [64, 512] is gone');
    expect(() => large.item()).to.throw('tensor of shape [64, 512] is gone');
    expect(() => large.clone()).to.throw('tensor of shape [64, 512] is gone');
  });
});

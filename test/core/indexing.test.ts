import {
  ArgumentError,
  arange,
  type CheckedFunction,
  DTypeError,
  Generator,
  gather,
  gradcheck,
  gradgradcheck,
  IndexError,
  indexAdd,
  indexSelect,
  maskedSelect,
  oneHot,
  ones,
  randint,
  randn,
  type Shape,
  ShapeError,
  scatterAdd,
  type Tensor,
  type TensorData,
  tensor,
  zeros,
} from '@convgrad/core';
import { expect } from 'chai';

function integers(data: TensorData): Tensor {
  return tensor(data, { dtype: 'int32' });
}

/** First and second derivatives, at random float64 inputs of the shapes. */
function prove(f: CheckedFunction, ...shapes: readonly Shape[]): void {
  const generator = new Generator(6);
  const inputs = shapes.map((shape) => randn(shape, { dtype: 'float64', requiresGrad: true, generator }));
  gradcheck(f, inputs);
  gradgradcheck(f, inputs);
}

describe('indexSelect', () => {
  const x = () => arange(6).reshape([2, 3]);

  it('takes the elements that are named, as often as they are', () => {
    expect(indexSelect(x(), 0, integers([1, 1, 0])).toArray()).to.deep.equal([
      [3, 4, 5],
      [3, 4, 5],
      [0, 1, 2],
    ]);
    expect(indexSelect(x(), -1, [2, 0]).toArray()).to.deep.equal([
      [2, 0],
      [5, 3],
    ]);
  });

  it('takes uint8 indices, one scalar index, and none', () => {
    expect(indexSelect(x(), 0, tensor([1], { dtype: 'uint8' })).toArray()).to.deep.equal([[3, 4, 5]]);
    expect(indexSelect(x(), 1, integers(1)).toArray()).to.deep.equal([[1], [4]]);
    expect(indexSelect(x(), 1, []).shape).to.deep.equal([2, 0]);
  });

  it('takes rows of a large ordinary array', () => {
    const data = arange(40_000).reshape([100, 400]);
    const rows = indexSelect(data, 0, [99, 0, 7]);
    expect(rows.shape).to.deep.equal([3, 400]);
    expect([0, 400, 800, 1199].map((at) => rows.toTypedArray()[at])).to.deep.equal([39_600, 0, 2800, 3199]);
    const columns = indexSelect(data.reshape([2, 50, 400]), 1, [49]);
    expect([0, 400].map((at) => columns.toTypedArray()[at])).to.deep.equal([19_600, 39_600]);
  });

  it('has gradients of both orders, adding up what was taken twice', () => {
    prove((a) => indexSelect(a, 1, [2, 0, 2]), [2, 3]);
    prove((a) => indexSelect(a, 0, [1]), [2, 2, 2]);
  });

  it('names the index that does not exist', () => {
    expect(() => indexSelect(x(), 1, [0, 3])).to.throw(
      IndexError,
      'indexSelect: index 3 at position 1 of the indices is out of range for dimension 1 of length 3',
    );
    expect(() => indexSelect(x(), 1, integers([-1]))).to.throw(IndexError, 'indexSelect: index -1 at position 0');
    expect(() => indexSelect(x(), 1, tensor([0]))).to.throw(
      DTypeError,
      "indexSelect: indices must be int32 (or uint8), not float32; convert them with to('int32')",
    );
    expect(() => indexSelect(x(), 1, [0.5])).to.throw(ArgumentError, 'indexSelect: index 0 is 0.5, but int32 holds whole numbers');
    expect(() => indexSelect(x(), 1, integers([[0]]))).to.throw(
      ShapeError,
      'indexSelect: indices must have one dimension, got shape [1, 1]',
    );
    expect(() => indexSelect(tensor(1), 0, [0])).to.throw(ShapeError, 'indexSelect: a scalar has no dimension 0');
  });
});

describe('indexAdd', () => {
  it('adds rows where the indices say', () => {
    expect(indexAdd(ones([3]), 0, [2, 0, 2], tensor([1, 2, 3])).toArray()).to.deep.equal([3, 1, 5]);
    expect(indexAdd(zeros([2, 2]), 1, [1], tensor([[5], [6]])).toArray()).to.deep.equal([
      [0, 5],
      [0, 6],
    ]);
  });

  it('leaves x alone, and adds integers', () => {
    const x = tensor([250, 1], { dtype: 'uint8' });
    const y = indexAdd(x, 0, [0], tensor([5], { dtype: 'uint8' }));
    expect(y.dtype).to.equal('uint8');
    expect(y.toArray()).to.deep.equal([255, 1]);
    expect(x.toArray()).to.deep.equal([250, 1]);
  });

  it('has gradients of both orders', () => {
    prove((x, source) => indexAdd(x, 0, [2, 0, 2], source), [3, 2], [3, 2]);
    prove((source) => indexAdd(zeros([2, 4], { dtype: 'float64' }), 1, [1, 1], source), [2, 2]);
  });

  it('says what does not fit', () => {
    expect(() => indexAdd(zeros([3]), 0, [3], tensor([1]))).to.throw(IndexError, 'indexAdd: index 3 at position 0');
    expect(() => indexAdd(zeros([3, 2]), 0, [0], tensor([[1]]))).to.throw(
      ShapeError,
      'indexAdd: source must have shape [1, 2] for 1 indices in dimension 0 of [3, 2], got [1, 1]',
    );
    expect(() => indexAdd(zeros([3]), 0, [0], tensor([1], { dtype: 'int32' }))).to.throw(
      DTypeError,
      'indexAdd: x is float32, but source is int32',
    );
  });
});

describe('gather', () => {
  const x = () => arange(6).reshape([2, 3]);

  it('picks one element for every index', () => {
    expect(
      gather(
        x(),
        1,
        integers([
          [2, 0],
          [1, 1],
        ]),
      ).toArray(),
    ).to.deep.equal([
      [2, 0],
      [4, 4],
    ]);
    expect(gather(x(), 0, integers([[1, 0, 1]])).toArray()).to.deep.equal([[3, 1, 5]]);
  });

  it('takes indices that end before x does in the other dimensions', () => {
    expect(gather(x(), 1, integers([[2]])).toArray()).to.deep.equal([[2]]);
    expect(
      gather(
        x(),
        0,
        integers([
          [1, 0],
          [0, 1],
          [1, 1],
        ]),
      ).toArray(),
    ).to.deep.equal([
      [3, 1],
      [0, 4],
      [3, 4],
    ]);
    expect(gather(x(), 0, zeros([0, 3], { dtype: 'int32' })).shape).to.deep.equal([0, 3]);
  });

  it('has gradients of both orders, also with smaller indices', () => {
    prove(
      (a) =>
        gather(
          a,
          1,
          integers([
            [2, 0],
            [1, 1],
          ]),
        ),
      [2, 3],
    );
    prove(
      (a) =>
        gather(
          a,
          0,
          integers([
            [[1], [1]],
            [[0], [1]],
            [[1], [0]],
          ]),
        ),
      [2, 3, 2],
    );
  });

  it('says what does not fit', () => {
    expect(() => gather(x(), 1, integers([[0, 3]]))).to.throw(
      IndexError,
      'gather: index 3 at position 1 of the indices is out of range for dimension 1 of length 3',
    );
    expect(() => gather(x(), 1, integers([0]))).to.throw(
      ShapeError,
      'gather: indices [1] must be no larger than x [2, 3] in every dimension but 1',
    );
    expect(() => gather(x(), 1, integers([[0], [0], [0]]))).to.throw(ShapeError, 'gather: indices [3, 1] must be no larger than x [2, 3]');
    expect(() => gather(x(), 1, tensor([[0]]))).to.throw(DTypeError, 'gather: indices must be int32');
  });
});

describe('scatterAdd', () => {
  it('adds every element where its index says', () => {
    expect(
      scatterAdd(
        ones([2, 3]),
        1,
        integers([
          [0, 0],
          [2, 1],
        ]),
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ).toArray(),
    ).to.deep.equal([
      [4, 1, 1],
      [1, 5, 4],
    ]);
  });

  it('takes a source that is larger than the indices, and indices that end before x', () => {
    expect(
      scatterAdd(
        zeros([2, 2]),
        1,
        integers([[1]]),
        tensor([
          [7, 8],
          [9, 9],
        ]),
      ).toArray(),
    ).to.deep.equal([
      [0, 7],
      [0, 0],
    ]);
  });

  it('adds integers exactly', () => {
    const sums = scatterAdd(integers([0, 0]), 0, integers([1, 1, 1]), integers([2 ** 24, 1, 1]));
    expect(sums.toArray()).to.deep.equal([0, 2 ** 24 + 2]);
    expect(scatterAdd(zeros([2], { dtype: 'uint8' }), 0, integers([1, 1]), ones([2], { dtype: 'uint8' })).toArray()).to.deep.equal([0, 2]);
  });

  it('has gradients of both orders, also with smaller indices', () => {
    prove(
      (x, source) =>
        scatterAdd(
          x,
          1,
          integers([
            [0, 0],
            [2, 1],
          ]),
          source,
        ),
      [2, 3],
      [2, 2],
    );
    prove((x, source) => scatterAdd(x, 0, integers([[1], [1], [0]]), source), [2, 3], [4, 2]);
  });

  it('says what does not fit', () => {
    const index = integers([[0, 0]]);
    expect(() => scatterAdd(zeros([2, 2]), 1, index, tensor([[1]]))).to.throw(
      ShapeError,
      'scatterAdd: indices [1, 2] must be no larger than source [1, 1] in every dimension',
    );
    expect(() => scatterAdd(zeros([2, 2]), 1, integers([[2, 0]]), tensor([[1, 1]]))).to.throw(
      IndexError,
      'scatterAdd: index 2 at position 0',
    );
    expect(() => scatterAdd(zeros([2, 2]), 1, index, integers([[1, 1]]))).to.throw(
      DTypeError,
      'scatterAdd: x is float32, but source is int32',
    );
  });
});

describe('oneHot', () => {
  it('gives every index a row', () => {
    expect(oneHot(integers([2, 0]), 3).toArray()).to.deep.equal([
      [0, 0, 1],
      [1, 0, 0],
    ]);
    expect(oneHot(integers([[1]])).toArray()).to.deep.equal([[[0, 1]]]);
    expect(oneHot(tensor(new Uint8Array([1])), 2, { dtype: 'float64' }).dtype).to.equal('float64');
    expect(oneHot(integers([]), 2).shape).to.deep.equal([0, 2]);
  });

  it('says which index is no class', () => {
    expect(() => oneHot(integers([0, 3]), 3)).to.throw(
      IndexError,
      'oneHot: index 3 at position 1 of the indices is out of range for a row of length 3',
    );
    expect(() => oneHot(integers([]))).to.throw(ArgumentError, 'oneHot: without an index, the number of classes must be given');
    expect(() => oneHot(integers([0]), 1.5)).to.throw(ArgumentError, 'oneHot: classes must be a whole number of at least 0, got 1.5');
    expect(() => oneHot(tensor([0]), 3)).to.throw(DTypeError, 'oneHot: indices must be int32');
  });
});

describe('maskedSelect', () => {
  it('takes what the mask marks, in order, and broadcasts', () => {
    expect(maskedSelect(tensor([1, 2, 3]), tensor([true, false, true])).toArray()).to.deep.equal([1, 3]);
    expect(maskedSelect(arange(4).reshape([2, 2]), tensor([0, 1])).toArray()).to.deep.equal([1, 3]);
    expect(maskedSelect(tensor([7, 8]), tensor([[1], [1]])).toArray()).to.deep.equal([7, 8, 7, 8]);
    expect(maskedSelect(tensor([1]), tensor([false])).shape).to.deep.equal([0]);
  });

  it('has gradients of both orders', () => {
    prove((x) => maskedSelect(x, tensor([true, false, true])), [2, 3]);
  });
});

describe('indexing', () => {
  it('picks with gather what indexSelect picks, for a list repeated over the rows', () => {
    const generator = new Generator(1);
    const x = randn([4, 7], { generator });
    const list = randint(7, [5], { generator });
    const rows = list.reshape([1, 5]).expand([4, 5]);
    expect(gather(x, 1, rows).toArray()).to.deep.equal(indexSelect(x, 1, list).toArray());
  });
});

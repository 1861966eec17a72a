import { ArgumentError, DTypeError, eye, Generator, grad, IndexError, manualSeed, ones, ShapeError, tensor, zeros } from '@convgrad/core';
import {
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  Conv1d,
  Conv2d,
  Conv3d,
  conv1d,
  conv2d,
  conv3d,
  Dropout,
  dropout,
  Embedding,
  embedding,
  Flatten,
  Identity,
  Linear,
  LogSigmoid,
  logSigmoid,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  ReLU,
  Sigmoid,
  Tanh,
} from '@convgrad/nn';
import { expect } from 'chai';
import { expectClose, leaf, normal, prove } from './numbers.ts';

describe('convolution layers', () => {
  it('give what their functions give', () => {
    const [a, b, c] = [
      new Conv1d(4, 6, 3, { padding: 'causal', dilation: 2, groups: 2, dtype: 'float64' }),
      new Conv2d(2, 3, [3, 2], {
        stride: [2, 1],
        padding: [
          [1, 0],
          [0, 2],
        ],
        paddingMode: 'replicate',
        dtype: 'float64',
      }),
      new Conv3d(1, 2, 2, { bias: false, padding: 'same', dtype: 'float64' }),
    ];
    expectClose(a.forward(normal([2, 4, 7])), conv1d(normal([2, 4, 7]), a.weight, a.bias, { padding: 'causal', dilation: 2, groups: 2 }));
    expectClose(
      b.forward(normal([2, 2, 5, 4])),
      conv2d(normal([2, 2, 5, 4]), b.weight, b.bias, {
        stride: [2, 1],
        padding: [
          [1, 0],
          [0, 2],
        ],
        paddingMode: 'replicate',
      }),
    );
    expect(c.bias).to.equal(null);
    expectClose(c.forward(normal([1, 3, 4, 2])), conv3d(normal([1, 3, 4, 2]), c.weight, null, { padding: 'same' }));
  });

  it('say when they are made which options are not allowed', () => {
    expect(() => new Conv2d(0, 1, 3)).to.throw(ArgumentError, 'Conv2d: inChannels must be a whole number of at least 1, got 0');
    expect(() => new Conv2d(1, 1.5, 3)).to.throw(ArgumentError, 'Conv2d: outChannels must be a whole number of at least 1, got 1.5');
    expect(() => new Conv1d(3, 4, 3, { groups: 2 })).to.throw(ArgumentError, 'Conv1d: inChannels must be divisible by groups, got 3 and 2');
    expect(() => new Conv1d(4, 3, 3, { groups: 2 })).to.throw(
      ArgumentError,
      'Conv1d: outChannels must be divisible by groups, got 3 and 2',
    );
    expect(() => new Conv2d(1, 1, [3])).to.throw(
      ArgumentError,
      'Conv2d: kernelSize needs one number, or 2 for the spatial dimensions, got [3]',
    );
    expect(() => new Conv2d(1, 1, 3, { stride: 0 })).to.throw(ArgumentError, 'Conv2d: stride must be whole numbers of at least 1');
    expect(() => new Conv2d(1, 1, 3).forward(zeros([1, 2, 5, 5]))).to.throw(
      ShapeError,
      'conv2d: weight expects 1 input channels per group',
    );
  });
});

describe('Linear', () => {
  it('is x W^T + b', () => {
    const layer = new Linear(3, 2, { dtype: 'float64' });
    const x = normal([4, 5, 3]);
    expectClose(layer.forward(x), x.matmul(layer.weight.t()).add(layer.bias ?? 0));
    expect(new Linear(3, 2, { bias: false }).bias).to.equal(null);
  });

  it('says what does not fit', () => {
    expect(() => new Linear(3, -1)).to.throw(ArgumentError, 'Linear: outFeatures must be a whole number of at least 1, got -1');
    expect(() => new Linear(3, 2).forward(ones([4]))).to.throw(
      ShapeError,
      'linear: weight [2, 3] expects 3 input features, but input is [4]',
    );
  });
});

describe('embedding', () => {
  const indices = tensor(
    [
      [2, 0],
      [2, 3],
    ],
    { dtype: 'int32' },
  );

  it('reads rows', () => {
    expect(embedding(indices, eye(4)).toArray()).to.deep.equal([
      [
        [0, 0, 1, 0],
        [1, 0, 0, 0],
      ],
      [
        [0, 0, 1, 0],
        [0, 0, 0, 1],
      ],
    ]);
    expect(embedding(indices.to('uint8'), eye(4)).shape).to.deep.equal([2, 2, 4]);
    expect(embedding(tensor(1, { dtype: 'int32' }), eye(4)).toArray()).to.deep.equal([0, 1, 0, 0]);
    const layer = new Embedding(4, 3);
    expectClose(layer.forward(indices), embedding(indices, layer.weight), 0);
  });

  it('adds up the gradients of a row, and gives none to the padding', () => {
    const weight = leaf([4, 2]);
    expect(grad(embedding(indices, weight).sum(), [weight])[0].toArray()).to.deep.equal([
      [1, 1],
      [0, 0],
      [2, 2],
      [1, 1],
    ]);
    const padded = embedding(indices, weight, { paddingIdx: -2 });
    expectClose(padded, embedding(indices, weight), 0);
    expect(grad(padded.sum(), [weight])[0].toArray()).to.deep.equal([
      [1, 1],
      [0, 0],
      [0, 0],
      [1, 1],
    ]);
  });

  it('has right first and second derivatives', () => {
    prove((weight) => embedding(indices, weight), leaf([4, 3]));
    // The row of the padding is not used here: it has a value but no gradient.
    prove((weight) => embedding(indices, weight, { paddingIdx: 1 }).square(), leaf([4, 3]));
  });

  it('says what does not fit', () => {
    expect(() => embedding(tensor([4], { dtype: 'int32' }), eye(4))).to.throw(
      IndexError,
      'embedding: index 4 at position 0 is out of range for 4 rows',
    );
    expect(() => embedding(tensor([0, -1], { dtype: 'int32' }), eye(4))).to.throw(
      IndexError,
      'embedding: index -1 at position 1 is out of range for 4 rows',
    );
    expect(() => embedding(ones([2]), eye(4))).to.throw(DTypeError, 'embedding: indices must be int32 or uint8, got float32 [2]');
    expect(() => embedding(indices, ones([4]))).to.throw(ShapeError, 'embedding: weight must be [rows, width], got [4]');
    expect(() => embedding(indices, ones([4, 2], { dtype: 'int32' }))).to.throw(
      DTypeError,
      'embedding: weight must be float32 or float64, got int32',
    );
    expect(() => embedding(indices, eye(4), { paddingIdx: 4 })).to.throw(ArgumentError, 'embedding: paddingIdx 4 is not one of the 4 rows');
    expect(() => new Embedding(0, 3)).to.throw(ArgumentError, 'Embedding: numEmbeddings must be a whole number of at least 1, got 0');
    expect(() => new Embedding(3, 0)).to.throw(ArgumentError, 'Embedding: embeddingDim must be a whole number of at least 1, got 0');
  });
});

describe('dropout', () => {
  const generator = (): Generator => new Generator(1);

  it('keeps the expected value: zeros, and the rest scaled', () => {
    const y = dropout(ones([10000]), 0.2, { generator: generator() });
    const numbers = [...y.toTypedArray()];
    expect(new Set(numbers)).to.deep.equal(new Set([0, 1.25]));
    expect(numbers.filter((value) => value === 0)).to.have.length.within(1880, 2120);
  });

  it('repeats with the seed of the default generator', () => {
    manualSeed(7);
    const first = dropout(ones([50])).toArray();
    manualSeed(7);
    expect(dropout(ones([50])).toArray()).to.deep.equal(first);
  });

  it('does nothing in evaluation, or with p 0, and drops all with p 1', () => {
    const x = ones([4]);
    expect(dropout(x, 0.5, { training: false })).to.equal(x);
    expect(dropout(x, 0)).to.equal(x);
    expect(dropout(x, 1).toArray()).to.deep.equal([0, 0, 0, 0]);
  });

  it('lets the gradient through where it kept the element, in every order', () => {
    const x = tensor([1, 2, 3, 4, 5, 6], { requiresGrad: true });
    const y = dropout(x, 0.5, { generator: generator() });
    const [dx] = grad(y.sum(), [x]);
    expect(dx.toArray()).to.deep.equal(y.div(x.detach()).detach().toArray());
    prove((z) => dropout(z, 0.3, { generator: generator() }), leaf([5, 4]));
  });

  it('is a layer that evaluation switches off', () => {
    const layer = new Dropout(0.5, { generator: generator() });
    const x = ones([100]);
    expect(layer.forward(x).sum().item()).to.not.equal(100);
    expect(layer.eval().forward(x)).to.equal(x);
    manualSeed(1);
    const drawn = new Dropout(0.5).forward(x).toArray();
    expect(drawn).to.deep.equal(dropout(x, 0.5, { generator: generator() }).toArray());
  });

  it('says which p are allowed', () => {
    expect(() => dropout(ones([1]), 1.5)).to.throw(ArgumentError, 'dropout: p must be in [0, 1], got 1.5');
    expect(() => new Dropout(-0.1)).to.throw(ArgumentError, 'Dropout: p must be in [0, 1], got -0.1');
    expect(() => dropout(ones([1], { dtype: 'int32' }))).to.throw(DTypeError, 'dropout: input must be float32 or float64');
  });
});

describe('pooling layers', () => {
  it('give what their functions give', () => {
    const options = { stride: 1, padding: 1, ceilMode: true };
    const [line, image, volume] = [normal([2, 3, 7]), normal([2, 3, 5, 6]), normal([2, 2, 4, 3, 4])];
    expectClose(new MaxPool1d(3, { ...options, dilation: 2 }).forward(line), maxPool1d(line, 3, { ...options, dilation: 2 }));
    expectClose(new MaxPool2d([3, 2], options).forward(image), maxPool2d(image, [3, 2], options));
    expectClose(new MaxPool3d(2, options).forward(volume), maxPool3d(volume, 2, options));
    expectClose(
      new AvgPool1d(3, { ...options, countIncludePad: false }).forward(line),
      avgPool1d(line, 3, { ...options, countIncludePad: false }),
    );
    expectClose(new AvgPool2d(2, { divisorOverride: 3 }).forward(image), avgPool2d(image, 2, { divisorOverride: 3 }));
    expectClose(new AvgPool3d(2, options).forward(volume), avgPool3d(volume, 2, options));
  });

  it('say when they are made which options are not allowed', () => {
    expect(() => new MaxPool2d(0)).to.throw(ArgumentError, 'MaxPool2d: kernelSize must be whole numbers of at least 1, got [0, 0]');
    expect(() => new AvgPool3d(2, { divisorOverride: 0 })).to.throw(
      ArgumentError,
      'AvgPool3d: divisorOverride must be a whole number other than 0',
    );
  });
});

describe('layers without parameters', () => {
  it('give what their functions give', () => {
    const x = normal([2, 3, 4]);
    expectClose(new ReLU().forward(x), x.relu());
    expectClose(new Sigmoid().forward(x), x.sigmoid());
    expectClose(new Tanh().forward(x), x.tanh());
    expectClose(new LogSigmoid().forward(x), logSigmoid(x));
    expect(new Identity().forward(x)).to.equal(x);
    expect(new Flatten().forward(x).shape).to.deep.equal([2, 12]);
    expect(new Flatten({ startDim: 0, endDim: 1 }).forward(x).shape).to.deep.equal([6, 4]);
  });
});

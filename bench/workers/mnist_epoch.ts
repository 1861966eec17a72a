/*
 * One epoch of MNIST: LeNet-5, batches of 64 in random order, Adam.
 */
import { manualSeed } from '@convgrad/core';
import { DataLoader, mnist, mnistPixels } from '@convgrad/data';
import { crossEntropy } from '@convgrad/nn';
import { Adam } from '@convgrad/optim';
import { lenet } from '../../examples/mnist/models.ts';

manualSeed(0);
const model = lenet();
const optimizer = new Adam(model.parameters(), { lr: 2e-3 });
const loader = new DataLoader(mnist({ split: 'train', normalize: mnistPixels }), { batchSize: 64, shuffle: true });
let last = 0;
for (const [images, labels] of loader) {
  optimizer.zeroGrad();
  const loss = crossEntropy(model.forward(images), labels);
  loss.backward();
  optimizer.step();
  last = loss.item();
}
console.log(`last loss ${last}`);

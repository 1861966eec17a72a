// A user's program, run by plain Node from the unpacked packages: trains a small net on one batch and prints what it saw.
import { backend, kernelVariant, manualSeed, randint, randn } from '@convgrad/core';
import { DataLoader, TensorDataset } from '@convgrad/data';
import { Conv2d, CrossEntropyLoss, Flatten, Linear, MaxPool2d, ReLU, Sequential } from '@convgrad/nn';
import { Adam } from '@convgrad/optim';

const compiler = await import('@yowasp/clang').then(
  () => 'found',
  (error) => error.code,
);

manualSeed(7);
const model = new Sequential(new Conv2d(1, 4, 3, { padding: 1 }), new ReLU(), new MaxPool2d(2), new Flatten(), new Linear(4 * 4 * 4, 3));
const optimizer = new Adam(model.parameters(), { lr: 0.05 });
const criterion = new CrossEntropyLoss();
const loader = new DataLoader(new TensorDataset(randn([16, 1, 8, 8]), randint(0, 3, [16])), { batchSize: 16 });

const losses = [];
for (let epoch = 0; epoch < 20; epoch++) {
  for (const [images, labels] of loader) {
    optimizer.zeroGrad();
    const loss = criterion.forward(model.forward(images), labels);
    loss.backward();
    optimizer.step();
    losses.push(loss.item());
  }
}
console.log(JSON.stringify({ compiler, variant: kernelVariant(), backend: backend(), losses }));

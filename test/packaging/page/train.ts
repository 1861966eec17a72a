// A program for a page: trains a step on random images, and leaves what it found where the page can see it.
import { getNumThreads, inferenceMode, manualSeed, rand, randint, setNumThreads, Tensor } from '@convgrad/core';
import { Conv2d, CrossEntropyLoss, Flatten, Linear, MaxPool2d, ReLU, Sequential } from '@convgrad/nn';
import { Adam } from '@convgrad/optim';

manualSeed(1);
const threads = getNumThreads();
const model = new Sequential(new Conv2d(1, 8, 3), new ReLU(), new MaxPool2d(2), new Flatten(), new Linear(8 * 13 * 13, 10));
const optimizer = new Adam(model.parameters(), { lr: 0.01 });
const criterion = new CrossEntropyLoss();
const images = rand([32, 1, 28, 28]);
const labels = randint(0, 10, [32]);
const losses: number[] = [];
for (let step = 0; step < 20; step++) {
  // More than there are: the work is done without them.
  setNumThreads(step < 10 ? 1 : 4);
  optimizer.zeroGrad();
  const loss = criterion.forward(model.forward(images), labels);
  loss.backward();
  optimizer.step();
  losses.push(loss.item());
}
const logits = inferenceMode(() => model.forward(images));
const result = { threads, losses, printed: String(logits instanceof Tensor && logits.shape) };
Object.assign(globalThis, { result });

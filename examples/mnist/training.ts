import { inferenceMode } from '@convgrad/core';
import type { DataLoader, LabelledImage } from '@convgrad/data';
import { crossEntropy, type Sequential } from '@convgrad/nn';
import type { Adam } from '@convgrad/optim';
import { ConfusionMatrix } from './confusion.ts';
import { createProgress } from './progress.ts';

/** How a pass over the training images went. */
export interface EpochResult {
  /** Mean loss of the images seen. */
  readonly loss: number;
  /** Images seen: fewer than there are if the user stopped it. */
  readonly images: number;
  readonly seconds: number;
}

/** A training of several epochs. */
export interface Training {
  readonly model: Sequential;
  readonly optimizer: Adam;
  readonly loader: DataLoader<LabelledImage>;
  readonly epochs: number;
  /** Learning rate of the first step. It falls linearly, to 0 behind the last step: the noise of the steps settles, and more is recognised. */
  readonly lr: number;
}

/** Pass number `epoch`, counted from 1, over the training images; ends after the step in which `signal` is aborted. */
export async function trainEpoch(
  epoch: number,
  { model, optimizer, loader, epochs, lr }: Training,
  signal: AbortSignal,
): Promise<EpochResult> {
  const images = loader.dataset.length;
  const progress = createProgress(`epoch ${epoch}/${epochs}`, images);
  const start = performance.now();
  let [seen, total] = [0, 0];
  model.train();
  for await (const [x, labels] of loader) {
    const done = (epoch - 1 + seen / images) / epochs;
    for (const group of optimizer.paramGroups) group.lr = lr * (1 - done);
    optimizer.zeroGrad();
    const loss = crossEntropy(model.forward(x), labels);
    loss.backward();
    optimizer.step();
    seen += labels.size;
    total += loss.item() * labels.size;
    progress.update({ images: seen, loss: total / seen, imagesPerSecond: (1000 * seen) / (performance.now() - start) });
    if (signal.aborted) break;
  }
  progress.stop();
  return { loss: total / seen, images: seen, seconds: (performance.now() - start) / 1000 };
}

/** What the model makes of the test images. `for await` lets Ctrl-C be heard meanwhile. */
export async function evaluate(model: Sequential, loader: DataLoader<LabelledImage>): Promise<ConfusionMatrix> {
  const confusion = new ConfusionMatrix();
  model.eval();
  for await (const [x, labels] of loader) {
    const predicted = inferenceMode(() => model.forward(x).argmax(1));
    confusion.add(labels.data, predicted.data);
  }
  return confusion;
}

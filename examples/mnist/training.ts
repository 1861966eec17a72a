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

/** One pass over the training images; ends after the step in which `signal` is aborted. */
export async function trainEpoch(
  title: string,
  model: Sequential,
  optimizer: Adam,
  loader: DataLoader<LabelledImage>,
  images: number,
  signal: AbortSignal,
): Promise<EpochResult> {
  const progress = createProgress(title, images);
  const start = performance.now();
  let [seen, total] = [0, 0];
  model.train();
  for await (const [x, labels] of loader) {
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

import { inferenceMode, type Parameter, type Tensor } from '@convgrad/core';
import { DataLoader, type Dataset, type LabelledImage } from '@convgrad/data';
import { crossEntropy, PackedDeformConv2d } from '@convgrad/nn';
import { Adam } from '@convgrad/optim';
import { createProgress } from '../terminal/progress.ts';
import type { VariantNet } from './network.ts';

/** The images to learn from and to test on. */
export interface DigitSets {
  readonly train: Dataset<LabelledImage>;
  readonly test: Dataset<LabelledImage>;
}

export interface TrainingOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** What came of training a net. */
export interface TrainingResult {
  /** Mean training loss of each stretch of a pass, at the number of images seen at its end. */
  readonly losses: readonly (readonly [images: number, loss: number])[];
  /** Share of the test images recognised after each pass. */
  readonly accuracies: readonly (readonly [images: number, accuracy: number])[];
  /** Which of the test images were recognised in the end. */
  readonly right: readonly boolean[];
  /** Of each training step, in milliseconds; making the images not counted. */
  readonly stepTimes: readonly number[];
}

/** Learning rate of the predictions of offsets, relative to that of the rest: at the same rate the offsets run away. */
export const offsetLrShare = 0.2;
/** Points of the loss curve in a pass over the images. */
const stretches = 10;

/** Trains a net by Adam with a learning rate that falls to zero along half a cosine, and tests it after each pass; null if stopped. */
export async function trainNet(title: string, net: VariantNet, sets: DigitSets, options: TrainingOptions): Promise<TrainingResult | null> {
  const { epochs, batchSize, lr, seed, signal } = options;
  const loader = new DataLoader(sets.train, { batchSize, shuffle: true, seed });
  const [offsets, others] = splitOffsets(net);
  const optimizer = new Adam(offsets.length === 0 ? others : [{ params: others }, { params: offsets }], { lr });
  const total = epochs * sets.train.length;
  const progress = createProgress(title, total);
  const curve = new LossCurve(sets.train.length / stretches);
  const accuracies: [number, number][] = [];
  const stepTimes: number[] = [];
  const start = performance.now();
  let right: boolean[] = [];
  for (let epoch = 0; epoch < epochs && !signal.aborted; epoch++) {
    net.train();
    for await (const [x, labels] of loader) {
      const cosine = (1 + Math.cos((Math.PI * curve.images) / total)) / 2;
      optimizer.paramGroups.forEach((group, index) => {
        group.lr = lr * cosine * (index === 0 ? 1 : offsetLrShare);
      });
      const before = performance.now();
      const loss = trainStep(net, optimizer, x, labels);
      stepTimes.push(performance.now() - before);
      curve.add(loss, labels.size);
      progress.update({ images: curve.images, loss, imagesPerSecond: (1000 * curve.images) / (performance.now() - start) });
      if (signal.aborted) break;
    }
    right = recognised(net, sets.test);
    accuracies.push([curve.images, share(right)]);
  }
  progress.stop();
  return signal.aborted ? null : { losses: curve.points, accuracies, right, stepTimes };
}

/** The mean loss of each stretch of so many images. */
class LossCurve {
  readonly points: [images: number, loss: number][] = [];
  readonly #stretch: number;
  #images = 0;
  #sum = 0;
  #summed = 0;

  constructor(stretch: number) {
    this.#stretch = stretch;
  }

  /** Images seen so far. */
  get images(): number {
    return this.#images;
  }

  add(loss: number, images: number): void {
    this.#images += images;
    this.#sum += loss * images;
    this.#summed += images;
    if (this.#summed < this.#stretch) return;
    this.points.push([this.#images, this.#sum / this.#summed]);
    this.#sum = 0;
    this.#summed = 0;
  }
}

function splitOffsets(net: VariantNet): [offsets: Parameter[], others: Parameter[]] {
  const offsets = net.modules().flatMap((module) => (module instanceof PackedDeformConv2d ? module.offsetParameters() : []));
  return [offsets, net.parameters().filter((parameter) => !offsets.includes(parameter))];
}

function trainStep(net: VariantNet, optimizer: Adam, x: Tensor, labels: Tensor): number {
  optimizer.zeroGrad();
  const loss = crossEntropy(net.forward(x), labels);
  loss.backward();
  optimizer.step();
  return loss.item();
}

/** Which test images the net recognises. */
function recognised(net: VariantNet, test: Dataset<LabelledImage>): boolean[] {
  const right: boolean[] = [];
  net.eval();
  for (const [x, labels] of new DataLoader(test, { batchSize: 250 })) {
    const predicted = inferenceMode(() => net.forward(x).argmax(1));
    predicted.data.forEach((digit, index) => {
      right.push(digit === labels.data[index]);
    });
  }
  return right;
}

/** Share of true values. */
export function share(right: readonly boolean[]): number {
  return right.filter(Boolean).length / right.length;
}

/** The value in the middle of the sorted ones, of an even number the upper one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

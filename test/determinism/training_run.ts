import { createHash } from 'node:crypto';
import {
  type DTypeArray,
  defaultGenerator,
  type FloatDType,
  Generator,
  type GeneratorState,
  manualSeed,
  type Tensor,
} from '@convgrad/core';
import { DataLoader, ImageDataset, type LabelledImage } from '@convgrad/data';
import { Conv2d, crossEntropy, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential, type StateDict } from '@convgrad/nn';
import { Adam, type AdamOptions, type OptimizerState } from '@convgrad/optim';

/** All that a run needs to go on where another stood. */
export interface Checkpoint {
  readonly model: StateDict;
  readonly optimizer: OptimizerState<AdamOptions>;
  /** Of the default generator, which draws what is dropped out. */
  readonly generator: GeneratorState;
  /** Of the loader's generator when the epoch began, and the steps since then. */
  readonly loader: GeneratorState;
  readonly stepsOfEpoch: number;
}

/** LeNet-5 with dropout, Adam, and a shuffled loader of 40 batches an epoch. */
export class TrainingRun {
  readonly losses: number[] = [];
  private readonly dtype: FloatDType;
  private readonly model: Sequential;
  private readonly optimizer: Adam;
  private readonly loader: DataLoader<LabelledImage>;
  private epoch: Iterator<LabelledImage>;
  private loaderAtEpoch: GeneratorState;
  private stepsOfEpoch = 0;

  constructor(dtype: FloatDType, seed: number) {
    manualSeed(seed);
    this.dtype = dtype;
    this.model = lenetWithDropout().to(dtype);
    this.optimizer = new Adam(this.model.parameters(), { lr: 2e-3, weightDecay: 1e-4 });
    this.loader = new DataLoader(noisyImages(640), { batchSize: 16, shuffle: true, seed });
    this.loaderAtEpoch = this.loader.generator.state();
    this.epoch = this.loader[Symbol.iterator]();
  }

  train(steps: number): this {
    for (let step = 0; step < steps; step++) {
      const [images, labels] = this.nextBatch();
      this.optimizer.zeroGrad();
      const loss = crossEntropy(this.model.forward(images.to(this.dtype)), labels);
      loss.backward();
      this.optimizer.step();
      this.losses.push(loss.item());
    }
    return this;
  }

  checkpoint(): Checkpoint {
    const { loaderAtEpoch, stepsOfEpoch } = this;
    const generator = defaultGenerator().state();
    return { model: this.model.stateDict(), optimizer: this.optimizer.stateDict(), generator, loader: loaderAtEpoch, stepsOfEpoch };
  }

  resume({ model, optimizer, generator, loader, stepsOfEpoch }: Checkpoint): this {
    this.model.loadStateDict(model);
    this.optimizer.loadStateDict(optimizer);
    this.loader.generator.setState(loader);
    this.startEpoch();
    for (let step = 0; step < stepsOfEpoch; step++) this.nextBatch();
    defaultGenerator().setState(generator);
    return this;
  }

  /** A hash of every bit of the losses, the parameters and the optimizer's state. */
  fingerprint(): string {
    const hash = createHash('sha256').update(Float64Array.from(this.losses));
    const { model, optimizer } = this.checkpoint();
    for (const tensor of Object.values(model)) hash.update(bytesOf(tensor));
    for (const remembered of Object.values(optimizer.state)) {
      for (const [name, value] of Object.entries(remembered)) {
        hash.update(name).update(typeof value === 'number' ? String(value) : bytesOf(value));
      }
    }
    return hash.digest('hex');
  }

  private nextBatch(): LabelledImage {
    let next = this.epoch.next();
    if (next.done === true) {
      this.startEpoch();
      next = this.epoch.next();
    }
    this.stepsOfEpoch++;
    return next.value;
  }

  private startEpoch(): void {
    this.loaderAtEpoch = this.loader.generator.state();
    this.epoch = this.loader[Symbol.iterator]();
    this.stepsOfEpoch = 0;
  }
}

function lenetWithDropout(): Sequential {
  return new Sequential(
    new Conv2d(1, 6, 5, { padding: 2 }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(6, 16, 5),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Dropout(0.25),
    new Linear(400, 120),
    new ReLU(),
    new Dropout(0.5),
    new Linear(120, 84),
    new ReLU(),
    new Linear(84, 10),
  );
}

/** Images whose label says where in the noise a bright bar stands: there is something to learn. */
function noisyImages(count: number): ImageDataset {
  const generator = new Generator(1);
  const labels = Uint8Array.from({ length: count }, () => generator.integer(0, 10));
  const pixels = new Uint8Array(count * 28 * 28);
  for (let i = 0; i < pixels.length; i++) {
    const [image, column] = [Math.floor(i / 784), i % 28];
    pixels[i] = Math.floor(column / 2.8) === labels[image] ? 200 : generator.integer(0, 128);
  }
  return new ImageDataset(pixels, [1, 28, 28], labels, { normalize: { mean: 0.3, std: 0.3 } });
}

function bytesOf(tensor: Tensor): Uint8Array {
  const data: DTypeArray = tensor.toTypedArray();
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

import { ConvgradError, manualSeed } from '@convgrad/core';
import { DataLoader, mnist, mnistPixels, take } from '@convgrad/data';
import { Adam } from '@convgrad/optim';
import Table from 'cli-table3';
import { models } from './models.ts';
import { type Options, parseOptions } from './options.ts';
import { type EpochResult, evaluate, trainEpoch } from './training.ts';

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** Trains, tests after each epoch, and prints what was learned, also after Ctrl-C. */
async function run(options: Options): Promise<void> {
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort());
  manualSeed(options.seed);
  const [train, test] = (['train', 'test'] as const).map((split) => {
    const dataset = mnist({ split, normalize: mnistPixels });
    return options.limit === null ? dataset : take(dataset, options.limit);
  });
  const trainLoader = new DataLoader(train, { batchSize: options.batchSize, shuffle: true, seed: options.seed });
  const testLoader = new DataLoader(test, { batchSize: 500 });
  const model = models[options.model]();
  const optimizer = new Adam(model.parameters(), { lr: options.lr });
  const parameters = [...model.parameters()].reduce((count, parameter) => count + parameter.size, 0);
  console.log(`${options.model}: ${parameters.toLocaleString('en')} parameters, ${train.length.toLocaleString('en')} images to learn from`);

  const table = new Table({ head: ['epoch', 'training loss', 'test accuracy', 'seconds', 'images/s'], style: { head: [], border: [] } });
  let last: EpochResult | null = null;
  let confusion = evaluate(model, testLoader);
  for (let epoch = 1; epoch <= options.epochs && !interruption.signal.aborted; epoch++) {
    last = await trainEpoch(`epoch ${epoch}/${options.epochs}`, model, optimizer, trainLoader, train.length, interruption.signal);
    confusion = evaluate(model, testLoader);
    const label = last.interrupted ? `${epoch} (stopped)` : `${epoch}`;
    const speed = (last.images / last.seconds).toFixed(0);
    table.push([label, last.loss.toFixed(4), percent(confusion.accuracy), last.seconds.toFixed(1), speed]);
    console.log(`epoch ${label}: test accuracy ${percent(confusion.accuracy)}`);
  }
  console.log(table.toString());
  console.log('Test images by true digit (rows) and predicted digit (columns):');
  console.log(confusion.toString());
  if (last !== null) console.log(`training loss ${last.loss}`);
  console.log(`test accuracy ${percent(confusion.accuracy)}`);
}

try {
  await run(parseOptions(process.argv));
} catch (error) {
  if (!(error instanceof ConvgradError)) throw error;
  console.error(`${error.name}: ${error.message}`);
  process.exitCode = 1;
}

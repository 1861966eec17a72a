import { manualSeed, ResourceError } from '@convgrad/core';
import { DataLoader, mnist, mnistPixels, take } from '@convgrad/data';
import { Adam } from '@convgrad/optim';
import Table from 'cli-table3';
import { CommanderError } from 'commander';
import type { ConfusionMatrix } from './confusion.ts';
import { interruption } from './interruption.ts';
import { models } from './models.ts';
import { type Options, parseOptions } from './options.ts';
import { type EpochResult, evaluate, trainEpoch } from './training.ts';

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** Trains, tests after each epoch, and prints what was learned, also after Ctrl-C. */
async function run(options: Options): Promise<void> {
  const interrupted = interruption();
  manualSeed(options.seed);
  const [train, test] = (['train', 'test'] as const).map((split) => {
    const dataset = mnist({ split, normalize: mnistPixels });
    return options.limit === null ? dataset : take(dataset, options.limit);
  });
  const loader = new DataLoader(train, { batchSize: options.batchSize, shuffle: true, seed: options.seed });
  const testLoader = new DataLoader(test, { batchSize: 500 });
  const model = models[options.model]();
  const { epochs, lr } = options;
  const training = { model, optimizer: new Adam(model.parameters(), { lr }), loader, epochs, lr };
  const parameters = [...model.parameters()].reduce((count, parameter) => count + parameter.size, 0);
  console.log(`${options.model}: ${parameters.toLocaleString('en')} parameters, ${train.length.toLocaleString('en')} images to learn from`);

  const table = new Table({ head: ['epoch', 'training loss', 'test accuracy', 'seconds', 'images/s'], style: { head: [], border: [] } });
  let epoch = 0;
  let result: EpochResult;
  let confusion: ConfusionMatrix;
  do {
    epoch++;
    result = await trainEpoch(epoch, training, interrupted);
    if (interrupted.aborted) console.log('stopping: testing what was learned so far (Ctrl-C again ends at once)');
    confusion = await evaluate(model, testLoader);
    const label = result.images < train.length ? `${epoch} (stopped)` : `${epoch}`;
    const speed = (result.images / result.seconds).toFixed(0);
    table.push([label, result.loss.toFixed(4), percent(confusion.accuracy), result.seconds.toFixed(1), speed]);
    console.log(`epoch ${label}: test accuracy ${percent(confusion.accuracy)}`);
  } while (epoch < epochs && !interrupted.aborted);
  console.log(table.toString());
  console.log('Test images by true digit (rows) and predicted digit (columns):');
  console.log(confusion.toString());
  console.log(`training loss ${result.loss}`);
  console.log(`test accuracy ${percent(confusion.accuracy)}`);
}

// A reader that has enough and closes the pipe, as `head` does, ends the run without a stack trace.
process.stdout.once('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await run(parseOptions(process.argv));
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof ResourceError) {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}

import { Command, InvalidArgumentError, Option } from 'commander';
import { type ModelName, models } from './models.ts';

/** What the command line asks for. */
export interface Options {
  readonly model: ModelName;
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly seed: number;
  /** Use only the first so many images of each set; null: all. */
  readonly limit: number | null;
}

/** NaN also for an empty text, which Number takes for 0. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = numberOf(text);
    if (!Number.isSafeInteger(value) || value < least) throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
    return value;
  };
}

function positive(text: string): number {
  const value = numberOf(text);
  if (!(value > 0) || value === Number.POSITIVE_INFINITY) throw new InvalidArgumentError('Expected a positive number.');
  return value;
}

/**
 * Reads the command line.
 *
 * @throws CommanderError for a wrong one, whose message is printed by then, and for `--help`, with an exitCode of 0
 */
export function parseOptions(argv: readonly string[]): Options {
  const command = new Command('npm run mnist --')
    .description('Trains a CNN on MNIST: 60,000 images of handwritten digits to learn from, 10,000 to test on.')
    .addOption(new Option('--model <name>', 'network to train').choices(Object.keys(models)).default('lenet'))
    .option('--epochs <number>', 'passes over the training images', wholeNumber(1), 2)
    .option('--batch-size <number>', 'images a step', wholeNumber(1), 64)
    .option('--lr <number>', 'learning rate of Adam at the start; it falls linearly to 0', positive, 2e-3)
    .option('--seed <number>', 'seed of the initial weights and of the order of the images', wholeNumber(0), 0)
    .option('--limit <number>', 'use only the first so many images of each set', wholeNumber(1))
    .allowExcessArguments(false)
    .showHelpAfterError('(--help lists the options)')
    .exitOverride();
  command.parse([...argv]);
  const { model, epochs, batchSize, lr, seed, limit } = command.opts<Omit<Options, 'limit'> & { limit?: number }>();
  return { model, epochs, batchSize, lr, seed, limit: limit ?? null };
}

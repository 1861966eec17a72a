import { Command, InvalidArgumentError, Option } from 'commander';
import { type Variant, variants } from './catalogue.ts';

/** What the command line asks for. */
export interface Options {
  readonly variants: readonly Variant[];
  readonly seed: number;
  /** The page. */
  readonly out: string;
  readonly trainImages: number;
  readonly testImages: number;
  readonly epochs: number;
}

/** Images to learn from and to test on, and passes: enough for under a minute, under ten minutes, and all there are. */
const sizes = {
  quick: { trainImages: 640, testImages: 500, epochs: 2 },
  usual: { trainImages: 8000, testImages: 4000, epochs: 4 },
  full: { trainImages: 60_000, testImages: 10_000, epochs: 4 },
} as const;

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least) throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
    return value;
  };
}

function chosenVariants(text: string): Variant[] {
  const keys = text.split(',').map((key) => key.trim());
  const unknown = keys.find((key) => !variants.some((variant) => variant.key === key));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`There is no variant '${unknown}'; there are ${variants.map(({ key }) => key).join(', ')}.`);
  }
  return variants.filter(({ key }) => keys.includes(key));
}

/** Reads the command line; a wrong one ends the process with a message. */
export function parseOptions(argv: readonly string[]): Options {
  const command = new Command('npm run variants --')
    .description('Trains one small CNN with each kind of convolution on MNIST and on transformed MNIST, and writes a page about it.')
    .option('--seed <number>', 'seed of the weights, of the order of the images and of their poses', wholeNumber(0), 0)
    .option('--out <file>', 'where the page is written', 'variants.html')
    .option('--only <variants>', 'only these variants, separated by commas', chosenVariants, [...variants])
    .addOption(new Option('--quick', 'few images: under a minute').conflicts('full'))
    .addOption(new Option('--full', 'all images: about an hour'))
    .option('--limit <number>', 'use only the first so many images of each set', wholeNumber(1))
    .allowExcessArguments(false)
    .showHelpAfterError('(--help lists the options)');
  command.parse([...argv]);
  const { seed, out, only, quick, full, limit } = command.opts<{
    seed: number;
    out: string;
    only: Variant[];
    quick?: true;
    full?: true;
    limit?: number;
  }>();
  const size = sizes[quick ? 'quick' : full ? 'full' : 'usual'];
  const limited = (count: number) => Math.min(count, limit ?? count);
  return {
    variants: only,
    seed,
    out,
    trainImages: limited(size.trainImages),
    testImages: limited(size.testImages),
    epochs: size.epochs,
  };
}

import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { backend, ConvgradError, instructionSet } from '@convgrad/core';
import { mnist, mnistPixels, take } from '@convgrad/data';
import { type Options, parseOptions } from './options.ts';
import { page } from './page.ts';
import { grouped, type RunFacts, type VariantReport } from './report.ts';
import { chooseDigits } from './shown_digits.ts';
import { survey } from './survey.ts';
import { terminalTable } from './terminal_table.ts';
import { TransformedDigits } from './transformed_digits.ts';
import { verdicts } from './verdict.ts';

const [batchSize, lr] = [32, 3e-3];

/** Tries the variants one after the other and writes the page, also after Ctrl-C: then of those that were finished. */
async function run(options: Options): Promise<void> {
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort());
  const start = performance.now();
  const { variants, trainImages, testImages, epochs, seed } = options;
  const [train, test] = (['train', 'test'] as const).map((split) => mnist({ split, normalize: mnistPixels }));
  const fixedTest = TransformedDigits.fixed(test, testImages, seed + 1);
  const shown = chooseDigits(fixedTest);
  console.log(`${variants.length} nets on two tasks: ${epochs} passes over ${grouped(trainImages)} images each`);
  const reports: VariantReport[] = [];
  for (const variant of variants) {
    const sets = {
      digits: { train: take(train, trainImages), test: take(test, testImages) },
      // Made anew, so that every net sees the same digits in the same poses.
      transformed: { train: TransformedDigits.fresh(train, trainImages, seed), test: fixedTest },
    };
    const report = await survey(variant, sets, shown, { epochs, batchSize, lr, seed, signal: interruption.signal });
    if (report === null) break;
    reports.push(report);
  }
  if (reports.length === 0) return console.log('Stopped before the first net was trained: no page was written.');
  const judged = verdicts(reports);
  const facts: RunFacts = {
    trainImages,
    testImages,
    epochs,
    batchSize,
    lr,
    seed,
    machine: `${cpus()[0]?.model ?? process.arch}, Node ${process.versions.node}, ${backend()} kernels (${instructionSet()})`,
    seconds: (performance.now() - start) / 1000,
    interrupted: interruption.signal.aborted,
  };
  writeFileSync(options.out, page(reports, judged, shown, facts));
  console.log(terminalTable(reports));
  for (const { sentence } of judged) console.log(sentence);
  console.log(`page written to ${options.out}`);
}

try {
  await run(parseOptions(process.argv));
} catch (error) {
  if (!(error instanceof ConvgradError)) throw error;
  console.error(`${error.name}: ${error.message}`);
  process.exitCode = 1;
}

import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { type PeerName, peerNames } from './run/programs.ts';
import { usualNames, workloadNames } from './workloads/names.ts';

/** Parts of a run, in their order. */
export const sectionNames = ['rows', 'deform', 'start', 'nodes', 'epoch', 'growth', 'overhead', 'memory'] as const;
export type SectionName = (typeof sectionNames)[number];

/** What the command line asks for. */
export interface Options {
  readonly peers: readonly PeerName[];
  /** Workloads of the table. */
  readonly only: readonly string[];
  /** Increasing. */
  readonly threads: readonly number[];
  readonly sections: readonly SectionName[];
  readonly quick: boolean;
  /** Where the rows are saved; the page and the sections lie beside it. */
  readonly json: string;
  /** The Python that has PyTorch. */
  readonly python: string;
}

function listOf<T extends string>(what: string, known: readonly T[]): (text: string) => T[] {
  return (text) => {
    const names = text.split(',').map((name) => name.trim());
    const unknown = names.find((name) => !known.some((other) => other === name));
    if (unknown !== undefined) throw new InvalidArgumentError(`There is no ${what} '${unknown}'; there are ${known.join(', ')}.`);
    return known.filter((name) => names.includes(name));
  };
}

function threadCounts(text: string): number[] {
  const counts = text.split(',').map(Number);
  if (!counts.every((count) => Number.isInteger(count) && count >= 1 && count <= 256)) {
    throw new InvalidArgumentError('Expected whole numbers from 1 to 256, separated by commas.');
  }
  return [...new Set(counts)].sort((a, b) => a - b);
}

const quickSections: readonly SectionName[] = ['rows', 'overhead'];

/**
 * Reads the command line.
 *
 * @throws CommanderError for a wrong one, whose message is printed by then, and for `--help`, with an exitCode of 0
 */
export function parseOptions(argv: readonly string[]): Options {
  const command = new Command('npm run bench --')
    .description('Times the same workloads in convgrad and in its peers, in turn, and writes a table, a page with charts, and JSON.')
    .option('--peers <names>', `compare with these too: ${peerNames.join(', ')}`, listOf('peer', peerNames), [])
    .option('--only <workloads>', 'only these workloads, and nothing but the table of rows', listOf('workload', workloadNames))
    .option('--threads <numbers>', 'numbers of threads', threadCounts, [...new Set([1, availableParallelism()])])
    .option('--sections <names>', `parts of the run: ${sectionNames.join(', ')}`, listOf('section', sectionNames))
    .option('--quick', `few and short rounds, and only ${quickSections.join(' and ')}`, false)
    .option(
      '--json <file>',
      'where the rows are saved; the page (.html) and the other parts (.sections.json) beside it',
      'bench/results/bench.json',
    )
    .option('--python <file>', 'the Python that has PyTorch', 'python3')
    .allowExcessArguments(false)
    .showHelpAfterError('(--help lists the options)')
    .exitOverride();
  command.parse([...argv]);
  const { only, sections, ...given } = command.opts<
    Omit<Options, 'only' | 'sections'> & { only?: Options['only']; sections?: Options['sections'] }
  >();
  const usual = only !== undefined ? (['rows'] as const) : given.quick ? quickSections : sectionNames;
  return { ...given, only: only ?? usualNames, sections: sections ?? usual };
}

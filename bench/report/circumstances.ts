import { spawnSync } from 'node:child_process';
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** The machine that the figures come from. */
export interface Machine {
  readonly cpu: string;
  readonly processors: number;
  readonly architecture: string;
  readonly memoryGiB: number;
  readonly system: string;
  /** Processes that wanted to run, on average over the minute before. Above half the processors, other work disturbed the figures. */
  readonly load: number;
}

/** This machine, as busy as it is now: ask before measuring. */
export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    processors: availableParallelism(),
    architecture: arch(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** The commit that is checked out, marked if files differ from it. */
export function thisCommit(): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' });
  const head = git('rev-parse', '--short=12', 'HEAD');
  if (head.status !== 0) return 'unknown';
  return head.stdout.trim() + (git('status', '--porcelain').stdout.trim() === '' ? '' : ' (with changes)');
}

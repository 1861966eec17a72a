import { median } from '../statistics.ts';
import type { Cost } from '../workloads/costs.ts';
import type { Task } from '../workloads/names.ts';
import type { Implementation } from './programs.ts';
import type { Timing } from './race.ts';
import { leastMilliseconds, type PeakTable, peaksFor } from './roofline.ts';
import { variantOf } from './team.ts';

/** One measured figure. */
export interface Row extends Task {
  readonly threads: number;
  readonly implementation: Implementation;
  /** Kind of kernels, or instruction set; for PyTorch also allocator and layout. */
  readonly variant: string;
  readonly medianMs: number;
  /** Reached share of the roofline; null where no peak was measured. */
  readonly share: number | null;
}

/** A row, and the least of its times: on a busy machine the better guess. */
export interface MeasuredRow extends Row {
  readonly fastestMs: number;
}

/** The rows of a task: of each implementation, with each number of threads, the way with the smallest median. */
export function rowsOf(task: Task, timings: readonly Timing[], cost: Cost, peaks: PeakTable): MeasuredRow[] {
  const best = new Map<string, MeasuredRow>();
  for (const { member, layout, times } of timings) {
    const { implementation, threads } = member.way;
    const medianMs = median(times);
    const key = `${implementation} ${threads}`;
    if (medianMs >= (best.get(key)?.medianMs ?? Number.POSITIVE_INFINITY)) continue;
    const limits = peaksFor(implementation, threads, peaks);
    const share = limits === null ? null : leastMilliseconds(cost, limits) / medianMs;
    const variant = variantOf(member, layout);
    best.set(key, { ...task, threads, implementation, variant, medianMs, share, fastestMs: Math.min(...times) });
  }
  return [...best.values()];
}

/** How many times as fast `ours` is as another implementation with the same number of threads (or its only one). */
export interface Ratio {
  readonly ofMedians: number;
  readonly ofFastest: number;
}

/** The ratio of a row to that of `other` for the same task; null where that has none. */
export function ratioTo(row: MeasuredRow, other: Implementation, rows: readonly MeasuredRow[]): Ratio | null {
  const same = rows.filter(
    ({ workload, pass, implementation }) => workload === row.workload && pass === row.pass && implementation === other,
  );
  const match = same.find(({ threads }) => threads === row.threads) ?? (other.startsWith('tfjs') ? same[0] : undefined);
  if (match === undefined) return null;
  return { ofMedians: match.medianMs / row.medianMs, ofFastest: match.fastestMs / row.fastestMs };
}

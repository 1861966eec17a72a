import type { Layout } from '../../bench/protocol.ts';
import { Child } from '../../bench/run/child.ts';
import type { Implementation, Way } from '../../bench/run/programs.ts';
import type { Timing } from '../../bench/run/race.ts';
import type { MeasuredRow } from '../../bench/run/rows.ts';
import type { Member } from '../../bench/run/team.ts';

/** A worker that says nothing; close it when the test is over. */
export function silentChild(): Child {
  return new Child({ command: process.execPath, args: ['-e', ''], env: {} });
}

/** What a way of running an implementation took. */
export function timing(
  child: Child,
  implementation: Implementation,
  threads: number,
  times: readonly number[],
  { allocator = null, layout = 'contiguous' }: { readonly allocator?: Way['allocator']; readonly layout?: Layout } = {},
): Timing {
  const program = { command: '', args: [], env: {} };
  const way: Way = { implementation, threads, allocator, layouts: [layout], program };
  const member: Member = { way, child, description: { implementation, versions: {}, variant: 'vectors' } };
  return { member, layout, times };
}

/** A row of conv3x3 forward. */
export function row(implementation: Implementation, threads: number, medianMs: number, fastestMs = medianMs): MeasuredRow {
  return { workload: 'conv3x3', pass: 'forward', threads, implementation, variant: 'vectors', medianMs, fastestMs, share: 0.5 };
}

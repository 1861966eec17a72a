import type { Options } from '../arguments.ts';
import { isAbsent } from '../run/child.ts';
import { ways } from '../run/programs.ts';
import { type Effort, race } from '../run/race.ts';
import { type PeakTable, streamSizes, withPeaks } from '../run/roofline.ts';
import { type MeasuredRow, rowsOf } from '../run/rows.ts';
import { type Absence, closeTeam, startTeam, type Team, versionsOf } from '../run/team.ts';
import { costOf } from '../workloads/costs.ts';
import { tasks } from '../workloads/names.ts';

/** The main table of a run. */
export interface RowResults {
  readonly versions: Readonly<Record<string, string>>;
  readonly peaks: PeakTable;
  readonly rows: readonly MeasuredRow[];
  readonly absences: readonly Absence[];
}

const efforts: Readonly<Record<'quick' | 'usual', Effort>> = {
  quick: { rounds: 3, warmMilliseconds: 60, netWarmMilliseconds: 600, turnMilliseconds: 40, patient: false },
  usual: { rounds: 6, warmMilliseconds: 300, netWarmMilliseconds: 1500, turnMilliseconds: 100, patient: true },
};

/** Times the tasks asked for in all that is there, alternating, with the machine's peaks before and after. */
export async function measureRows(options: Options, progress: (text: string) => void): Promise<RowResults> {
  const effort = efforts[options.quick ? 'quick' : 'usual'];
  progress('starting the workers');
  const team = await startTeam(ways(options.peers, options.threads, options.python));
  const timed = [];
  const before = await measurePeaks(team, [], effort);
  for (const task of tasks.filter(({ workload }) => options.only.includes(workload))) {
    progress(`${task.workload} ${task.pass}`);
    timed.push({ task, timings: await race(task, team.members, effort) });
  }
  const peaks = await measurePeaks(team, before, effort);
  await closeTeam(team);
  const rows = timed.flatMap(({ task, timings }) => rowsOf(task, timings, costOf(task), peaks));
  return { versions: versionsOf(team), peaks, rows, absences: team.absences };
}

/** The peaks so far, raised to what is measured now. */
async function measurePeaks(team: Team, soFar: PeakTable, effort: Effort): Promise<PeakTable> {
  let table = soFar;
  for (const { way, child } of team.members) {
    const answer = await child.ask({ do: 'peaks', sizes: streamSizes, milliseconds: 2 * effort.turnMilliseconds });
    if (!isAbsent(answer)) table = withPeaks(table, { implementation: way.implementation, threads: way.threads, ...answer });
  }
  return table;
}

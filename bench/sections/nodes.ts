import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ours, type Way } from '../run/programs.ts';
import { type Effort, race } from '../run/race.ts';
import { closeTeam, startTeam } from '../run/team.ts';
import { median } from '../statistics.ts';
import { stepNames, type Task } from '../workloads/names.ts';
import { buildBinaries } from './binaries.ts';
import type { Cell, Measure } from './section.ts';

const versions = [22, 24];

function installed(version: number): string {
  return fileURLToPath(new URL(`../node_modules/node-${version}/bin/node`, import.meta.url));
}

const nodeTasks: readonly Task[] = [
  ...stepNames.map((workload): Task => ({ workload, pass: 'step' })),
  { workload: 'conv3x3', pass: 'forward' },
  { workload: 'conv3x3', pass: 'forward+backward' },
];

/** The same tasks on newer versions of Node. */
export const nodes: Measure = async ({ quick, threads }, progress) => {
  const effort: Effort = quick
    ? { rounds: 2, warmMilliseconds: 100, netWarmMilliseconds: 600, turnMilliseconds: 50, patient: true }
    : { rounds: 7, warmMilliseconds: 400, netWarmMilliseconds: 1500, turnMilliseconds: 120, patient: true };
  const count = threads.at(-1) ?? 1;
  await buildBinaries(progress);
  const programs = [process.execPath, ...versions.map(installed).filter(existsSync)];
  const team = await startTeam(
    (['wasm', 'native'] as const).flatMap((backend) =>
      programs.map(
        (node): Way => ({
          implementation: `convgrad-${backend}`,
          threads: count,
          allocator: null,
          layouts: ['contiguous'],
          program: ours('convgrad.ts', backend, count, node),
        }),
      ),
    ),
  );
  const rows: Cell[][] = [];
  for (const task of quick ? nodeTasks.slice(1, 3) : nodeTasks) {
    progress(`${task.workload} ${task.pass}`);
    const timings = await race(task, team.members, effort);
    const reference = new Map<string, number>();
    for (const { member, times } of timings) {
      const { implementation } = member.way;
      const { node } = member.description.versions;
      const time = median(times);
      if (!reference.has(implementation)) reference.set(implementation, time);
      const fastest = Math.min(...times);
      rows.push([task.workload, task.pass, implementation, node, time, fastest, time / (reference.get(implementation) ?? Number.NaN)]);
    }
  }
  await closeTeam(team);
  const missing = versions.filter((version) => !existsSync(installed(version)));
  const absent = missing.length === 0 ? '' : ` Absent: Node ${missing.join(' and ')} (install with: npm ci --prefix bench).`;
  return {
    title: 'Other versions of Node',
    note: `Median and fastest milliseconds, ${count} threads, and the median as a multiple of that on Node ${process.versions.node}.${absent}`,
    head: ['workload', 'pass', 'implementation', 'node', 'median ms', 'fastest ms', 'multiple'],
    rows,
    charts: [],
    absences: team.absences,
  };
};

import { torch, type Way, ways } from '../run/programs.ts';
import { race } from '../run/race.ts';
import { closeTeam, startTeam } from '../run/team.ts';
import { median } from '../statistics.ts';
import type { Task } from '../workloads/names.ts';
import type { Cell, Measure } from './section.ts';

const deformTasks = (['deform-v1', 'deform-v2'] as const).flatMap((workload): Task[] => [
  { workload, pass: 'forward' },
  { workload, pass: 'forward+backward' },
]);

/** Deformable convolution against the two ways to have it in PyTorch: torchvision's operator, and nine grid_samples and a product. */
export const deform: Measure = async ({ peers, python, threads, quick }, progress) => {
  const own = ways([], threads, python);
  const theirs = threads.flatMap((count) =>
    ['torchvision', 'grid_sample'].map((operator): Way => {
      const program = torch(python, 'torch_worker.py', true, String(count));
      return {
        implementation: 'torch',
        threads: count,
        allocator: 'kept',
        layouts: ['contiguous'],
        program: { ...program, env: { ...program.env, BENCH_DEFORM: operator } },
      };
    }),
  );
  const team = await startTeam(peers.includes('torch') ? [...own, ...theirs] : own);
  const rows: Cell[][] = [];
  for (const task of deformTasks) {
    progress(`${task.workload} ${task.pass}`);
    const effort = { rounds: quick ? 1 : 4, warmMilliseconds: 100, netWarmMilliseconds: 100, turnMilliseconds: 100, patient: true };
    for (const { member, times } of await race(task, team.members, effort)) {
      const operator = member.description.versions['deformable convolution in torch'] ?? '';
      rows.push([task.workload, task.pass, member.way.threads, member.way.implementation, operator, median(times), Math.min(...times)]);
    }
  }
  await closeTeam(team);
  return {
    title: 'Deformable convolution, and how PyTorch can have it',
    note: "PyTorch itself has no deformable convolution. torchvision's operator is what its users call, and what the table of rows compares with; composed of grid_sample and a matrix product it is faster.",
    head: ['workload', 'pass', 'threads', 'implementation', 'by', 'median ms', 'fastest ms'],
    rows,
    charts: [],
    absences: team.absences,
  };
};

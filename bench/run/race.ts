import type { Layout } from '../protocol.ts';
import { netSize, type Task } from '../workloads/names.ts';
import { isAbsent } from './child.ts';
import type { Member } from './team.ts';

/** How much is measured. */
export interface Effort {
  readonly rounds: number;
  /** Of running a layer before it is timed, so that engines optimise. */
  readonly warmMilliseconds: number;
  /** The same for a net, which runs more code: V8 goes on optimising a step of LeNet-5 with one image for a second, mostly in its first half. */
  readonly netWarmMilliseconds: number;
  /** Of one implementation's turn in a round. */
  readonly turnMilliseconds: number;
  /** Whether TensorFlow.js on its CPU backend does what takes it a minute too: backward passes of layers, steps of larger nets. */
  readonly patient: boolean;
}

/** What a member took for a task. */
export interface Timing {
  readonly member: Member;
  readonly layout: Layout;
  readonly times: readonly number[];
}

/** A run longer than this is timed in the first round only, */
const longMilliseconds = 1000;
/** and longer than this, once. */
const veryLongMilliseconds = 4000;
/** Of running untimed at the beginning of a turn: the caches hold what the one before left. */
const turnWarmMilliseconds = 5;

interface Runner {
  readonly member: Member;
  readonly layout: Layout;
  readonly times: number[];
  /** The fastest so far. */
  fastest: number;
}

/** Times a task in every member that can do it, in rounds, each beginning with another member. */
export async function race(task: Task, members: readonly Member[], effort: Effort): Promise<Timing[]> {
  const runners: Runner[] = [];
  const milliseconds = netSize(task.workload) === null ? effort.warmMilliseconds : effort.netWarmMilliseconds;
  for (const member of members) {
    if (!effort.patient && member.way.implementation === 'tfjs-cpu' && takesMinutes(task)) continue;
    for (const layout of member.way.layouts) {
      const answer = await member.child.ask({ do: 'prepare', id: layout, layout, ...task, milliseconds });
      if (isAbsent(answer)) continue;
      const fastest = Math.min(...answer.times);
      const times = fastest > veryLongMilliseconds ? [...answer.times] : [];
      runners.push({ member, layout, times, fastest });
    }
  }
  for (let round = 0; round < effort.rounds; round++) {
    const first = runners.length === 0 ? 0 : round % runners.length;
    for (const runner of [...runners.slice(first), ...runners.slice(0, first)]) {
      if (runner.fastest > (round === 0 ? veryLongMilliseconds : longMilliseconds)) continue;
      await takeTurn(runner, effort.turnMilliseconds);
    }
  }
  for (const { child } of members) await child.ask({ do: 'release' });
  return runners.map(({ member, layout, times }) => ({ member, layout, times }));
}

/** Of TensorFlow.js on its CPU backend. */
function takesMinutes({ workload, pass }: Task): boolean {
  return pass === 'forward+backward' || (pass === 'step' && !workload.startsWith('lenet'));
}

async function takeTurn(runner: Runner, milliseconds: number): Promise<void> {
  const warm = runner.fastest > longMilliseconds / 4 ? 0 : turnWarmMilliseconds;
  const answer = await runner.member.child.ask({ do: 'sample', id: runner.layout, warm, milliseconds });
  if (isAbsent(answer)) throw new Error(`${runner.member.way.implementation}: ${answer.absent}`);
  runner.times.push(...answer.times);
}

import { setNumThreads } from '@convgrad/core';
import { tasksRun } from '@convgrad/core/kernels';

const patience = 50_000;

/** Whether threads have run tasks since `before`. */
export type Wish = (ran: readonly boolean[]) => boolean;

export const everyone: Wish = (ran) => ran.every(Boolean);
export const anyoneElse: Wish = (ran) => ran.slice(1).some(Boolean);

/** Repeats `work` on so many threads, at least twice, until those that shall take part have. Throws where they do not for a minute. */
export function repeatUntil(wish: Wish, threads: number, work: () => void): void {
  setNumThreads(threads);
  const before = tasksRun();
  const ran = (): boolean[] => tasksRun().map((tasks, thread) => tasks !== before[thread]);
  const end = performance.now() + patience;
  for (let round = 0; round < 2 || !wish(ran()); round++) {
    if (performance.now() > end) throw new Error(`of ${threads} threads only these ran tasks: ${JSON.stringify(ran())}`);
    work();
  }
}

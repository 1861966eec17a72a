import type { NativeRunner } from '../backends/backend.ts';
import { native } from '../module.ts';
import { getNumThreads } from './count.ts';
import { runOnWorkers, workersTasksRun } from './pool.ts';

/**
 * Runs all tasks of a kernel on the threads there are. Returns when the last is done.
 *
 * @throws ResourceError where a kernel failed on another thread.
 */
export const runOnThreads: (kernel: number, args: number, tasks: number) => void =
  native === undefined ? runOnWorkers : onThreadsOf(native);

/** Tasks that each thread has run so far, this one first: whether the others do their share. */
export function tasksRun(): readonly number[] {
  const ofThread = native === undefined ? workersTasksRun : native.tasksRun;
  return Array.from({ length: getNumThreads() }, (_, worker) => ofThread(worker));
}

function onThreadsOf({ runOnThreads: run }: NativeRunner): typeof runOnWorkers {
  return (kernel, args, tasks) => run(kernel, args, tasks, getNumThreads());
}

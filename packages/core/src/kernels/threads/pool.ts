import { TaskWorker, workingCount } from '#task-worker';
import { ResourceError } from '../../errors.ts';
import { wasmBinary } from '../backends/wasm.ts';
import { reserve } from '../memory.ts';
import { getNumThreads } from './count.ts';

/** No kernel has more than a few KiB of local variables. */
const stackBytes = 1 << 18;
/** Work that is worth waking threads for: they are there some 40 microseconds later, and waking takes 5 to 20 of these. */
const worthWakingMilliseconds = 0.06;
/** It must come to more than one part in so many of the time, else they would be asleep again before there is more. */
const worthWakingParts = 4;

/** Workers that were started, or could not be. */
let started = 0;
/** Work that this thread did lately, and that others could have done, as of when. */
let missedMilliseconds = 0;
let missedAt = 0;

/**
 * Runs all tasks of a kernel on the threads there are: this one, and workers as far as they are up. Returns when the last is done.
 *
 * @throws ResourceError where a kernel failed on another thread.
 */
export function runOnWorkers(kernel: number, args: number, tasks: number): void {
  const threads = getNumThreads();
  if (started < threads - 1) {
    startWorkers(Math.min(threads, tasks) - 1);
  }
  const binary = wasmBinary();
  const asleep = binary.publish(kernel, args, tasks, threads);
  let failures = 0;
  try {
    if (asleep > 0) {
      wakeIfWorthwhile(tasks, threads, asleep);
    }
    binary.share(0, tasks);
    failures = binary.join();
  } catch (error) {
    binary.cancel();
    throw error;
  }
  if (failures > 0) {
    throw new ResourceError('a kernel failed on a worker thread: its results are incomplete');
  }
}

/** Tasks that thread number `worker` has run. */
export function workersTasksRun(worker: number): number {
  return wasmBinary().tasksRun(worker);
}

function startWorkers(count: number): void {
  while (started < count) {
    started++;
    const stack = reserve(stackBytes);
    if (stack === 0) return;
    try {
      new TaskWorker(started, stack + stackBytes);
    } catch {
      // No threads here, or no more of them: those there are do the work.
      return;
    }
  }
}

// The first task tells what the others are worth; small launches add up.
function wakeIfWorthwhile(tasks: number, threads: number, asleep: number): void {
  const start = performance.now();
  wasmBinary().share(0, 1);
  const end = performance.now();
  missedMilliseconds = Math.max(0, missedMilliseconds - (start - missedAt) / worthWakingParts) + (end - start) * (tasks - 1);
  missedAt = end;
  if (missedMilliseconds < worthWakingMilliseconds) return;
  missedMilliseconds = 0;
  const awake = workingCount(threads) - asleep;
  const wanted = Math.min(tasks, threads) - 1 - awake;
  if (wanted > 0) {
    wasmBinary().wake(wanted);
  }
}

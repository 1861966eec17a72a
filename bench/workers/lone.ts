/*
 * lone.ts WORKLOAD PASS MILLISECONDS: runs one task in a process of its own: says `first` after the first run, goes on for so long, and
 * ends with a line of JSON (see `LoneResult`).
 */
import { peakMemory } from '../peak_memory.ts';
import type { LoneResult } from '../run/lone.ts';
import { median } from '../statistics.ts';
import { tasks } from '../workloads/names.ts';
import { runOf } from '../workloads/runs.ts';

const [, , workload = '', passName = '', milliseconds = ''] = process.argv;
const pass = tasks.find((task) => task.pass === passName)?.pass;
if (pass === undefined) throw new RangeError(`there is no pass '${passName}'`);

const run = runOf({ workload, pass });
run();
process.stdout.write('first\n');
const times: number[] = [];
const end = performance.now() + Number(milliseconds);
do {
  const start = performance.now();
  run();
  times.push(performance.now() - start);
} while (performance.now() < end);
// The second half: the first is for the engine to optimise.
const result: LoneResult = { medianMs: median(times.slice(times.length >> 1)), peakBytes: peakMemory() };
process.stdout.write(`${JSON.stringify(result)}\n`);

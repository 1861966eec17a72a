import { getHeapStatistics } from 'node:v8';
import { arenaUsage, setMemoryBudget } from '@convgrad/core';
import { training, unfinished } from './scenarios.ts';

/*
 * Runs one scenario in one synchronous loop, and prints as JSON the resident memory after a tenth of the steps and at the end, the arena's size at the end,
 * and the time of the first and the last tenth but one.
 *
 *   measure.ts <scenario> <steps> [budget in MiB]
 */
const [name, steps, budget] = process.argv.slice(2);
if (budget !== undefined) setMemoryBudget(Number(budget) * 2 ** 20);
const scenario = training[name] ?? unfinished[name];
const step = scenario();
const count = Number(steps);
const tenth = Math.floor(count / 10);
const looksApart = 10;

const clock = new Int32Array(new SharedArrayBuffer(4));

/**
 * Resident memory now. Where the garbage collector can be called (--expose-gc), what it would free is not counted: its helpers free arrays some time
 * later, so the least of some looks; nor are the pages that V8's heap keeps for later, which come and go by 10 MB. Elsewhere garbage comes and goes: `low` is the least of the looks of half a tenth.
 */
function resident(low: number): number {
  if (globalThis.gc === undefined) return low;
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 5; look++) {
    globalThis.gc();
    Atomics.wait(clock, 0, 0, 200);
    const { total_physical_size: heap, used_heap_size: used } = getHeapStatistics();
    least = Math.min(least, process.memoryUsage.rss() - heap + used);
  }
  return least;
}

const times: number[] = [];
let early = 0;
let low = Number.POSITIVE_INFINITY;
let start = performance.now();
for (let index = 1; index <= count; index++) {
  step();
  const inTenth = (index - 1) % tenth;
  if (inTenth === 0) low = Number.POSITIVE_INFINITY;
  if (2 * inTenth >= tenth && index % looksApart === 0) low = Math.min(low, process.memoryUsage.rss());
  if (index === tenth) early = resident(low);
  if (index % tenth === 0) {
    times.push(performance.now() - start);
    start = performance.now();
  }
}
const { live, cached } = arenaUsage();
console.log(JSON.stringify({ early, arena: live + cached, late: resident(low), firstTenth: times[1], lastTenth: times[times.length - 1] }));

// A program that computes on four threads and prints, as JSON, whether its results were right and which threads ran tasks. Its
// argument says what else happens.

import { syncBuiltinESMExports } from 'node:module';
import workerThreads, { Worker } from 'node:worker_threads';

const threads = 4;
const manner = process.argv[2];
const patience = 20_000;

const workers: Worker[] = [];
process.on('worker', (worker) => workers.push(worker));
if (manner === 'no workers') {
  replaceWorker(
    class {
      constructor() {
        throw new Error('no threads here');
      }
    },
  );
}
if (manner === 'workers that fail') {
  replaceWorker(
    class extends Worker {
      constructor() {
        super('throw new Error("broken")', { eval: true });
      }
    },
  );
}

const { arange, setNumThreads } = await import('@convgrad/core');
const { tasksRun } = await import('@convgrad/core/kernels');
setNumThreads(threads);
const x = arange(500_000);
let correct = true;

if (manner === 'no workers' || manner === 'workers that fail') {
  for (let round = 0; round < 20; round++) {
    compute(5);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
} else {
  const end = performance.now() + patience;
  while (tasksRun().includes(0) && performance.now() < end) compute(1);
}
const ran = tasksRun().map((tasks) => tasks > 0);

if (manner === 'terminated workers' || manner === 'terminated workers, awaited') {
  // The event that names a worker is on its way.
  await new Promise((resolve) => setTimeout(resolve, 1));
  for (const worker of workers) {
    const gone = worker.terminate();
    compute(50);
    if (manner.endsWith('awaited')) await gone;
    compute(50);
  }
}
console.log(JSON.stringify({ correct, ran, workers: workers.length }));
if (manner === 'process.exit') process.exit(7);
if (manner === 'endless') for (;;) compute(1);

function compute(rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    const y = x.mul(2).toTypedArray();
    for (let i = 0; i < y.length; i += 997) correct &&= y[i] === 2 * i;
  }
}

function replaceWorker(replacement: unknown): void {
  Object.assign(workerThreads, { Worker: replacement });
  syncBuiltinESMExports();
}

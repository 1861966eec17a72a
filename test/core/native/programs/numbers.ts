// A program that computes something of every family of kernels on one thread and on three, and writes all numbers to the file that its
// argument names. It prints, as JSON, what computed them, and whether three threads gave the same bits.
import { writeFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import { backend, instructionSet, setNumThreads } from '@convgrad/core';
import { tasksRun } from '@convgrad/core/kernels';
import { works } from '../../threads/works.ts';

const path = process.argv[2];
if (path === undefined) throw new Error('name the file to write');

setNumThreads(3);
const numbers: Record<string, readonly ArrayBufferView[]> = {};
const different: string[] = [];
for (const dtype of ['float32', 'float64'] as const) {
  for (const [name, work] of Object.entries(works(dtype))) {
    const run = (threads: number) => {
      setNumThreads(threads);
      return work().map((tensor) => tensor.toTypedArray());
    };
    const alone = run(1);
    if (!serialize(run(3)).equals(serialize(alone))) different.push(`${name}, ${dtype}`);
    numbers[`${name}, ${dtype}`] = alone;
  }
}
setNumThreads(3);
writeFileSync(path, serialize(numbers));
console.log(JSON.stringify({ backend: backend(), instructionSet: instructionSet(), different, ran: tasksRun().map((tasks) => tasks > 0) }));

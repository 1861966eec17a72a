// A user's program on three threads: prints which of them ran tasks.
import { arange, setNumThreads } from '@convgrad/core';
import { tasksRun } from '@convgrad/core/kernels';

setNumThreads(3);
const x = arange(500_000);
const end = performance.now() + 20_000;
do {
  x.mul(2);
} while (tasksRun().includes(0) && performance.now() < end);
console.log(JSON.stringify(tasksRun().map((tasks) => tasks > 0)));

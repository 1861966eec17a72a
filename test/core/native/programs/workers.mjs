// Runs a program in two worker threads of its own at once, each with a memory of its own, then in this one.
import { Worker } from 'node:worker_threads';

const numbers = (code) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(code, { eval: true, execArgv: ['--conditions=@convgrad/source'] });
    worker.once('message', resolve).once('error', reject);
  });
const code = (start) => `
  import('tsx/esm/api').then(async ({ register }) => {
    register();
    const { arange, backend, setNumThreads } = await import('@convgrad/core');
    setNumThreads(3);
    const x = arange(${start}, ${start} + 300000);
    let sum = 0;
    for (let round = 0; round < 100; round++) sum = x.mul(2).sub(x).sub(x).add(${start}).max().item();
    require('node:worker_threads').parentPort.postMessage({ backend: backend(), sum });
  });`;
console.log(JSON.stringify(await Promise.all([numbers(code(1)), numbers(code(2))])));

// Runs the program in a worker thread. With the argument "endless" it ends the worker in the middle of its work.
import { Worker } from 'node:worker_threads';

const worker = new Worker(new URL('inside.mjs', import.meta.url), {
  argv: process.argv.slice(2),
  execArgv: ['--conditions=@convgrad/source'],
  stdout: true,
});
worker.stdout.on('data', (data) => {
  process.stdout.write(data);
  if (process.argv[2] === 'endless') worker.terminate();
});

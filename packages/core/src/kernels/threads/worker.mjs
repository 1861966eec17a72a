// What a worker thread runs: it takes part in launches until it is asked to leave. Plain JavaScript, since a worker cannot load
// TypeScript on every version of Node; of the package it knows only what it is given.
import { workerData } from 'node:worker_threads';

const { module, memory, worker, stack, states, life, spins, idleMilliseconds } = workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
exports.__stack_pointer.value = stack;

if (Atomics.compareExchange(states, worker, life.starting, life.working) === life.starting) {
  work();
  Atomics.store(states, worker, life.left);
  Atomics.notify(states, worker);
}

function work() {
  let idleSince = performance.now();
  while (Atomics.load(states, worker) === life.working) {
    if (!attend()) {
      if (performance.now() - idleSince < idleMilliseconds) continue;
      exports.rest(worker);
    }
    idleSince = performance.now();
  }
}

// Each look for tasks is a call of its own: in a function that never returns, the engine would stay with its first, slow code.
function attend() {
  try {
    return exports.attend(worker, spins) !== 0;
  } catch {
    // The function that failed has not cleared the stack.
    exports.__stack_pointer.value = stack;
    exports.fail(worker);
    return true;
  }
}

// What a worker thread runs: it takes part in launches until it is asked to leave. Plain JavaScript, since a worker cannot load
// TypeScript on every version of Node; of the package it knows only what it is given.
import { workerData } from 'node:worker_threads';

const { module, memory, worker, stack, states, life, spins, looks } = workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
exports.__stack_pointer.value = stack;

if (Atomics.compareExchange(states, worker, life.starting, life.working) === life.starting) {
  work();
  Atomics.store(states, worker, life.left);
  Atomics.notify(states, worker);
}

// Without a clock, whose numbers would be garbage for the engine to collect.
function work() {
  let idle = 0;
  while (Atomics.load(states, worker) === life.working) {
    if (attend()) {
      idle = 0;
    } else if (++idle === looks) {
      exports.rest(worker);
      idle = 0;
    }
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

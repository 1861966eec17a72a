import { Worker } from 'node:worker_threads';
import { wasmBinary } from '../backends/wasm.ts';
import { memory } from '../wasm_memory.ts';
import { mostThreads } from './count.ts';

/** What a worker is doing, as the two sides tell each other in `states`. */
const life = { starting: 0, working: 1, leaving: 2, left: 3 } as const;
/** A worker without tasks makes so many calls that look so many times each before it sleeps: some 200 microseconds. */
const looks = 200;
const spins = 2000;
/** A leaving worker is called again after so long: it may have been about to fall asleep. */
const callMilliseconds = 1;

const states = new Int32Array(new SharedArrayBuffer(4 * mostThreads));

/** Number of workers below number `end` that are up and have not left. */
export function workingCount(end: number): number {
  let working = 0;
  for (let worker = 1; worker < end; worker++) {
    if (Atomics.load(states, worker) === life.working) working++;
  }
  return working;
}

/** A thread that takes tasks of launches. It never keeps the process alive, and may be terminated at any time between two launches. */
export class TaskWorker extends Worker {
  private readonly worker: number;

  /** Starts it as thread number `worker`, with a stack of its own that ends at `stack`. Throws where the system has no thread left. */
  constructor(worker: number, stack: number) {
    super(new URL('./worker.mjs', import.meta.url), {
      // Nothing of the program's: its loaders and options could keep a worker from starting.
      execArgv: [],
      env: {},
      // It makes no objects, so let it not reserve memory for them.
      resourceLimits: { maxYoungGenerationSizeMb: 1 },
      workerData: { module: wasmBinary().module, memory, worker, stack, states, life, spins, looks },
    });
    this.worker = worker;
    this.unref();
    // One that fails is missed by nobody: the others do its work.
    const left = (): void => {
      Atomics.store(states, worker, life.left);
    };
    this.on('error', left).on('exit', left);
  }

  override terminate(): Promise<number> {
    this.leave();
    return super.terminate();
  }

  // Waits until it can claim no task any more: one that dies with a task in hand would be waited for for ever.
  private leave(): void {
    if (Atomics.compareExchange(states, this.worker, life.starting, life.left) === life.starting) return;
    if (Atomics.compareExchange(states, this.worker, life.working, life.leaving) !== life.working) return;
    while (Atomics.load(states, this.worker) === life.leaving) {
      wasmBinary().alarm();
      Atomics.wait(states, this.worker, life.leaving, callMilliseconds);
    }
  }
}

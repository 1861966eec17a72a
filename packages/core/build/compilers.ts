import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { CompilerJob, CompilerResult } from './compiler_process.ts';

/** Compilers that run side by side at most: each takes about half a gigabyte. */
const mostCompilers = 4;
const compilerProcess = fileURLToPath(new URL('compiler_process.ts', import.meta.url));

/** Hears of each step as it starts and ends. */
export interface CompilerListener {
  readonly started: (step: string) => void;
  readonly finished: (step: string, result: CompilerResult) => void;
}

/** Compiler processes that run side by side, started as they are needed and kept until they are stopped. */
export interface Compilers {
  /** Runs the jobs, named by their steps, in order. */
  run(jobs: ReadonlyMap<string, CompilerJob>, listener: CompilerListener): Promise<void>;
  stop(): void;
}

/** Makes ready for as many compilers as there are processors. */
export function createCompilers(): Compilers {
  const most = Math.min(mostCompilers, availableParallelism());
  const children: ChildProcess[] = [];
  const drain = async (child: ChildProcess, queue: [string, CompilerJob][], listener: CompilerListener): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [step, job] = next;
      listener.started(step);
      listener.finished(step, await runJob(child, job));
    }
  };
  return {
    async run(jobs, listener) {
      const queue = [...jobs];
      // The engine compiles the compiler while its first job runs: for two jobs, a second one costs more than it saves.
      while (children.length < Math.min(most, Math.ceil(queue.length / 2))) {
        children.push(startChild());
      }
      await Promise.all(children.map((child) => drain(child, queue, listener)));
    },
    stop() {
      for (const child of children) {
        child.kill();
      }
    },
  };
}

function startChild(): ChildProcess {
  // Its standard output says only that the compiler package reads its own files.
  return fork(compilerProcess, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

function runJob(child: ChildProcess, job: CompilerJob): Promise<CompilerResult> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null): void => {
      reject(new Error(`the compiler process ended (${signal ?? `exit code ${code}`}) while it made ${job.output}`));
    };
    child.once('exit', onExit);
    child.once('message', (result: CompilerResult) => {
      child.off('exit', onExit);
      resolve(result);
    });
    child.send(job, (error) => {
      if (error !== null) {
        reject(error);
      }
    });
  });
}

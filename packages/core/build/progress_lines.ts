/** Reports a build's steps. */
export interface BuildProgress {
  started(step: string): void;
  finished(step: string, seconds: number): void;
  stop(): void;
}

/** Starts a report of `steps` steps on `stream`, a line a step. */
export function startLines(title: string, steps: number, stream: NodeJS.WritableStream = process.stderr): BuildProgress {
  let done = 0;
  stream.write(`${title}: ${steps} steps\n`);
  return {
    started() {},
    finished(step, seconds) {
      done++;
      stream.write(`  ${done}/${steps} ${step} ${seconds.toFixed(1)} s\n`);
    },
    stop() {},
  };
}

import { SingleBar } from 'cli-progress';

/** Reports a build's steps: a bar on a terminal, a line a step elsewhere. */
export interface BuildProgress {
  started(step: string): void;
  finished(step: string, seconds: number): void;
  stop(): void;
}

/** Starts a report of `steps` steps on `stream`. */
export function startProgress(title: string, steps: number, stream: NodeJS.WriteStream = process.stderr): BuildProgress {
  return stream.isTTY ? barProgress(title, steps, stream) : lineProgress(title, steps, stream);
}

function barProgress(title: string, steps: number, stream: NodeJS.WriteStream): BuildProgress {
  // No handling of signals: a bar that catches them would keep the build alive.
  const format = `${title} {bar} {value}/{total} | {duration_formatted} | {running}`;
  const bar = new SingleBar({ format, stream, gracefulExit: false });
  const running = new Set<string>();
  const names = (): { running: string } => ({ running: [...running].join(', ') });
  bar.start(steps, 0, names());
  return {
    started(step) {
      running.add(step);
      bar.update(names());
    },
    finished(step) {
      running.delete(step);
      bar.increment(1, names());
    },
    stop: () => bar.stop(),
  };
}

function lineProgress(title: string, steps: number, stream: NodeJS.WriteStream): BuildProgress {
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

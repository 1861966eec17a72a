import { SingleBar } from 'cli-progress';
import { type BuildProgress, startLines } from './progress_lines.ts';

/** Starts a report of `steps` steps on `stream`: a bar on a terminal, a line a step elsewhere. */
export function startProgress(title: string, steps: number, stream: NodeJS.WriteStream = process.stderr): BuildProgress {
  return stream.isTTY ? barProgress(title, steps, stream) : startLines(title, steps, stream);
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

import { Presets, SingleBar } from 'cli-progress';

/** Where an epoch stands. */
export interface ProgressState {
  readonly images: number;
  readonly loss: number;
  readonly imagesPerSecond: number;
}

/** Shows how an epoch goes on. */
export interface Progress {
  update(state: ProgressState): void;
  stop(): void;
}

/** A bar in a terminal; ten plain lines where the output is a file or a pipe. */
export function createProgress(title: string, images: number): Progress {
  return process.stdout.isTTY ? createBar(title, images) : createLines(title, images);
}

function createBar(title: string, images: number): Progress {
  const bar = new SingleBar(
    {
      format: `${title} {bar} {percentage} % | loss {loss} | {speed} images/s | {left} left`,
      hideCursor: true,
      barsize: 30,
      stream: process.stdout,
    },
    Presets.rect,
  );
  bar.start(images, 0, { loss: '-', speed: '-', left: '-' });
  return {
    update: (state) => bar.update(state.images, describe(state, images)),
    stop: () => bar.stop(),
  };
}

function createLines(title: string, images: number): Progress {
  let printed = 0;
  return {
    update(state) {
      const tenth = Math.floor((10 * state.images) / images);
      if (tenth === printed) return;
      printed = tenth;
      const { loss, speed, left } = describe(state, images);
      process.stdout.write(`${title} ${10 * tenth} % | loss ${loss} | ${speed} images/s | ${left} left\n`);
    },
    stop: () => {},
  };
}

function describe({ images, loss, imagesPerSecond }: ProgressState, total: number): { loss: string; speed: string; left: string } {
  return { loss: loss.toFixed(4), speed: imagesPerSecond.toFixed(0), left: `${Math.ceil((total - images) / imagesPerSecond)} s` };
}

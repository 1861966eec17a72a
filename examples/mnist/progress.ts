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

/** Where the progress is shown: `process.stdout`, or another stream that may be a terminal. */
export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** A bar in a terminal; ten plain lines where the output is a file or a pipe. */
export function createProgress(title: string, images: number, stream: ProgressStream = process.stdout): Progress {
  return stream.isTTY === true ? createBar(title, images, stream) : createLines(title, images, stream);
}

/** In 80 columns; the state of the terminal, as of its cursor, is left as it is, so that nothing has to be restored at a sudden end. */
function createBar(title: string, images: number, stream: ProgressStream): Progress {
  const bar = new SingleBar(
    { format: `${title} {bar} {percentage} % | {figures}`, barsize: 20, linewrap: true, autopadding: true, autopaddingChar: '   ', stream },
    Presets.shades_classic,
  );
  bar.start(images, 0, { figures: 'starting' });
  return {
    update: (state) => bar.update(state.images, { figures: describe(state, images) }),
    stop: () => bar.stop(),
  };
}

function createLines(title: string, images: number, stream: ProgressStream): Progress {
  let printed = 0;
  return {
    update(state) {
      const tenth = Math.floor((10 * state.images) / images);
      if (tenth === printed) return;
      printed = tenth;
      stream.write(`${title} ${10 * tenth} % | ${describe(state, images)}\n`);
    },
    stop: () => {},
  };
}

function describe({ images, loss, imagesPerSecond }: ProgressState, total: number): string {
  return `loss ${loss.toFixed(4)} | ${imagesPerSecond.toFixed(0)} images/s | ${Math.ceil((total - images) / imagesPerSecond)} s left`;
}

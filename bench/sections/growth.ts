import { availableParallelism } from 'node:os';
import { runAlone } from '../run/lone.ts';
import { growthName } from '../workloads/names.ts';
import { lonePrograms } from './lone_programs.ts';
import type { Cell, Chart, Measure } from './section.ts';

const mebi = 2 ** 20;

/** The size of a step of the net made to measure. */
interface StepSize {
  readonly batch: number;
  readonly side: number;
  readonly channels: number;
  readonly threads: number;
}

function sweeps(quick: boolean): { readonly [quantity in keyof StepSize]: readonly number[] } {
  const processors = availableParallelism();
  if (quick) return { batch: [1, 64], side: [14, 56], channels: [8, 64], threads: [...new Set([1, processors])] };
  // Not more than some nine points on machines with many processors.
  const apart = Math.ceil(processors / 8);
  const counts = Array.from({ length: processors }, (_, index) => index + 1).filter((count) => count === 1 || count % apart === 0);
  return {
    batch: [1, 4, 16, 64, 256, 1024],
    side: [14, 28, 56, 112, 224],
    channels: [8, 16, 32, 64, 128, 256],
    threads: [...new Set([...counts, processors])],
  };
}

/** Step time and memory of a net as batch, image, channels and threads grow, one at a time. */
export const growth: Measure = async (options, progress) => {
  const programs = (await lonePrograms(options)).filter(({ slow }) => !slow);
  const usual: StepSize = { batch: 16, side: 28, channels: 32, threads: options.threads.at(-1) ?? 1 };
  const rows: Cell[][] = [];
  const charts: Chart[] = [];
  for (const [quantity, values] of Object.entries(sweeps(options.quick))) {
    const lines = programs.map(({ name }) => ({ name, times: [] as [number, number][], memory: [] as [number, number][] }));
    for (const value of values) {
      const size = { ...usual, [quantity]: value };
      for (const [index, { name, program }] of programs.entries()) {
        progress(`${quantity} ${value}, ${name}`);
        const timing = await runAlone(program(growthName(size), 'step', options.quick ? 200 : 1000, size.threads));
        if (timing === null) continue;
        const memory = timing.peakBytes / mebi;
        rows.push([quantity, value, name, timing.medianMs, memory]);
        lines[index].times.push([value, timing.medianMs]);
        lines[index].memory.push([value, memory]);
      }
    }
    charts.push(
      {
        title: `Step time against ${quantity}`,
        xName: quantity,
        yName: 'ms',
        series: lines.map(({ name, times }) => ({ name, points: times })),
      },
      {
        title: `Peak memory against ${quantity}`,
        xName: quantity,
        yName: 'MiB',
        series: lines.map(({ name, memory }) => ({ name, points: memory })),
      },
    );
  }
  const { batch, side, channels, threads } = usual;
  return {
    title: 'Growth',
    note: `One training step of a net of two 3x3 convolutions, each in a process of its own: median milliseconds, and the most resident memory. What does not grow is batch ${batch}, images of ${side} x ${side}, ${channels} channels, ${threads} threads.`,
    head: ['what grows', 'to', 'implementation', 'step, ms', 'peak memory, MiB'],
    rows,
    charts,
    absences: [],
  };
};

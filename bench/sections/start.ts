import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runAlone } from '../run/lone.ts';
import { median } from '../statistics.ts';
import { stepNames } from '../workloads/names.ts';
import { buildBinaries } from './binaries.ts';
import { lonePrograms } from './lone_programs.ts';
import type { Cell, Measure } from './section.ts';

const mebi = 2 ** 20;

function wasmBytes(): string {
  const folder = fileURLToPath(new URL('../../packages/core/wasm/', import.meta.url));
  const files = readdirSync(folder).filter((name) => name.endsWith('.wasm'));
  return files.map((name) => `${name} ${statSync(folder + name).size.toLocaleString('en')} bytes`).join(', ');
}

/** Start-up, and the most memory of each run. */
export const start: Measure = async (options, progress) => {
  await buildBinaries(progress);
  const programs = await lonePrograms(options);
  const threads = options.threads.at(-1) ?? 1;
  const rows: Cell[][] = [];
  for (const workload of options.quick ? stepNames.slice(1, 2) : stepNames) {
    for (const { name, slow, program } of programs) {
      if (slow && workload !== 'lenet-b1' && workload !== 'lenet-b16') continue;
      progress(`${workload}, ${name}`);
      const runs = [];
      for (let repeat = 0; repeat < (options.quick || slow ? 1 : 3); repeat++) {
        const timing = await runAlone(program(workload, 'step', 1000, threads));
        if (timing !== null) runs.push(timing);
      }
      if (runs.length === 0) continue;
      const first = median(runs.map(({ firstMs }) => firstMs));
      rows.push([workload, name, first, Math.max(...runs.map(({ peakBytes }) => peakBytes)) / mebi]);
    }
  }
  return {
    title: 'Start-up and memory',
    note: `Milliseconds from the start of the process to the end of the first training step (median of three), and the most resident memory of a second of steps, ${threads} threads. Ours runs from the compiled packages. WebAssembly: ${wasmBytes()}.`,
    head: ['workload', 'implementation', 'first step, ms', 'peak memory, MiB'],
    rows,
    charts: [],
    absences: [],
  };
};

import { spawnSync } from 'node:child_process';
import { ours } from '../run/programs.ts';
import type { Cell, Measure } from './section.ts';

/** Whether long trainings become slower, or their memory grows. */
export const memory: Measure = async ({ quick, threads }, progress) => {
  const steps = quick ? 100 : 400;
  progress(`${steps} steps`);
  const { command, args, env } = ours('long_training.ts', 'wasm', threads.at(-1) ?? 1);
  const { status, stdout, stderr } = spawnSync(command, [...args, String(steps)], { env: { ...process.env, ...env }, encoding: 'utf8' });
  if (status !== 0) throw new Error(`long_training.ts failed:\n${stderr}`);
  const rows: Cell[][] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return {
    title: 'Long training',
    note: `LeNet-5, batch 64, ${steps} steps in one synchronous loop, with what users do beside it: time of the last tenth of the steps over that of the second tenth, and resident memory.`,
    head: ['what the loop does', 'last / second tenth', 'MiB after a tenth', 'MiB at the end'],
    rows,
    charts: [],
    absences: [],
  };
};

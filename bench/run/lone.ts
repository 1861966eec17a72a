import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Program } from './child.ts';

/** What a program that runs one task says when it ends. */
export interface LoneResult {
  readonly medianMs: number;
  readonly peakBytes: number;
}

/** The same, and milliseconds from the start of the process to the end of its first run. */
export interface LoneTiming extends LoneResult {
  readonly firstMs: number;
}

/** Runs a program that says `first` after its first run, and a line of JSON at its end; null if it failed. */
export async function runAlone({ command, args, env }: Program): Promise<LoneTiming | null> {
  const start = performance.now();
  const child = spawn(command, [...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false)).once('close', (code) => resolve(code === 0));
  });
  let firstMs = Number.NaN;
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'first') firstMs = performance.now() - start;
    last = line;
  }
  if (!(await ended)) return null;
  const result: LoneResult = JSON.parse(last);
  return { ...result, firstMs };
}

/** Milliseconds from the start of a process to its end; null if it failed. */
export async function wallClock({ command, args, env }: Program): Promise<number | null> {
  const start = performance.now();
  const child = spawn(command, [...args], { env: { ...process.env, ...env }, stdio: 'ignore' });
  const succeeded = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false)).once('close', (code) => resolve(code === 0));
  });
  return succeeded ? performance.now() - start : null;
}

import type { Cell } from '../sections/section.ts';
import { type Results, saved } from './results.ts';

/** What the machine does at most, a line an implementation and number of threads. */
export function peakTable(results: Results): { readonly head: readonly string[]; readonly rows: readonly (readonly Cell[])[] } {
  const lines = Object.entries(saved(results).peaks).flatMap(([name, byThreads]) =>
    Object.entries(byThreads).map(([threads, peaks]) => ({ name, threads, ...peaks })),
  );
  const sizes = Object.keys(lines[0]?.bandwidth ?? {});
  return {
    head: ['measured in', 'threads', 'GFLOP/s', ...sizes.map((size) => `GB/s over ${size}`)],
    rows: lines.map(({ name, threads, gflops, bandwidth }) => [name, threads, gflops, ...sizes.map((size) => bandwidth[size])]),
  };
}

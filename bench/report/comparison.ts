import type { Implementation } from '../run/programs.ts';
import { type MeasuredRow, ratioTo } from '../run/rows.ts';
import type { Cell } from '../sections/section.ts';
import { percent } from './figures.ts';

const order: readonly Implementation[] = ['convgrad-wasm', 'convgrad-native', 'torch', 'tfjs-cpu', 'tfjs-wasm'];
const own = ['convgrad-wasm', 'convgrad-native'] as const;
const peers = ['torch', 'tfjs-cpu', 'tfjs-wasm'] as const;

/** The rows as one table a number of threads: a line a task; median times, shares of the roofline, and ratios. */
export interface Comparison {
  readonly threads: number;
  readonly head: readonly string[];
  readonly lines: readonly (readonly Cell[])[];
}

/** Lays the rows out side by side. A peer with one thread only stands beside every number of threads. */
export function comparisons(rows: readonly MeasuredRow[]): Comparison[] {
  const counts = [...new Set(rows.filter(({ implementation }) => !implementation.startsWith('tfjs')).map(({ threads }) => threads))];
  return counts.sort((a, b) => a - b).map((threads) => comparison(rows, threads));
}

function comparison(rows: readonly MeasuredRow[], threads: number): Comparison {
  const there = order.filter((name) => rows.some(({ implementation }) => implementation === name));
  const pairs = own.flatMap((ours) => peers.map((theirs) => [ours, theirs] as const));
  const ratios = pairs.filter(([ours, theirs]) => there.includes(ours) && there.includes(theirs));
  const head = [
    'workload',
    'pass',
    ...there.flatMap((name) => [`${name} ms`, 'share']),
    ...ratios.map(([ours, theirs]) => `${ours.replace('convgrad-', '')} / ${theirs}`),
    ...(there.includes('torch') ? ["PyTorch's way"] : []),
  ];
  const byTask = new Map<string, MeasuredRow[]>();
  for (const row of rows) {
    const key = `${row.workload} ${row.pass}`;
    byTask.set(key, [...(byTask.get(key) ?? []), row]);
  }
  const lines = [...byTask.values()].map((same): Cell[] => {
    const find = (name: Implementation) =>
      same.find((row) => row.implementation === name && (row.threads === threads || name.startsWith('tfjs'))) ?? null;
    return [
      same[0].workload,
      same[0].pass,
      ...there.flatMap((name): Cell[] => [find(name)?.medianMs ?? null, percent(find(name)?.share ?? null)]),
      ...ratios.map(([ours, theirs]) => ratioText(find(ours), theirs, same)),
      ...(there.includes('torch') ? [find('torch')?.variant ?? null] : []),
    ];
  });
  return { threads, head, lines };
}

/** How many times as fast: of the medians, and in brackets of the fastest runs. */
function ratioText(row: MeasuredRow | null, other: Implementation, rows: readonly MeasuredRow[]): string | null {
  const ratio = row === null ? null : ratioTo(row, other, rows);
  return ratio === null ? null : `${times(ratio.ofMedians)} (${times(ratio.ofFastest)})`;
}

function times(ratio: number): string {
  return ratio >= 100 ? ratio.toFixed(0) : ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2);
}

import type { Implementation } from '../run/programs.ts';
import { type MeasuredRow, ratioTo } from '../run/rows.ts';
import { type Bars, ratioBars } from './charts.ts';

const peers = ['torch', 'tfjs-cpu', 'tfjs-wasm'] as const;

/** A chart for every number of threads and every peer. */
export function ratioCharts(rows: readonly MeasuredRow[]): { readonly title: string; readonly svg: string }[] {
  const threads = [...new Set(rows.map((row) => row.threads))].sort((a, b) => a - b);
  return threads.flatMap((count) => peers.map((peer) => ratioBarsOf(rows, peer, count))).filter((chart) => chart !== null);
}

/** How many times as fast as a peer we are, a bar a task, for a number of threads; null where there is nothing to compare. */
function ratioBarsOf(rows: readonly MeasuredRow[], peer: Implementation, threads: number): { title: string; svg: string } | null {
  const own = (['convgrad-wasm', 'convgrad-native'] as const).filter((name) => rows.some(({ implementation }) => implementation === name));
  const tasks = new Map<string, Map<Implementation, number>>();
  for (const row of rows) {
    if (row.threads !== threads) continue;
    const ratio = own.some((name) => name === row.implementation) ? ratioTo(row, peer, rows) : null;
    if (ratio === null) continue;
    const label = `${row.workload} ${row.pass}`;
    const ratios = tasks.get(label) ?? new Map<Implementation, number>();
    tasks.set(label, ratios.set(row.implementation, ratio.ofMedians));
  }
  if (tasks.size === 0) return null;
  const bars: Bars = {
    title: `Times as fast as ${peer}, ${threads === 1 ? 'one thread' : `${threads} threads`}`,
    labels: [...tasks.keys()],
    series: own.map((name) => ({ name, values: [...tasks.values()].map((ratios) => ratios.get(name) ?? null) })),
  };
  return { title: bars.title, svg: ratioBars(bars) };
}

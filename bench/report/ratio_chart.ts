import type { Implementation } from '../run/programs.ts';
import { type MeasuredRow, ratioTo } from '../run/rows.ts';
import { type Bars, ratioBars } from './charts.ts';

/** How many times as fast as a peer we are, a bar a task, for a number of threads; null where there is nothing to compare. */
export function ratioChart(rows: readonly MeasuredRow[], peer: Implementation, threads: number): string | null {
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
  return ratioBars(bars);
}

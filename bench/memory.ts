import Table from 'cli-table3';
import { training } from '../test/memory/scenarios.ts';

const steps = 400;

/** Training steps in one synchronous loop, with what users do beside them: whether they become slower, or memory grows. */
export function benchMemory(): void {
  const table = new Table({
    head: ['LeNet-5, batch 64, 400 steps', 'last tenth / second tenth', 'resident MiB after a tenth', 'at the end'],
    style: { head: [], border: [] },
  });
  for (const [name, scenario] of Object.entries(training)) {
    const step = scenario();
    const times: number[] = [];
    let early = 0;
    for (let index = 0; index < steps; index++) {
      const start = performance.now();
      step();
      times.push(performance.now() - start);
      if (index === steps / 10) early = process.memoryUsage.rss();
    }
    const total = (from: number) => times.slice(from, from + steps / 10).reduce((sum, time) => sum + time, 0);
    const ratio = total(0.9 * steps) / total(0.1 * steps);
    table.push([name, ratio.toFixed(2), (early / 2 ** 20).toFixed(0), (process.memoryUsage.rss() / 2 ** 20).toFixed(0)]);
  }
  console.log(table.toString());
}

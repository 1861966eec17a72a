/*
 * Training steps in one synchronous loop, with what users do beside them: whether they become slower, or memory grows. Prints a line of
 * JSON for each scenario.
 */
import { training } from '../../test/memory/scenarios.ts';

const steps = Number(process.argv[2]);
const tenth = Math.floor(steps / 10);

for (const [name, scenario] of Object.entries(training)) {
  const step = scenario();
  const times: number[] = [];
  let early = 0;
  for (let index = 0; index < steps; index++) {
    const start = performance.now();
    step();
    times.push(performance.now() - start);
    if (index === tenth) early = process.memoryUsage.rss();
  }
  const total = (from: number) => times.slice(from, from + tenth).reduce((sum, time) => sum + time, 0);
  const mebi = 2 ** 20;
  const row = [name, total(steps - tenth) / total(tenth), early / mebi, process.memoryUsage.rss() / mebi];
  process.stdout.write(`${JSON.stringify(row)}\n`);
}

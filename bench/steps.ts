import { availableParallelism } from 'node:os';
import { manualSeed, randint, randn, setNumThreads, tensor } from '@convgrad/core';
import { crossEntropy } from '@convgrad/nn';
import { Adam } from '@convgrad/optim';
import Table from 'cli-table3';
import { type ModelName, models } from '../examples/mnist/models.ts';
import { median } from './ruler.ts';

/*
 * Whole training steps with Adam, on one thread and on all, float32, everything included; and what a node of the graph costs beside its kernel.
 */

const sampleCount = 60;

/** One training step of a model on one batch of random images. */
export function trainingStep(name: ModelName, batch: number): () => void {
  manualSeed(0);
  const model = models[name]();
  const optimizer = new Adam(model.parameters(), { lr: 1e-3 });
  const images = randn([batch, 1, 28, 28]);
  const labels = randint(0, 10, [batch]);
  return () => {
    optimizer.zeroGrad();
    crossEntropy(model.forward(images), labels).backward();
    optimizer.step();
  };
}

/** Milliseconds of each of `count` runs, after enough runs for the engine to have optimised. */
function sample(run: () => void, count: number): number[] {
  const warm = performance.now() + 400;
  while (performance.now() < warm) run();
  return Array.from({ length: count }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
}

/** Microseconds a node, forward and backward together, in a chain of additions to one-element tensors. */
function nodeOverhead(): number {
  const nodes = 1000;
  const x = tensor([1], { requiresGrad: true });
  const times = sample(() => {
    let y = x;
    for (let node = 0; node < nodes; node++) y = y.add(1);
    y.backward();
  }, sampleCount);
  return (1000 * median(times)) / nodes;
}

/** Times everything and prints it. */
export function benchSteps(): void {
  const table = new Table({ head: ['training step', 'batch', 'threads', 'median ms', 'fastest ms'], style: { head: [], border: [] } });
  const cases: readonly (readonly [ModelName, number])[] = [
    ['lenet', 1],
    ['lenet', 16],
    ['lenet', 64],
    ['lenet', 256],
    ['cnn', 64],
  ];
  for (const [name, batch] of cases) {
    for (const threads of new Set([1, availableParallelism()])) {
      setNumThreads(threads);
      const times = sample(trainingStep(name, batch), sampleCount);
      table.push([name, batch, threads, median(times).toFixed(2), Math.min(...times).toFixed(2)]);
    }
  }
  console.log(table.toString());
  console.log(`overhead: ${nodeOverhead().toFixed(2)} microseconds a node, forward and backward`);
}

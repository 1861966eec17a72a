import { tensor } from '@convgrad/core';
import type { Overhead } from './protocol.ts';
import { median } from './statistics.ts';

const nodes = 1000;

/** What a node of the graph costs beside its kernel: microseconds in a chain of additions to a one-element tensor. */
export function measureOverhead(milliseconds: number): Overhead {
  const x = tensor([1], { requiresGrad: true });
  const forward: number[] = [];
  const backward: number[] = [];
  const run = () => {
    const start = performance.now();
    let y = x;
    for (let node = 0; node < nodes; node++) y = y.add(1);
    const middle = performance.now();
    y.backward();
    forward.push(middle - start);
    backward.push(performance.now() - middle);
  };
  const warm = performance.now() + 400;
  while (performance.now() < warm) run();
  forward.length = 0;
  backward.length = 0;
  const end = performance.now() + milliseconds;
  do run();
  while (performance.now() < end);
  const microseconds = (times: readonly number[]) => (1000 * median(times)) / nodes;
  return { microsecondsForward: microseconds(forward), microsecondsBackward: microseconds(backward) };
}

import { getNumThreads } from '@convgrad/core';
import { binary } from '@convgrad/core/kernels';
import { numbers } from './kernel_workloads.ts';
import type { Peaks } from './protocol.ts';
import { Ruler } from './ruler.ts';

/** What this backend does at most: on one thread register tiles, taken times the threads; on all threads a stream c = a + b. */
export function measurePeaks(sizes: readonly number[], milliseconds: number): Peaks {
  const ruler = new Ruler();
  const end = performance.now() + milliseconds;
  do ruler.measure();
  while (performance.now() < end);
  return { multiplyAdds: ruler.best * getNumThreads(), bandwidth: streamRates(sizes, milliseconds) };
}

/** Bytes a second, reads and writes counted, of streams over so many bytes. */
function streamRates(sizes: readonly number[], milliseconds: number): number[] {
  const bytesOfAll = 12;
  const most = Math.floor(Math.max(...sizes) / bytesOfAll);
  const [a, b, c] = [numbers(most), numbers(most), numbers(most)];
  return sizes.map((size) => {
    const elements = Math.floor(size / bytesOfAll);
    let least = Number.POSITIVE_INFINITY;
    const end = performance.now() + milliseconds;
    do {
      const start = performance.now();
      binary('add', 'float32', a, b, c, [elements], [1], [1]);
      least = Math.min(least, performance.now() - start);
    } while (performance.now() < end);
    return (bytesOfAll * elements) / (least / 1000);
  });
}

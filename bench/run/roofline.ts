import type { Peaks } from '../protocol.ts';
import type { Cost } from '../workloads/costs.ts';
import type { Implementation } from './programs.ts';

const mebi = 2 ** 20;
/** Bytes of the streams by which the bandwidth is measured: in the second-level cache, the third, and the memory. */
export const streamSizes: readonly number[] = [1, 4, 16, 96].map((size) => size * mebi);

/** Least milliseconds for a task: its multiply-adds at the peak, or its bytes at the bandwidth of a stream of its size. */
export function leastMilliseconds({ multiplyAdds, bytes }: Cost, peaks: Peaks): number {
  const larger = streamSizes.findIndex((size) => size >= bytes);
  const bandwidth = peaks.bandwidth.at(larger) ?? Number.NaN;
  return 1000 * Math.max(multiplyAdds / peaks.multiplyAdds, bytes / bandwidth);
}

/** What one worker does at most. */
export interface MeasuredPeaks extends Peaks {
  readonly implementation: Implementation;
  readonly threads: number;
}

/** One entry an implementation and number of threads. */
export type PeakTable = readonly MeasuredPeaks[];

/** Adds a measurement to a table, in which the higher figures stay. */
export function withPeaks(table: PeakTable, measured: MeasuredPeaks): PeakTable {
  const { implementation, threads, multiplyAdds, bandwidth } = measured;
  const known = table.find((entry) => entry.implementation === implementation && entry.threads === threads);
  if (known === undefined) return [...table, measured];
  const higher: MeasuredPeaks = {
    implementation,
    threads,
    multiplyAdds: Math.max(multiplyAdds, known.multiplyAdds),
    bandwidth: bandwidth.map((rate, index) => Math.max(rate, known.bandwidth[index] ?? 0)),
  };
  return table.map((entry) => (entry === known ? higher : entry));
}

/**
 * The implementations by whose peaks a row is judged, in order of preference: those of the instruction set that it uses. PyTorch's own
 * are those of its matrix product, for want of a better; plain JavaScript is judged by WebAssembly's vectors.
 */
const judges: Readonly<Record<Implementation, readonly Implementation[]>> = {
  'convgrad-wasm': ['convgrad-wasm'],
  'convgrad-native': ['convgrad-native'],
  torch: ['convgrad-native', 'torch'],
  'tfjs-cpu': ['convgrad-wasm'],
  'tfjs-wasm': ['convgrad-wasm'],
};

/** The peaks for a row; null where none was measured. */
export function peaksFor(implementation: Implementation, threads: number, table: PeakTable): Peaks | null {
  for (const judge of judges[implementation]) {
    const peaks = table.find((entry) => entry.implementation === judge && entry.threads === threads);
    if (peaks !== undefined) return peaks;
  }
  return null;
}

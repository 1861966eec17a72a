import { peak, peakTiles } from '../packages/core/src/kernels/peak.ts';
import { vectorLanes } from '../packages/core/src/kernels/vector_lanes.ts';
import { numbers } from './kernel_workloads.ts';
import { median } from './statistics.ts';

const lanes = vectorLanes();
/** Operands of 24 KiB at most. */
const depth = 640 / lanes;
const millisecondsPerTile = 1.5;

/** Measures the most multiply-adds a second that any register tile reaches on operands in the first-level cache. */
export class Ruler {
  /** The most that any measurement gave. */
  best = 0;
  private readonly a = numbers(4 * lanes * depth);
  private readonly b = numbers(4 * lanes * depth);
  private readonly c = numbers(24 * lanes);
  private readonly repetitions = peakTiles.map(() => 100);
  private readonly rates: number[][] = peakTiles.map(() => []);

  constructor() {
    for (let round = 0; round < 20; round++) {
      peakTiles.forEach((_, tile) => {
        const rate = this.rate(tile);
        this.repetitions[tile] = Math.max(1, Math.round((rate * millisecondsPerTile) / 1000 / this.products(tile)));
      });
    }
  }

  /** Multiply-adds a second, now. */
  measure(): number {
    const now = peakTiles.map((_, tile) => this.rate(tile));
    now.forEach((rate, tile) => {
      this.rates[tile]?.push(rate);
    });
    const peak = Math.max(...now);
    this.best = Math.max(this.best, peak);
    return peak;
  }

  /** Median rate of every tile so far. */
  tiles(): { readonly name: string; readonly rate: number }[] {
    return peakTiles.map(({ name }, tile) => ({ name, rate: median(this.rates[tile] ?? []) }));
  }

  private products(tile: number): number {
    const { rows, vectors } = peakTiles[tile] ?? { rows: 0, vectors: 0 };
    return rows * vectors * lanes * depth;
  }

  private rate(tile: number): number {
    const repetitions = this.repetitions[tile] ?? 1;
    const start = performance.now();
    peak('float32', tile, this.a, this.b, this.c, depth, repetitions);
    return (1000 * this.products(tile) * repetitions) / (performance.now() - start);
  }
}

import { type FloatDType, scalarOf } from './dtype.ts';
import { launch } from './launch.ts';
import type { Pointer } from './memory.ts';

/** A register tile that `peak` can run: `rows` x `vectors` accumulators, each a vector of `vectorLanes()` float32 numbers. */
export interface PeakTile {
  readonly name: string;
  readonly rows: number;
  readonly vectors: number;
}

/** The tiles in the order of peak.cc. */
export const peakTiles: readonly PeakTile[] = [
  { name: 'outer 4x2', rows: 4, vectors: 2 },
  { name: 'outer 5x2', rows: 5, vectors: 2 },
  { name: 'outer 3x3', rows: 3, vectors: 3 },
  { name: 'outer 2x4', rows: 2, vectors: 4 },
  { name: 'outer 6x2', rows: 6, vectors: 2 },
  { name: 'outer 4x3', rows: 4, vectors: 3 },
  { name: 'dot 4x2', rows: 4, vectors: 2 },
  { name: 'dot 2x4', rows: 2, vectors: 4 },
  { name: 'outer 8x3', rows: 8, vectors: 3 },
  { name: 'dot 3x3', rows: 3, vectors: 3 },
  { name: 'dot 4x4', rows: 4, vectors: 4 },
];

/** Runs a tile `repetitions` times over `depth` steps; with vectors of so many lanes, a and b hold 4 * lanes * depth elements each, c 24 * lanes. */
export function peak(dtype: FloatDType, tile: number, a: Pointer, b: Pointer, c: Pointer, depth: number, repetitions: number): void {
  launch('peak', scalarOf[dtype], { a, b, c, tile, depth, repetitions }, 1);
}

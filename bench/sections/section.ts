import type { Options } from '../arguments.ts';
import type { Absence } from '../run/team.ts';

/** A cell of a table: a text, a number, or nothing known. */
export type Cell = string | number | null;

/** Lines over a common axis. */
export interface Chart {
  readonly title: string;
  readonly xName: string;
  readonly yName: string;
  readonly series: readonly { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
}

/** A part of a run as it is printed, saved and drawn. */
export interface Section {
  readonly title: string;
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly charts: readonly Chart[];
  readonly absences: readonly Absence[];
}

/** Measures a part of a run. */
export type Measure = (options: Options, progress: (text: string) => void) => Promise<Section>;

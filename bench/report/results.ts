import { type PeakTable, streamSizes } from '../run/roofline.ts';
import type { MeasuredRow, Row } from '../run/rows.ts';
import type { Absence } from '../run/team.ts';
import type { Section } from '../sections/section.ts';
import type { Machine } from './circumstances.ts';

/** Everything that a run found. */
export interface Results {
  readonly machine: Machine;
  /** ISO 8601. */
  readonly date: string;
  readonly commit: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly peaks: PeakTable;
  readonly rows: readonly MeasuredRow[];
  readonly absences: readonly Absence[];
  readonly sections: readonly Section[];
}

/** Peaks as they are saved, by implementation and threads. */
export interface SavedPeaks {
  readonly gflops: number;
  /** Gigabytes a second, by the MiB that a stream touches. */
  readonly bandwidth: Readonly<Record<string, number>>;
}

/** The file of rows. */
export interface Saved {
  readonly machine: Machine;
  readonly date: string;
  readonly commit: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly peaks: Readonly<Record<string, Readonly<Record<string, SavedPeaks>>>>;
  readonly rows: readonly Row[];
}

/** What the file of rows holds. */
export function saved({ machine, date, commit, versions, peaks, rows }: Results): Saved {
  return { machine, date, commit, versions, peaks: savedPeaks(peaks), rows: rows.map(savedRow) };
}

function savedRow({ workload, pass, threads, implementation, variant, medianMs, share }: MeasuredRow): Row {
  return { workload, pass, threads, implementation, variant, medianMs, share };
}

function savedPeaks(table: PeakTable): Saved['peaks'] {
  const named: Record<string, Record<string, SavedPeaks>> = {};
  for (const { implementation, threads, multiplyAdds, bandwidth } of table) {
    const rates = streamSizes.map((size, index) => [`${size / 2 ** 20} MiB`, bandwidth[index] / 1e9]);
    named[implementation] = {
      ...named[implementation],
      [threads]: { gflops: (2 * multiplyAdds) / 1e9, bandwidth: Object.fromEntries(rates) },
    };
  }
  return named;
}

/*
 * What the ruler and its workers say to each other: one line of JSON a request, one an answer, over standard input and output. A worker is a
 * process of one implementation, with one number of threads; it ends when its input ends.
 */
import type { Pass } from './workloads/names.ts';

/** How memory is laid out, where an implementation has the choice. */
export type Layout = 'contiguous' | 'channels-last';

export type Request =
  | { readonly do: 'describe' }
  /** Makes a task ready under a name, and runs it once, and then again for so long. */
  | {
      readonly do: 'prepare';
      readonly id: string;
      readonly workload: string;
      readonly pass: Pass;
      readonly layout: Layout;
      readonly milliseconds: number;
    }
  /** Runs it untimed for `warm` milliseconds, then timed, once at least. */
  | { readonly do: 'sample'; readonly id: string; readonly warm: number; readonly milliseconds: number }
  /** Forgets what was prepared. */
  | { readonly do: 'release' }
  /** Measures what the processor does at most; sizes are bytes that a stream touches. */
  | { readonly do: 'peaks'; readonly sizes: readonly number[]; readonly milliseconds: number }
  /** Microseconds a node of the graph. */
  | { readonly do: 'overhead'; readonly milliseconds: number };

export interface Description {
  /** What the worker found itself to be. */
  readonly implementation: string;
  readonly versions: Readonly<Record<string, string>>;
  /** The kind of kernels, or the instruction set. */
  readonly variant: string;
}

/** Milliseconds of each run, in their order. */
export interface Times {
  readonly times: readonly number[];
}

/** The implementation has no such thing, and why. */
export interface Absent {
  readonly absent: string;
}

export interface Peaks {
  /** A second. */
  readonly multiplyAdds: number;
  /** Bytes a second, for each size asked for. */
  readonly bandwidth: readonly number[];
}

export interface Overhead {
  readonly microsecondsForward: number;
  readonly microsecondsBackward: number;
}

/** The answer to each kind of request, if it is not `Absent`. */
export interface Answers {
  readonly describe: Description;
  readonly prepare: Times;
  readonly sample: Times;
  readonly release: Readonly<Record<string, never>>;
  readonly peaks: Peaks;
  readonly overhead: Overhead;
}

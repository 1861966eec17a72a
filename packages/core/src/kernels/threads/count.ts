import { environment, processorCount } from '#platform';
import { ArgumentError } from '../../errors.ts';

/** The most threads that one memory serves: `mostThreads` of `kernels/launch.h`. */
export const mostThreads = 256;

let count = initialCount();

/**
 * Threads that share the work of an operation, this one included: all processors, unless `CONVGRAD_NUM_THREADS` or
 * `setNumThreads` says otherwise. Results do not depend on it, to the last bit.
 *
 * @example getNumThreads() > 0 // true
 */
export function getNumThreads(): number {
  return count;
}

/**
 * Sets how many threads share the work of an operation, this one included: 1 to 256. Those that it takes are started by the next
 * operation that is worth it, and never keep the process alive.
 *
 * @throws ArgumentError where it is not a whole number from 1 to 256.
 * @example
 * const usual = getNumThreads();
 * setNumThreads(1); // leaves the other processors alone
 * setNumThreads(usual);
 */
export function setNumThreads(threads: number): void {
  count = checked(threads, 'setNumThreads', String(threads));
}

function initialCount(): number {
  const forced = environment('CONVGRAD_NUM_THREADS');
  if (forced === undefined) {
    return Math.min(processorCount(), mostThreads);
  }
  return checked(Number(forced), 'CONVGRAD_NUM_THREADS', `'${forced}'`);
}

function checked(threads: number, name: string, given: string): number {
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads) {
    throw new ArgumentError(`${name} takes a whole number of threads from 1 to ${mostThreads}, not ${given}`);
  }
  return threads;
}

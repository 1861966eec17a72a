import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * How long a loop may run, in ms, until it lets the event loop turn. The loop's body runs once more after the check, so half of the
 * promised 50 ms keeps the promise for every body of up to 50 ms: shorter than 25 ms, it ends in time; longer, each one is followed by a turn.
 */
const longestRun = 25;

/** When the event loop last turned, of all loops of the process: also many short loops one after the other must let it turn. */
let lastTurn = performance.now();

/** Lets timers, signals and finalizers run if that is due. Microtasks alone, as of other awaits, never let them. */
export async function turnWhenDue(): Promise<void> {
  if (performance.now() - lastTurn < longestRun) return;
  await nextTurn();
  lastTurn = performance.now();
}

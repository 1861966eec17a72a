import { randomInt } from 'node:crypto';
import { availableParallelism, totalmem } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/** What an environment variable says; undefined where it is not set. */
export function environment(name: string): string | undefined {
  return process.env[name] || undefined;
}

/** Processors that this process may use. */
export function processorCount(): number {
  return availableParallelism();
}

/** Bytes of the machine's memory. */
export function machineMemory(): number {
  return totalmem();
}

/** A whole number from 0 to 2^48 - 2 that nobody can foretell. */
export function randomSeed(): number {
  return randomInt(2 ** 48 - 1);
}

/**
 * Tells the user of something that is slow or odd but not wrong; `type` names the kind of warning.
 *
 * @example warn('the offsets run away', 'ConvgradOffsetWarning');
 */
export function warn(message: string, type: string): void {
  process.emitWarning(message, { type });
}

/**
 * Does `work` while the engine has a flag that it lacks by itself, and only then: with other flags than at the start it would no longer
 * take Node's own modules from its cache.
 */
export function withEngineFlag<T>(flag: string, work: () => T): T {
  setFlagsFromString(`--${flag}`);
  try {
    return work();
  } finally {
    setFlagsFromString(`--no-${flag}`);
  }
}

import { ArgumentError } from '../errors.ts';
import { Region } from '../memory/placement.ts';

/** What the current call stack does with operations. */
interface Mode {
  /** Whether operations on tensors that require gradients are recorded. */
  recording: boolean;
  /** Whether the outputs of every forward and backward are searched for NaN and infinities. */
  anomaly: boolean;
}

export const mode: Mode = { recording: true, anomaly: false };

/**
 * Whether operations are recorded for differentiation now.
 *
 * @example noGrad(() => isGradEnabled()) // false
 */
export function isGradEnabled(): boolean {
  return mode.recording;
}

/**
 * Whether anomaly mode is on.
 *
 * @example detectAnomaly(() => isAnomalyEnabled()) // true
 */
export function isAnomalyEnabled(): boolean {
  return mode.anomaly;
}

/**
 * Runs `body` without recording. Results are ordinary arrays and may be kept anywhere.
 *
 * @throws ArgumentError if `body` returns a promise: grad mode follows the call stack, which ends at the first `await`
 * @example const prediction = noGrad(() => model.forward(images).argmax(1)); // shape [4]
 */
export function noGrad<T>(body: () => T): T {
  return withMode('noGrad', { recording: false }, body);
}

/**
 * Runs `body` with recording on, also inside `noGrad`.
 *
 * @throws ArgumentError if `body` returns a promise
 * @example noGrad(() => enableGrad(() => crossEntropy(model.forward(images), labels)).backward());
 */
export function enableGrad<T>(body: () => T): T {
  return withMode('enableGrad', { recording: true }, body);
}

/**
 * Runs `body` with anomaly mode on: the first forward or backward that makes a NaN or an infinity throws a GradientError, which names
 * the function and where in the user's code it was called. Slow: for searching only.
 *
 * @throws ArgumentError if `body` returns a promise
 * @example detectAnomaly(() => crossEntropy(model.forward(images), labels).backward());
 */
export function detectAnomaly<T>(body: () => T): T {
  return withMode('detectAnomaly', { anomaly: true }, body);
}

/** Runs `body` with some of the mode changed, and puts it back whatever happens. */
export function withMode<T>(name: string, change: Partial<Mode>, body: () => T): T {
  const { recording, anomaly } = mode;
  Object.assign(mode, change);
  try {
    return refusePromise(name, body());
  } finally {
    mode.recording = recording;
    mode.anomaly = anomaly;
  }
}

/** A promise would go on after the mode has ended. */
export function refusePromise<T>(name: string, result: T): T {
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new ArgumentError(
      `${name}: the callback returned a promise, but ${name} ends when the callback returns. Await outside: ` +
        `const data = await load(); const y = ${name}(() => f(data));`,
    );
  }
  return result;
}

/** Whether results that are not recorded belong to a region that recycles them. */
export function inRegion(): boolean {
  return Region.current !== null;
}

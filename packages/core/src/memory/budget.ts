import { machineMemory, warn } from '#platform';
import { ArgumentError } from '../errors.ts';

const gibibyte = 2 ** 30;

let budget = Math.min(machineMemory() / 4, 2 * gibibyte);
let warned = false;

/**
 * How many bytes of the arena storages may take before new ones become ordinary arrays.
 *
 * @example memoryBudget() <= 2 ** 31 // true: unless it was set
 */
export function memoryBudget(): number {
  return budget;
}

/**
 * Sets how many bytes of the arena storages may take before new ones become ordinary arrays (slower, never wrong).
 * The default is a quarter of the machine's memory, at most 2 GiB.
 *
 * @throws ArgumentError if `bytes` is not a number of at least 0
 * @example
 * setMemoryBudget(512 * 2 ** 20);
 * memoryBudget() // 536_870_912
 */
export function setMemoryBudget(bytes: number): void {
  if (!(bytes >= 0)) throw new ArgumentError(`setMemoryBudget: expected a number of bytes of at least 0, got ${bytes}`);
  budget = bytes;
  warned = false;
}

/** Says once that the budget is used up. */
export function warnBudgetUsed(): void {
  if (warned) return;
  warned = true;
  warn(
    `the memory budget of ${Math.round(budget / 2 ** 20)} MiB is used up, so new tensors are ordinary arrays, which is slower. ` +
      'Forward passes in grad mode keep their activations until backward() is called: use inferenceMode(() => ...) or ' +
      'noGrad(() => ...) to evaluate, or raise the limit with setMemoryBudget(bytes).',
    'ConvgradMemoryWarning',
  );
}

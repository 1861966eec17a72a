import { ArgumentError } from '@convgrad/core';

/** Throws unless an option is a finite number of at least 0. */
export function requireNonNegative(name: string, option: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0) || value === Number.POSITIVE_INFINITY) {
    throw new ArgumentError(`${name}: ${option} must be a number of at least 0, got ${String(value)}`);
  }
}

/** Throws unless an option is true or false. */
export function requireBoolean(name: string, option: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new ArgumentError(`${name}: ${option} must be true or false, got ${String(value)}`);
}

/** `defaults` with the values that `given` has; `params` and `paramNames`, which stand beside a group's options, are passed over. */
export function resolveOptions<Options extends object>(name: string, defaults: Options, given: Partial<Options>): Options {
  for (const key of Object.keys(given)) {
    if (!(key in defaults) && key !== 'params' && key !== 'paramNames') {
      throw new ArgumentError(`${name}: there is no option ${key}; the options are ${Object.keys(defaults).join(', ')}`);
    }
  }
  const options = { ...defaults };
  for (const key in defaults) {
    const value = given[key];
    if (value !== undefined) options[key] = value;
  }
  return options;
}

import { ArgumentError } from '@convgrad/core';

/** @throws ArgumentError unless the number is whole and at least `least` */
export function checkCount(name: string, what: string, value: number, least = 1): void {
  if (!Number.isInteger(value) || value < least)
    throw new ArgumentError(`${name}: ${what} must be a whole number of at least ${least}, got ${value}`);
}

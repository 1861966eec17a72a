import { Generator } from './generator.ts';

const byDefault = new Generator();

/**
 * The generator that everything random uses unless it is given another.
 *
 * @example
 * const state = defaultGenerator().state();
 * const first = randn([3]);
 * defaultGenerator().setState(state);
 * randn([3]).eq(first) // [1, 1, 1]
 */
export function defaultGenerator(): Generator {
  return byDefault;
}

/**
 * Seeds the default generator, and returns it: the same program then repeats to the last bit.
 *
 * @throws ArgumentError if the seed is not a safe whole number
 * @example
 * manualSeed(0);
 * const first = rand([3]);
 * manualSeed(0);
 * rand([3]).eq(first) // [1, 1, 1]
 */
export function manualSeed(seed: number): Generator {
  return byDefault.manualSeed(seed);
}

/**
 * Seeds the default generator with a seed picked at random, and returns the seed.
 *
 * @example
 * const used = seed();
 * const first = rand([3]);
 * manualSeed(used);
 * rand([3]).eq(first) // [1, 1, 1]
 */
export function seed(): number {
  return byDefault.seed();
}

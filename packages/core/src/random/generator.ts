import seedrandom from 'seedrandom';
import { randomSeed } from '#platform';
import { ArgumentError, StateError } from '../errors.ts';
import type { DTypeArray } from '../kernels/dtype.ts';
import { floatRange } from './float_range.ts';
import { standardNormal } from './ziggurat.ts';

/** Where a generator is in its stream: plain numbers, which survive JSON exactly. */
export interface GeneratorState {
  readonly algorithm: 'alea';
  /** The seed that the stream began with. */
  readonly seed: number;
  readonly c: number;
  readonly s0: number;
  readonly s1: number;
  readonly s2: number;
}

/** Numbers of 32 random bits come as multiples of 2^-32. */
const words = 2 ** 32;

/**
 * A stream of random numbers that repeats exactly from its seed.
 *
 * It is seedrandom's Alea (Baagøe's multiply-with-carry of lag 3): of the generators there with a state to save it is the fastest by a
 * factor of two, and its state is four numbers. Float32 and float64 arrays get the same numbers, up to rounding.
 *
 * @example
 * const generator = new Generator(42);
 * const state = generator.state();
 * const order = generator.permutation(10);
 * generator.setState(state);
 * generator.permutation(10).join() === order.join() // true
 */
export class Generator {
  private source: seedrandom.StatefulPRNG<seedrandom.State.Alea>;
  private seedOfStream: number;

  /**
   * @param seed a whole number; without one, a random seed is picked
   * @throws ArgumentError if the seed is not a safe whole number
   */
  constructor(seed: number = randomSeed()) {
    this.seedOfStream = seed;
    this.source = startStream('Generator', seed);
  }

  /** The seed that the stream began with. */
  get initialSeed(): number {
    return this.seedOfStream;
  }

  /**
   * Starts the stream of `seed` from its beginning, and returns the generator.
   *
   * @throws ArgumentError if the seed is not a safe whole number
   */
  manualSeed(seed: number): this {
    this.source = startStream('manualSeed', seed);
    this.seedOfStream = seed;
    return this;
  }

  /** Starts the stream of a seed picked at random, and returns the seed. */
  seed(): number {
    const seed = randomSeed();
    this.manualSeed(seed);
    return seed;
  }

  /** Where the stream is now, for `setState`: everything that determines what comes next. */
  state(): GeneratorState {
    const { c, s0, s1, s2 } = this.source.state();
    return { algorithm: 'alea', seed: this.seedOfStream, c, s0, s1, s2 };
  }

  /**
   * Goes on from where `state` was saved.
   *
   * @throws StateError if it is not a state of this kind of generator
   */
  setState(state: GeneratorState): void {
    checkState(state);
    const { c, s0, s1, s2 } = state;
    this.source = seedrandom.alea('', { state: { c, s0, s1, s2 } });
    this.seedOfStream = state.seed;
  }

  /** A number in [0, 1), a multiple of 2^-53. */
  uniform(): number {
    return this.source.double();
  }

  /** A number of the standard normal distribution. */
  normal(): number {
    return standardNormal(this.source.quick);
  }

  /**
   * A whole number in [low, high), each equally likely.
   *
   * @throws ArgumentError unless low < high are whole numbers at most 2^32 apart
   */
  integer(low: number, high: number): number {
    checkIntegerRange('integer', low, high, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    return low + below(this.source.quick, high - low);
  }

  /**
   * Fills `array` with numbers in [low, high), also after rounding to float32.
   *
   * @throws ArgumentError unless low < high are finite and some number of the array's type lies between them
   */
  fillUniform(array: Float32Array | Float64Array, low = 0, high = 1): void {
    const { first, last } = floatRange('fillUniform', array, low, high);
    const span = high - low;
    const source = this.source;
    for (let i = 0; i < array.length; i++) {
      array[i] = low + source.double() * span;
      const rounded = array[i];
      if (rounded < first) array[i] = first;
      else if (rounded > last) array[i] = last;
    }
  }

  /**
   * Fills `array` with numbers of the normal distribution.
   *
   * @throws ArgumentError unless mean and std are finite and std is not negative
   */
  fillNormal(array: Float32Array | Float64Array, mean = 0, std = 1): void {
    if (!Number.isFinite(mean) || !Number.isFinite(std) || std < 0) {
      throw new ArgumentError(`fillNormal: expected a finite mean and a finite std >= 0, got mean ${mean} and std ${std}`);
    }
    const random = this.source.quick;
    for (let i = 0; i < array.length; i++) array[i] = mean + std * standardNormal(random);
  }

  /**
   * Fills `array` with whole numbers in [low, high), each equally likely.
   *
   * @throws ArgumentError unless low < high are whole numbers at most 2^32 apart that the array's type holds exactly
   */
  fillIntegers(array: DTypeArray, low: number, high: number): void {
    const [least, most] = wholeNumbersOf(array);
    checkIntegerRange('fillIntegers', low, high, least, most);
    const random = this.source.quick;
    const span = high - low;
    for (let i = 0; i < array.length; i++) array[i] = low + below(random, span);
  }

  /**
   * Fills `array` with ones, each with probability `p` (rounded to a multiple of 2^-31), and zeros.
   *
   * @throws ArgumentError unless p is in [0, 1]
   */
  fillBernoulli(array: Uint8Array, p: number): void {
    if (!(p >= 0 && p <= 1)) throw new ArgumentError(`fillBernoulli: expected a probability in [0, 1], got ${p}`);
    const random = this.source.quick;
    const threshold = Math.round(p * 2 ** 31);
    // The sign bit of a difference: a branch on a random outcome is mispredicted half the time.
    for (let i = 0; i < array.length; i++) array[i] = (((random() * 2 ** 31) | 0) - threshold) >>> 31;
  }

  /**
   * The numbers 0 to n - 1 in random order, each order equally likely (Fisher-Yates).
   *
   * @throws ArgumentError unless n is a whole number from 0 to 2^31 - 1
   */
  permutation(n: number): Int32Array {
    if (!Number.isInteger(n) || n < 0 || n >= 2 ** 31) {
      throw new ArgumentError(`permutation: expected a whole number from 0 to 2^31 - 1, got ${n}`);
    }
    const random = this.source.quick;
    const order = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      const other = below(random, i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }
}

/** A whole number in [0, span), span at most 2^32: draws of the last, incomplete round of spans are thrown away. */
function below(random: () => number, span: number): number {
  if (span === words) return random() * words;
  for (;;) {
    // The shifts make V8 divide integers: a remainder of floats takes three times as long as all the rest.
    const draw = (random() * words) >>> 0;
    const rest = draw % (span >>> 0);
    if (draw - rest + span <= words) return rest;
  }
}

function checkIntegerRange(name: string, low: number, high: number, least: number, most: number): void {
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || low >= high || high - low > words) {
    throw new ArgumentError(`${name}: expected whole numbers low < high at most 2^32 apart, got low ${low} and high ${high}`);
  }
  if (low < least || high - 1 > most) {
    throw new ArgumentError(`${name}: [${low}, ${high}) is beyond the whole numbers from ${least} to ${most} that the array holds exactly`);
  }
}

function wholeNumbersOf(array: DTypeArray): readonly [least: number, most: number] {
  if (array instanceof Uint8Array) return [0, 255];
  if (array instanceof Int32Array) return [-(2 ** 31), 2 ** 31 - 1];
  if (array instanceof Float32Array) return [-(2 ** 24), 2 ** 24];
  return [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
}

function startStream(name: string, seed: number): seedrandom.StatefulPRNG<seedrandom.State.Alea> {
  if (!Number.isSafeInteger(seed)) {
    throw new ArgumentError(`${name}: expected a whole number from -(2^53 - 1) to 2^53 - 1 as the seed, got ${String(seed)}`);
  }
  return seedrandom.alea(String(seed), { state: true });
}

function checkState(state: GeneratorState): void {
  const isWord = (x: number) => x >= 0 && x < 1 && Number.isInteger(x * words);
  const { algorithm, seed, c, s0, s1, s2 } = state;
  if (algorithm !== 'alea' || !Number.isSafeInteger(seed) || !Number.isInteger(c) || c < 0 || c >= 2 ** 21 || ![s0, s1, s2].every(isWord)) {
    throw new StateError(`setState: not a state of a Generator: ${JSON.stringify(state)}`);
  }
}

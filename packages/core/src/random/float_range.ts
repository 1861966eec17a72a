import { ArgumentError } from '../errors.ts';

const float32 = new Float32Array(1);
const float32Bits = new Int32Array(float32.buffer);
const float64 = new Float64Array(1);
const float64Bits = new BigInt64Array(float64.buffer);

function nextFloat32(x: number): number {
  if (x === 0) return 2 ** -149;
  float32[0] = x;
  float32Bits[0] += x > 0 ? 1 : -1;
  return float32[0];
}

function nextFloat64(x: number): number {
  if (x === 0) return Number.MIN_VALUE;
  float64[0] = x;
  float64Bits[0] += x > 0 ? 1n : -1n;
  return float64[0];
}

/** The first and the last number of a range. */
export interface FloatRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The smallest and the largest number in [low, high) that an element of `array` can hold: scaling a number below 1 to the range can
 * round up to `high`, and storing it in float32 can round below `low`.
 *
 * @throws ArgumentError if the range holds no such number or is too large
 */
export function floatRange(name: string, array: Float32Array | Float64Array, low: number, high: number): FloatRange {
  if (!(low < high) || !Number.isFinite(high - low)) {
    throw new ArgumentError(`${name}: expected finite numbers low < high, got low ${low} and high ${high}`);
  }
  const single = array instanceof Float32Array;
  const round = single ? Math.fround : Number;
  const next = single ? nextFloat32 : nextFloat64;
  if (!Number.isFinite(round(low)) || !Number.isFinite(round(high))) {
    throw new ArgumentError(`${name}: [${low}, ${high}) is beyond what float32 holds (3.4e38)`);
  }
  const first = round(low) < low ? next(round(low)) : round(low);
  const last = round(high) < high ? round(high) : -next(-round(high));
  if (first > last) throw new ArgumentError(`${name}: no ${single ? 'float32' : 'float64'} number lies in [${low}, ${high})`);
  return { first, last };
}

/** Smallest distance between neighbouring numbers around `exact`, for 24 (float32) or 53 (float64) bits of significand. */
function spacing(exact: number, bits: 24 | 53): number {
  const lowest = bits === 24 ? -126 : -1022;
  const exponent = Math.max(lowest, Math.floor(Math.log2(Math.abs(exact))));
  return 2 ** (Math.min(exponent, 1023) - (bits - 1));
}

const largest = { 24: 3.4028234663852886e38, 53: Number.MAX_VALUE } as const;

/**
 * How far `got` is from the exact value, in units in the last place; infinite where one is NaN and the other is not.
 *
 * An exact value beyond the largest number counts as infinity, and infinity as the power of two behind the largest number.
 */
export function ulpError(got: number, exact: number, bits: 24 | 53): number {
  if (Number.isNaN(got) || Number.isNaN(exact)) return Number.isNaN(got) === Number.isNaN(exact) ? 0 : Number.POSITIVE_INFINITY;
  if (got === exact) return 0;
  const top = largest[bits];
  const finite = (value: number): number => (Math.abs(value) > top ? Math.sign(value) * (top + spacing(top, bits)) : value);
  const [a, b] = bits === 24 ? [finite(got), finite(exact)] : [got, exact];
  return Math.abs(a - b) / spacing(Math.min(Math.abs(b), top), bits);
}

/** Digits by which a tie is told from its neighbours: more than two doubles of the sizes printed can agree in. */
const exactDigits = 60;

/**
 * A number with `digits` decimals, as C and Python print it: ties go to the even digit (JavaScript's go up), and -0 keeps its sign.
 *
 * @example printFixed(0.03125, 4) // '0.0312'
 */
export function printFixed(value: number, digits: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  return sign + roundTieToEven(magnitude.toFixed(digits), magnitude.toFixed(exactDigits), digits);
}

/**
 * A number in scientific notation with `digits` decimals and at least two digits of exponent, rounded as `printFixed` does.
 *
 * @example printExponential(123456, 4) // '1.2346e+05'
 */
export function printExponential(value: number, digits: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  const [exact] = magnitude.toExponential(exactDigits).split('e');
  const [rounded, exponent] = magnitude.toExponential(digits).split('e');
  // Rounding up changes the exponent only after a 9, which is odd: there a tie goes up.
  const mantissa = roundTieToEven(rounded, exact, digits);
  return `${sign}${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

/** `rounded`, or where `exact` lies half-way and its last kept digit is even, that. */
function roundTieToEven(rounded: string, exact: string, digits: number): string {
  const point = exact.indexOf('.');
  const kept = digits === 0 ? exact.slice(0, point) : exact.slice(0, point + 1 + digits);
  const isTie = /^50*$/.test(exact.slice(point + 1 + digits));
  return isTie && Number(kept.at(-1)) % 2 === 0 ? kept : rounded;
}

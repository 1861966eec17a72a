import { places } from './reference_convolution.ts';

/*
 * Samples of images by their definition, told a second time: hats instead of corners for interpolation, folding at the mirrors one by one
 * instead of a formula for reflection.
 */

/** Reads the image with zeros around it: sum over all pixels i of x[i] times the product over dimensions of max(0, 1 - |u - i|). */
export function hatSample(pixel: (at: readonly number[]) => number, size: readonly number[], position: readonly number[]): number {
  let sum = 0;
  for (const at of places(size)) {
    const hat = at.reduce((product, i, dim) => product * Math.max(0, 1 - Math.abs(position[dim] - i)), 1);
    if (hat > 0) sum += hat * pixel(at);
  }
  return sum;
}

/** The pixel nearest to a position, halves to the even one; 0 outside. */
export function nearestSample(pixel: (at: readonly number[]) => number, size: readonly number[], position: readonly number[]): number {
  const at = position.map((u) => {
    const below = Math.floor(u);
    const rest = u - below;
    return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
  });
  return at.every((i, dim) => i >= 0 && i < size[dim]) ? pixel(at) : 0;
}

/** A position mirrored at two mirrors until it lies between them. */
export function mirrored(position: number, low: number, high: number): number {
  if (low === high) return low;
  let u = position;
  while (u < low || u > high) u = u < low ? 2 * low - u : 2 * high - u;
  return u;
}

export const clamped = (u: number, length: number): number => Math.min(Math.max(u, 0), length - 1);

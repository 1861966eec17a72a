import { lend } from '@convgrad/core';

/** What examples of kernels use: sizes, and pointers to memory for matrices of those sizes. The memory is on loan. */
export function kernelFixtures() {
  const pointer = (): number => lend('float32', 256);
  const sizes = { m: 8, n: 16, k: 8, rows: 4, cols: 8, size: 100 };
  return { a: pointer(), b: pointer(), c: pointer(), x: pointer(), y: pointer(), bias: pointer(), ...sizes };
}

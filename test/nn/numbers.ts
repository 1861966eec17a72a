import { type CheckedFunction, Generator, gradcheck, gradgradcheck, randn, type Shape, type Tensor } from '@convgrad/core';
import { expect } from 'chai';

/** Normal numbers in float64, the same for the same seed, which require gradients. */
export function leaf(shape: Shape, seed = 1): Tensor {
  return randn(shape, { dtype: 'float64', requiresGrad: true, generator: new Generator(seed) });
}

/** Normal numbers in float64, the same for the same seed. */
export function normal(shape: Shape, seed = 1): Tensor {
  return randn(shape, { dtype: 'float64', generator: new Generator(seed) });
}

/** First and second derivatives by every input. */
export function prove(f: CheckedFunction, ...inputs: readonly Tensor[]): void {
  gradcheck(f, inputs);
  gradgradcheck(f, inputs);
}

/** Fails unless the shapes are equal and |got - want| <= tolerance (1 + max |want|) everywhere. */
export function expectClose(got: Tensor, want: Tensor, tolerance = 1e-12): void {
  expect(got.shape).to.deep.equal(want.shape);
  const [a, b] = [got.toTypedArray(), want.toTypedArray()];
  let scale = 1;
  for (let at = 0; at < b.length; at++) scale = Math.max(scale, 1 + Math.abs(b[at]));
  // An expectation of each would take longer than the calculation.
  for (let at = 0; at < a.length; at++) {
    const isSame = Object.is(a[at], b[at]) || Math.abs(a[at] - b[at]) <= tolerance * scale;
    if (!isSame) expect.fail(`element ${at} is ${a[at]}, not ${b[at]}`);
  }
}

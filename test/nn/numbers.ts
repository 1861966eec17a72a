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
  const [a, b] = [[...got.toTypedArray()], [...want.toTypedArray()]];
  const scale = 1 + b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  a.forEach((value, at) => {
    const same = Object.is(value, b[at]) || Math.abs(value - b[at]) <= tolerance * scale;
    expect(same, `element ${at} is ${value}, not ${b[at]}`).to.equal(true);
  });
}

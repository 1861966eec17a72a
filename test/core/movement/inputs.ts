import { arange, type CheckedFunction, Generator, gradcheck, gradgradcheck, randn, type Shape, type Tensor } from '@convgrad/core';

/** 0, 1, 2, .. in a shape. */
export function counting(shape: Shape): Tensor {
  return arange(shape.reduce((size, length) => size * length, 1)).reshape(shape);
}

export function arrays(tensors: readonly Tensor[]): unknown[] {
  return tensors.map((tensor) => tensor.toArray());
}

/** First and second derivatives, at random float64 inputs of the shapes. */
export function prove(f: CheckedFunction, ...shapes: readonly Shape[]): void {
  const generator = new Generator(5);
  const inputs = shapes.map((shape) => randn(shape, { dtype: 'float64', requiresGrad: true, generator }));
  gradcheck(f, inputs);
  gradgradcheck(f, inputs);
}

/** 0 to 23 in the shape [2, 3, 4]. */
export function x234(): Tensor {
  return counting([2, 3, 4]);
}

import { Generator, type Shape, sizeOf, type Tensor, tensor } from '@convgrad/core';

/** A call of a differentiable function whose gradients are to be proven. */
export interface ProofCase {
  /** What distinguishes it from the function's other cases. */
  readonly what: string;
  readonly f: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  readonly inputs: readonly Tensor[];
}

/** Float64 inputs that require gradients, uniform in [low, high): away from kinks where the function has some. */
export function sample(seed: number, shape: Shape, low = -1, high = 1): Tensor {
  const numbers = new Float64Array(sizeOf(shape));
  new Generator(seed).fillUniform(numbers, low, high);
  return tensor(numbers).reshape(shape).detach().requiresGrad_();
}

/** Like `sample`, with no number nearer than `gap` to a multiple of `step`: for functions with kinks there. */
export function sampleBetween(seed: number, shape: Shape, step = 1, gap = 0.05): Tensor {
  const generator = new Generator(seed);
  const numbers = Float64Array.from({ length: sizeOf(shape) }, () => {
    const cell = Math.floor(6 * generator.uniform()) - 3;
    return step * (cell + gap + (1 - 2 * gap) * generator.uniform());
  });
  return tensor(numbers).reshape(shape).detach().requiresGrad_();
}

/** Distinct numbers at least 0.1 apart, in random order: for functions with kinks at ties. */
export function sampleDistinct(seed: number, shape: Shape): Tensor {
  const order = new Generator(seed).permutation(sizeOf(shape));
  return tensor(Float64Array.from(order, (rank) => 0.1 * (rank + 1) - 0.05 * order.length))
    .reshape(shape)
    .detach()
    .requiresGrad_();
}

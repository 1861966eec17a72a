import { ArgumentError, GradientError } from '../errors.ts';
import { printShape, sameShape } from '../shape.ts';
import { runBackward } from './engine.ts';
import type { Tensor } from './graph.ts';

/** Options of `backward`. */
export interface BackwardOptions {
  /** Keep the graph and its memory for another backward. Default: the value of `createGraph`. */
  readonly retainGraph?: boolean;
  /** Record the backward, so that gradients can be differentiated. Default false. */
  readonly createGraph?: boolean;
}

/** Options of `grad`. */
export interface GradOptions extends BackwardOptions {
  /** Cotangents, one an output, of its shape. Default: ones, for scalars only. */
  readonly gradOutputs?: Tensor | null | readonly (Tensor | null)[];
  /** Give null for an input that the outputs do not depend on, instead of throwing. Default false. */
  readonly allowUnused?: boolean;
}

/**
 * Computes the gradients of `output` by every leaf that it depends on, adds them to their `.grad`, and recycles the graph.
 *
 * @param gradOutput cotangent of the output's shape; may be left out for a scalar, where it is 1
 * @throws GradientError if the output has no gradient, or the graph was consumed before; RecycledError if its numbers are gone
 * @example
 * const x = tensor([1, 2], { requiresGrad: true });
 * backward(x.square().sum());
 * x.grad // [2, 4]
 */
export function backward(
  output: Tensor,
  gradOutput: Tensor | null = null,
  { createGraph = false, retainGraph = createGraph }: BackwardOptions = {},
): void {
  checkGradOutput('backward', output, gradOutput);
  runBackward([output], [gradOutput], { createGraph, retainGraph, targets: null });
}

/**
 * The gradients of the sum of `outputs` by each of `inputs`, leaving every `.grad` alone.
 *
 * @returns a gradient for each input, of its shape
 * @throws GradientError if an input requires no gradient, or does not take part and `allowUnused` is not set; ArgumentError without inputs,
 *   or if gradOutputs differ in number from the outputs
 * @example
 * const x = tensor([1, 2], { requiresGrad: true });
 * const [dx] = grad(x.pow(3).sum(), [x], { createGraph: true });
 * dx // [3, 12]
 * grad(dx.sum(), [x]) // [[6, 12]]
 */
export function grad<I extends readonly Tensor[]>(
  outputs: Tensor | readonly Tensor[],
  inputs: I,
  options: GradOptions & { readonly allowUnused: true },
): { [K in keyof I]: Tensor | null };
export function grad<I extends readonly Tensor[]>(
  outputs: Tensor | readonly Tensor[],
  inputs: I,
  options?: GradOptions,
): { [K in keyof I]: Tensor };
export function grad(outputs: Tensor | readonly Tensor[], inputs: readonly Tensor[], options: GradOptions = {}): (Tensor | null)[] {
  const { gradOutputs = null, createGraph = false, retainGraph = createGraph, allowUnused = false } = options;
  const roots = isList(outputs) ? outputs : [outputs];
  const cotangents = isList(gradOutputs) ? gradOutputs : roots.map(() => gradOutputs);
  if (!Array.isArray(inputs) || inputs.length === 0) {
    throw new ArgumentError(`grad: inputs must be a list of at least one tensor, got ${Array.isArray(inputs) ? 'none' : String(inputs)}`);
  }
  if (cotangents.length !== roots.length) {
    throw new ArgumentError(`grad: ${roots.length} outputs need ${roots.length} gradOutputs, got ${cotangents.length}`);
  }
  for (let index = 0; index < roots.length; index++) checkGradOutput('grad', roots[index], cotangents[index]);
  inputs.forEach((input, index) => {
    if (!input.requiresGrad)
      throw new GradientError(`grad: input ${index}, of shape ${printShape(input.shape)}, does not require gradients`);
  });
  const gradients = runBackward(roots, cotangents, { createGraph, retainGraph, targets: inputs });
  if (!allowUnused) {
    gradients.forEach((gradient, index) => {
      if (gradient === null) {
        throw new GradientError(
          `grad: input ${index}, of shape ${printShape(inputs[index].shape)}, is not used by the outputs; set allowUnused to get null for it`,
        );
      }
    });
  }
  return gradients;
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

function checkGradOutput(name: string, output: Tensor, gradOutput: Tensor | null): void {
  if (gradOutput === null) {
    if (output.size !== 1) {
      throw new GradientError(
        `${name}: the output has shape ${printShape(output.shape)}; without a cotangent it must be a scalar: reduce it, as by sum(), or give one`,
      );
    }
    return;
  }
  if (!sameShape(output.shape, gradOutput.shape) || output.dtype !== gradOutput.dtype) {
    throw new GradientError(
      `${name}: the cotangent is ${gradOutput.dtype} ${printShape(gradOutput.shape)}, but the output ${output.dtype} ${printShape(output.shape)}`,
    );
  }
}

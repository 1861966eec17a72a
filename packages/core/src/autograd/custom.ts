import { GradientError } from '../errors.ts';
import type { DType } from '../kernels/dtype.ts';
import { createArray, Storage } from '../memory/storage.ts';
import { type Shape, sizeOf } from '../shape.ts';
import { checkFinite } from './anomaly.ts';
import { beginInputs, record } from './function.ts';
import { GraphNode, Tensor } from './graph.ts';
import { isAnomalyEnabled, isGradEnabled, withMode } from './mode.ts';

/**
 * What a custom function's forward and backward share.
 *
 * @example
 * const square = customFunction({
 *   name: 'square',
 *   forward(context, x: Tensor) {
 *     context.save(x);
 *     return tensor(x.data.map((v) => v * v)).reshape(x.shape);
 *   },
 *   backward: (context, g) => (context.needsGrad(0) ? g.mul(context.saved[0]).mul(2) : null),
 * });
 * square(tensor([1, 2, 3])) // [1, 4, 9]
 */
export class CustomContext {
  /** Anything the backward needs that is not a tensor. */
  readonly values: Record<string, unknown> = {};
  private readonly node: GraphNode;
  private count = 0;

  constructor(node: GraphNode) {
    this.node = node;
  }

  /** Keeps tensors for the backward, which is told if one was overwritten since. */
  save(...tensors: Tensor[]): void {
    this.node.save(...tensors);
    this.count += tensors.length;
  }

  /** The tensors that were kept, in order. */
  get saved(): Tensor[] {
    return Array.from({ length: this.count }, (_, index) => this.node.saved(index));
  }

  /** Whether the gradient of input `index` is asked for. */
  needsGrad(index: number): boolean {
    return this.node.needsGrad(index);
  }
}

/** A differentiable function as a user writes one. */
export interface CustomFunction<I extends readonly Tensor[]> {
  /** What errors and printed tensors call it. */
  readonly name: string;
  /** Whether `backward` is written in differentiable operations, so that it can itself be differentiated. Default false. */
  readonly twiceDifferentiable?: boolean;
  /** The result, or several. May read `.data` and make tensors of typed arrays. */
  forward(context: CustomContext, ...inputs: I): Tensor | readonly Tensor[];
  /** A gradient by each input (null for none) from the gradient by each output (zeros where none arrived). */
  backward(context: CustomContext, ...gradOutputs: Tensor[]): Tensor | null | readonly (Tensor | null)[];
}

class CustomNode<I extends readonly Tensor[]> extends GraphNode {
  override readonly isUserCode = true;
  readonly context: CustomContext;
  /** The outputs' shapes and dtypes, for zeros where no gradient arrives. */
  outputs: readonly Pick<Tensor, 'shape' | 'dtype'>[] = [];
  private readonly definition: CustomFunction<I>;

  constructor(definition: CustomFunction<I>, inputs: I, recorded: boolean) {
    super(definition.name, inputs, recorded);
    this.definition = definition;
    this.context = new CustomContext(this);
  }

  override backward(gradOutputs: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    if (isGradEnabled() && this.definition.twiceDifferentiable !== true) {
      throw new GradientError(
        `${this.name}: its backward cannot be differentiated, but createGraph asks for that. ` +
          'If it is written in differentiable operations only, set twiceDifferentiable: true.',
      );
    }
    const cotangents = this.outputs.map(({ shape, dtype }, index) => gradOutputs[index] ?? zeros(shape, dtype));
    const gradients = this.definition.backward(this.context, ...cotangents);
    return gradients === null || gradients instanceof Tensor ? [gradients] : gradients;
  }
}

function zeros(shape: Shape, dtype: DType): Tensor {
  return new Tensor(Storage.ofArray(dtype, createArray(dtype, sizeOf(shape))), shape);
}

/** A tensor of its own for the call to be recorded on: an input that is handed through, or a kept tensor, must not be changed. */
function asResult(output: Tensor): Tensor {
  return new Tensor(output.storage, output.shape);
}

/**
 * Makes a differentiable function of a forward and a backward written in TypeScript, over `.data` or in operations.
 *
 * Unless it says `twiceDifferentiable`, asking for its gradient with `createGraph` throws a GradientError.
 *
 * @throws in anomaly mode GradientError for a result that is not finite
 * @example
 * const cube = customFunction({
 *   name: 'cube',
 *   forward(context, x: Tensor) {
 *     context.save(x);
 *     return tensor(x.data.map((v) => v ** 3)).reshape(x.shape);
 *   },
 *   backward: (context, g) => g.mul(context.saved[0].square().mul(3)),
 * });
 * const x = tensor([1, 2], { requiresGrad: true });
 * cube(x).sum().backward();
 * x.grad // [3, 12]
 */
export function customFunction<I extends readonly Tensor[]>(
  definition: CustomFunction<I> & { forward(context: CustomContext, ...inputs: I): Tensor },
): (...inputs: I) => Tensor;
export function customFunction<I extends readonly Tensor[]>(definition: CustomFunction<I>): (...inputs: I) => readonly Tensor[];
export function customFunction<I extends readonly Tensor[]>(definition: CustomFunction<I>): (...inputs: I) => Tensor | readonly Tensor[] {
  return (...inputs) => {
    const recorded = beginInputs(inputs);
    const node = new CustomNode(definition, inputs, recorded);
    const result = withMode(definition.name, { recording: false }, () => definition.forward(node.context, ...inputs));
    const outputs = (result instanceof Tensor ? [result] : result).map(asResult);
    node.outputs = outputs;
    if (recorded) record(node, outputs);
    if (isAnomalyEnabled()) checkFinite(node, outputs, 'forward');
    return result instanceof Tensor ? outputs[0] : outputs;
  };
}

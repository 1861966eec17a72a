import { GradientError } from '../errors.ts';
import { isFloat } from '../kernels/dtype.ts';
import { settle, stagingMark } from '../memory/staging.ts';
import { checkFinite, userStack } from './anomaly.ts';
import { GraphNode, type Tensor } from './graph.ts';
import { inRegion, mode } from './mode.ts';

/** What a function's inputs may be. */
export type Inputs = readonly (Tensor | null)[];

/** Gradients by the inputs, in their order; null where there is none. */
export type Gradients = readonly (Tensor | null)[];

/**
 * A differentiable function: its name, forward and backward, side by side.
 *
 * `forward` computes with kernels: it makes its results with `call.output(shape, dtype)` (or `call.view`), and keeps what the backward
 * needs with `call.save(...)`. `backward` gets the gradient by each output and returns one by each input; it is written in
 * differentiable operations, so that it can be differentiated again.
 */
export interface DifferentiableFunction<I extends Inputs, Options> {
  readonly name: string;
  /** Whether the result shares the input's storage: then reading it is not yet a use of the input. */
  readonly isView?: boolean;
  forward(call: GraphNode, inputs: I, options: Options): Tensor;
  backward(call: GraphNode, gradOutput: Tensor, options: Options): Gradients;
}

/**
 * Says that an object is a differentiable function, and gives its type parameters.
 *
 * @example
 * import { unary } from '@convgrad/core/kernels';
 * const negateFunction = defineFunction<[Tensor], { size: number }>({
 *   name: 'negate',
 *   forward(call, [x], { size }) {
 *     const y = call.output(x.shape, x.dtype);
 *     unary('neg', 'float32', readable(x.storage), writable(y.storage), size);
 *     return y;
 *   },
 *   backward: (_call, gradOutput) => [neg(gradOutput)],
 * });
 * const x = tensor([1, 2], { requiresGrad: true });
 * const y = apply(negateFunction, [x], { size: x.size }); // [-1, -2]
 * y.sum().backward();
 * x.grad // [-1, -1]
 */
export function defineFunction<I extends Inputs, Options = undefined>(
  definition: DifferentiableFunction<I, Options>,
): DefinedFunction<I, Options> {
  return { definition, unrecordedCall: new UnrecordedCall(definition.name, [], false) };
}

/** A differentiable function as `apply` takes it. */
export interface DefinedFunction<I extends Inputs, Options> {
  readonly definition: DifferentiableFunction<I, Options>;
  /** Stands for every call that is not recorded: nothing is kept of it. */
  readonly unrecordedCall: GraphNode;
}

class UnrecordedCall extends GraphNode {
  override backward(): Gradients {
    // Not reachable: no tensor refers to it.
    throw new GradientError(`${this.name}: backward was called of a call that was not recorded`);
  }
}

/** A recorded call with the function it belongs to, as the engine runs it backward. */
export class FunctionCall<I extends Inputs, Options> extends GraphNode {
  private readonly definition: DifferentiableFunction<I, Options>;
  private readonly options: Options;

  constructor(definition: DifferentiableFunction<I, Options>, inputs: I, options: Options) {
    super(definition.name, inputs, true);
    this.definition = definition;
    this.options = options;
  }

  override backward(gradOutputs: readonly (Tensor | null)[]): Gradients {
    const gradOutput = gradOutputs[0];
    // Not reachable: it has one output, and the engine runs it when a gradient has arrived there.
    if (gradOutput === null) throw new GradientError(`${this.name}: backward was called without a gradient`);
    return this.definition.backward(this, gradOutput, this.options);
  }
}

/**
 * Calls a function, and records the call where gradients are asked for.
 *
 * @throws RecycledError if an input is gone; in anomaly mode GradientError for a result that is not finite
 * @example
 * const sameFunction = defineFunction<[Tensor]>({
 *   name: 'same',
 *   isView: true,
 *   forward: (call, [x]) => call.view(x, x.shape),
 *   backward: (_call, gradOutput) => [gradOutput],
 * });
 * apply(sameFunction, [tensor([1, 2])], undefined) // [1, 2]
 */
export function apply<I extends Inputs, Options>(fn: DefinedFunction<I, Options>, inputs: I, options: Options): Tensor {
  const { definition } = fn;
  const recorded = beginInputs(inputs, definition.isView === true);
  const call = recorded ? new FunctionCall(definition, inputs, options) : fn.unrecordedCall;
  const mark = stagingMark();
  const outer = mode.recording;
  mode.recording = false;
  let output: Tensor;
  try {
    output = definition.forward(call, inputs, options);
  } finally {
    mode.recording = outer;
    settle(mark);
  }
  if (recorded) {
    call.link();
    attach(call, output, 0);
  }
  if (mode.anomaly) checkFinite(call, [output], 'forward');
  return output;
}

/** Checks that the inputs are alive, marks them as read, and tells whether the call is to be recorded. */
export function beginInputs(inputs: Inputs, isView = false): boolean {
  let requiresGrad = false;
  for (const input of inputs) {
    if (input === null) continue;
    input.checkAlive();
    if (input.requiresGrad) requiresGrad = true;
  }
  const recorded = requiresGrad && mode.recording;
  if (!isView && (recorded || inRegion())) for (const input of inputs) if (input !== null) input.storage.consumed = true;
  return recorded;
}

/** Runs `body`, which launches kernels, without recording; ordinary arrays that it lent to kernels get their results. */
export function compute<T>(body: () => T): T {
  const mark = stagingMark();
  const outer = mode.recording;
  mode.recording = false;
  try {
    return body();
  } finally {
    mode.recording = outer;
    settle(mark);
  }
}

/** Ties the outputs to the call, and the call to those that made its inputs. Integer outputs have no gradient. */
export function record(call: GraphNode, outputs: readonly Tensor[]): void {
  call.outputCount = outputs.length;
  call.link();
  for (let index = 0; index < outputs.length; index++) attach(call, outputs[index], index);
}

function attach(call: GraphNode, output: Tensor, outputIndex: number): void {
  if (!isFloat(output.dtype)) return;
  output.node = call;
  output.outputIndex = outputIndex;
  if (mode.anomaly) call.stack = userStack();
}

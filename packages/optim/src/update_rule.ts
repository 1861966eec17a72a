import { type FloatDType, GradientError, printShape, StateBuffer, type Tensor, zeros } from '@convgrad/core';

/** How an optimizer changes parameters: everything in which SGD, Adam and the like differ. */
export interface UpdateRule<Options extends object, Slot extends string> {
  /** What errors call the optimizer. */
  readonly name: string;
  /** Every option with its default. */
  readonly defaults: Options;
  /** Tensors of a parameter's shape that the rule may keep between steps. */
  readonly slots: readonly Slot[];
  /** Those that every parameter has after its first step. */
  readonly requiredSlots: readonly Slot[];
  /** Throws an ArgumentError, which begins with `name`, for a value that is not allowed. */
  check(name: string, options: Options): void;
  /**
   * Updates parameters of one dtype in place. Each has a gradient of its shape and dtype; `state.step` counts the steps before this one.
   * Pointers come from `readable` and `updatable` of @convgrad/core, and are settled by the caller.
   */
  update(dtype: FloatDType, states: readonly ParameterState<Slot>[], options: Options): void;
}

/**
 * A parameter and what an optimizer remembers of it.
 *
 * @example
 * const state = new ParameterState<'momentum'>(new Parameter(ones([2])));
 * state.slot('momentum') // [0, 0]
 */
export class ParameterState<Slot extends string> {
  readonly parameter: Tensor;
  /** Steps that it took part in. */
  step = 0;
  private readonly tensors = new Map<Slot, StateBuffer>();

  constructor(parameter: Tensor) {
    this.parameter = parameter;
  }

  /** The gradient, null if there is none. Unlike `parameter.grad` this does not count as handing it out. */
  get gradient(): Tensor | null {
    return this.parameter.leaf === null ? null : this.parameter.leaf.grad;
  }

  /**
   * The gradient.
   *
   * @throws GradientError if there is none
   */
  requireGradient(): Tensor {
    const { gradient } = this;
    if (gradient === null) throw new GradientError(`step: the parameter of shape ${printShape(this.parameter.shape)} has no gradient`);
    return gradient;
  }

  /** The tensor in a slot, if there is one. */
  peek(slot: Slot): StateBuffer | undefined {
    return this.tensors.get(slot);
  }

  /** The tensor in a slot, zeros at the first use. */
  slot(slot: Slot): StateBuffer {
    const known = this.tensors.get(slot);
    if (known !== undefined) return known;
    return this.put(slot, zeros(this.parameter.shape, { dtype: this.parameter.dtype }));
  }

  /** Fills a slot with a copy of `tensor`. */
  put(slot: Slot, tensor: Tensor): StateBuffer {
    const buffer = new StateBuffer(tensor);
    this.tensors.set(slot, buffer);
    return buffer;
  }
}

import { customFunction, isGradEnabled, type Removable, Tensor } from '@convgrad/core';

/** The untyped form of a forward: what it takes and gives is the module's own affair. */
export type Forward = (...inputs: never[]) => unknown;

/** Called before the forward; an array that it returns replaces the inputs. */
export type PreHook = (inputs: readonly unknown[]) => unknown;
/** Called after the forward; what it returns replaces the output. */
export type ForwardHook = (inputs: readonly unknown[], output: unknown) => unknown;
/** Called with the gradients of a call; an array that it returns replaces those by the inputs. */
export type BackwardHook = (
  gradInputs: readonly (Tensor | null)[],
  gradOutputs: readonly Tensor[],
) => readonly (Tensor | null)[] | undefined;

/** The hooks of one module, in order of registration. */
export class ModuleHooks {
  readonly before: PreHook[] = [];
  readonly after: ForwardHook[] = [];
  readonly backward: BackwardHook[] = [];

  get isEmpty(): boolean {
    return this.before.length === 0 && this.after.length === 0 && this.backward.length === 0;
  }

  /** Calls a forward with all hooks around it. Tensors that a hook sees survive recycling. */
  run(name: string, forward: (inputs: readonly unknown[]) => unknown, given: readonly unknown[]): unknown {
    let inputs = given;
    for (const hook of [...this.before]) {
      keepAll(inputs);
      const replaced = hook(inputs);
      if (Array.isArray(replaced)) inputs = replaced;
    }
    let output = this.backward.length > 0 && isGradEnabled() ? this.runWatched(name, forward, inputs) : forward(inputs);
    for (const hook of [...this.after]) {
      keepAll(inputs);
      keepAll([output]);
      const replaced = hook(inputs, output);
      if (replaced !== undefined) output = replaced;
    }
    return output;
  }

  /**
   * Puts an identity around the inputs and one around the outputs, whose backwards see the gradients. The identity of the outputs comes
   * first in the backward; where no input requires gradients it is the only one, and calls the hooks.
   */
  private runWatched(name: string, forward: (inputs: readonly unknown[]) => unknown, inputs: readonly unknown[]): unknown {
    const watchedInputs = inputs.filter(requiresGrad);
    let gradOutputs: readonly Tensor[] = [];
    const finish = (gradients: readonly Tensor[]): readonly (Tensor | null)[] => {
      const waiting = [...gradients];
      const gradInputs = inputs.map((input) => (requiresGrad(input) ? (waiting.shift() ?? null) : null));
      return this.callBackwardHooks(gradInputs, gradOutputs);
    };
    const entered = identity(name, watchedInputs, (gradients) => finish(gradients).filter((_, index) => requiresGrad(inputs[index])));
    const passed = inputs.map((input) => (requiresGrad(input) ? (entered.shift() ?? input) : input));
    const output = forward(passed);
    const outputs = output instanceof Tensor ? [output] : Array.isArray(output) ? output.filter(isTensor) : [];
    const watchedOutputs = outputs.filter(requiresGrad);
    const left = identity(name, watchedOutputs, (gradients) => {
      // They are no longer in flight when the hooks are called.
      keepAll(gradients);
      gradOutputs = gradients;
      if (watchedInputs.length === 0) finish([]);
      return gradients;
    });
    const replace = (value: unknown) => (requiresGrad(value) ? (left.shift() ?? value) : value);
    return Array.isArray(output) ? output.map(replace) : replace(output);
  }

  private callBackwardHooks(gradInputs: readonly (Tensor | null)[], gradOutputs: readonly Tensor[]): readonly (Tensor | null)[] {
    let current = gradInputs;
    for (const hook of [...this.backward]) {
      keepAll(current);
      current = hook(current, gradOutputs) ?? current;
    }
    return current;
  }
}

/** The same tensors, with a look at their gradients, which it may replace. */
function identity(name: string, tensors: readonly Tensor[], see: (gradients: readonly Tensor[]) => readonly (Tensor | null)[]): Tensor[] {
  if (tensors.length === 0) return [];
  const pass = customFunction<readonly Tensor[]>({
    name: `${name} backward hook`,
    twiceDifferentiable: true,
    forward: (_context, ...inputs) => inputs,
    backward: (_context, ...gradients) => see(gradients),
  });
  return [...pass(...tensors)];
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

function requiresGrad(value: unknown): value is Tensor {
  return value instanceof Tensor && value.requiresGrad;
}

function keepAll(values: readonly unknown[]): void {
  for (const value of values) if (value instanceof Tensor) value.storage.kept = true;
}

/** Adds to a list, and takes back. */
export function addHook<H>(hooks: H[], hook: H): Removable {
  hooks.push(hook);
  return {
    remove() {
      const index = hooks.indexOf(hook);
      if (index >= 0) hooks.splice(index, 1);
    },
  };
}

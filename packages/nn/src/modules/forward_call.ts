import { Tensor, tensorsIn } from '@convgrad/core';
import type { Forward, ModuleHooks } from './hooks.ts';

/** Module calls that are running, each inside the one before. */
let depth = 0;

/** Objects whose `forward` was assigned. */
const replaced = new WeakSet<object>();

/** Whether `object.forward` still calls what `guardForward` was given. */
export function isForwardOriginal(object: object): boolean {
  return !replaced.has(object);
}

/**
 * Makes `object.forward` run the hooks, and lets what the outermost call returns survive recycling.
 *
 * The property is the instance's own, so that `super.forward(x)` in a subclass is the plain method, and cannot be defined again: a class
 * field called `forward` would lose the hooks. Assigning to it replaces what it calls.
 */
export function guardForward(object: object, forward: Forward, hooks: () => ModuleHooks | null): void {
  let own = forward;
  const call = (inputs: readonly unknown[]): unknown => Reflect.apply(own, object, inputs);
  const guarded = (...inputs: readonly unknown[]): unknown => {
    let output: unknown;
    depth++;
    try {
      const registered = hooks();
      output = registered === null || registered.isEmpty ? call(inputs) : registered.run(object.constructor.name, call, inputs);
    } finally {
      depth--;
    }
    if (depth === 0) keep(output);
    return output;
  };
  Object.defineProperty(object, 'forward', {
    get: () => guarded,
    set(replacement: Forward) {
      own = replacement;
      replaced.add(object);
    },
  });
}

function keep(output: unknown): void {
  if (output instanceof Tensor) output.storage.kept = true;
  else for (const tensor of tensorsIn(output)) tensor.storage.kept = true;
}

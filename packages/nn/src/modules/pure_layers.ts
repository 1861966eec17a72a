import type { Module } from './module.ts';

const pureClasses = new WeakSet<object>();

/**
 * Declares layers whose `forward` holds on to no tensor that passes through it. What goes from one such layer to the next inside a container can be held by
 * nobody, so that it need not survive recycling. A subclass is another class, and must be declared itself.
 */
export function declarePure(...classes: readonly (abstract new (...options: never[]) => Module)[]): void {
  for (const layer of classes) pureClasses.add(layer);
}

/** Whether the module's class was declared pure. */
export function isPure(module: Module): boolean {
  return pureClasses.has(module.constructor);
}

import type { Shape } from '@convgrad/core';
import { Linear } from '../modules/linear.ts';
import type { Module } from '../modules/module.ts';

/** A module that knows its cost: all convolution layers do, and a module of one's own may. */
export interface CountsMultiplyAdds {
  /** Multiplications, each with its addition, of the module and all inside it, for an input of a shape. */
  multiplyAdds(inputShape: Shape): number;
}

function countsItself(module: Module): module is Module & CountsMultiplyAdds {
  return 'multiplyAdds' in module && typeof module.multiplyAdds === 'function';
}

/** The multiply-adds of a call with its first input of a shape, modules inside included; null where the module does not know. */
export function multiplyAddsOf(module: Module, inputShape: Shape): number | null {
  if (countsItself(module)) return module.multiplyAdds(inputShape);
  if (module instanceof Linear) return inputShape.reduce((product, length) => product * length, 1) * module.outFeatures;
  return null;
}

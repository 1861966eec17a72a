import { type FloatDType, scalarOf } from './dtype.ts';
import { launch } from './launch.ts';
import { type Pointer, scratch, views } from './memory.ts';
import { taskCount } from './tasks.ts';

/** One parameter of an SGD step: everything has `size` contiguous elements. */
export interface SgdParameter {
  readonly parameter: Pointer;
  readonly gradient: Pointer;
  /** 0 without momentum. */
  readonly momentumBuffer: Pointer;
  readonly size: number;
  /** The buffer has no value yet: it becomes the gradient. */
  readonly isFirstStep: boolean;
}

export interface SgdOptions {
  readonly lr: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  readonly maximize: boolean;
}

/** One parameter of an Adam step: everything has `size` contiguous elements. */
export interface AdamParameter {
  readonly parameter: Pointer;
  readonly gradient: Pointer;
  readonly firstMoment: Pointer;
  readonly secondMoment: Pointer;
  /** The largest second moment so far; 0 without `amsgrad`. */
  readonly largestSecondMoment: Pointer;
  readonly size: number;
  /** Number of this step, from 1. */
  readonly step: number;
}

export interface AdamOptions {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Weight decay shrinks the parameter (AdamW) instead of adding to the gradient (Adam). */
  readonly decoupled: boolean;
  readonly amsgrad: boolean;
  readonly maximize: boolean;
}

/** Words of a row of the table that each kernel reads. */
const sgdWords = 5;
const adamWords = 7;
/** What an element of Adam's step costs, with its root and its quotient, in elements of a plain loop. */
const adamWork = 4;

/** One step of stochastic gradient descent on all `parameters`, in place, by PyTorch's formulas. */
export function sgd(dtype: FloatDType, parameters: readonly SgdParameter[], options: SgdOptions): void {
  const { lr, momentum, dampening, weightDecay, nesterov, maximize } = options;
  const table = scratch(4 * sgdWords * parameters.length);
  const words = views().i32;
  let total = 0;
  for (let row = 0, at = table / 4; row < parameters.length; row++, at += sgdWords) {
    const { parameter, gradient, momentumBuffer, size, isFirstStep } = parameters[row];
    words[at] = parameter;
    words[at + 1] = gradient;
    words[at + 2] = momentumBuffer;
    words[at + 3] = size;
    words[at + 4] = isFirstStep ? 1 : 0;
    total += size;
  }
  launch(
    'sgd',
    scalarOf[dtype],
    { table, count: parameters.length, lr, momentum, dampening, weightDecay, nesterov: Number(nesterov), maximize: Number(maximize) },
    taskCount(total),
  );
}

/** One step of Adam or AdamW on all `parameters`, in place, by PyTorch's formulas. */
export function adam(dtype: FloatDType, parameters: readonly AdamParameter[], options: AdamOptions): void {
  const { lr, beta1, beta2, eps, weightDecay, decoupled, amsgrad, maximize } = options;
  const table = scratch(4 * adamWords * parameters.length);
  const words = views().i32;
  let total = 0;
  for (let row = 0, at = table / 4; row < parameters.length; row++, at += adamWords) {
    const { parameter, gradient, firstMoment, secondMoment, largestSecondMoment, size, step } = parameters[row];
    words[at] = parameter;
    words[at + 1] = gradient;
    words[at + 2] = firstMoment;
    words[at + 3] = secondMoment;
    words[at + 4] = largestSecondMoment;
    words[at + 5] = size;
    words[at + 6] = step;
    total += size;
  }
  launch(
    'adam',
    scalarOf[dtype],
    {
      table,
      count: parameters.length,
      lr,
      beta1,
      beta2,
      eps,
      weightDecay,
      decoupled: Number(decoupled),
      amsgrad: Number(amsgrad),
      maximize: Number(maximize),
    },
    taskCount(adamWork * total),
  );
}

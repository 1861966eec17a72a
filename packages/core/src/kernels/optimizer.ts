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

/** One step of stochastic gradient descent on all `parameters`, in place, by PyTorch's formulas. */
export function sgd(dtype: FloatDType, parameters: readonly SgdParameter[], options: SgdOptions): void {
  const rows = parameters.map((p) => [p.parameter, p.gradient, p.momentumBuffer, p.size, p.isFirstStep ? 1 : 0]);
  launch(
    'sgd',
    scalarOf[dtype],
    { ...options, table: writeTable(rows), count: rows.length, nesterov: Number(options.nesterov), maximize: Number(options.maximize) },
    taskCount(totalSize(parameters)),
  );
}

/** One step of Adam or AdamW on all `parameters`, in place, by PyTorch's formulas. */
export function adam(dtype: FloatDType, parameters: readonly AdamParameter[], options: AdamOptions): void {
  const rows = parameters.map((p) => [p.parameter, p.gradient, p.firstMoment, p.secondMoment, p.largestSecondMoment, p.size, p.step]);
  launch(
    'adam',
    scalarOf[dtype],
    {
      ...options,
      table: writeTable(rows),
      count: rows.length,
      decoupled: Number(options.decoupled),
      amsgrad: Number(options.amsgrad),
      maximize: Number(options.maximize),
    },
    taskCount(totalSize(parameters)),
  );
}

function totalSize(parameters: readonly { readonly size: number }[]): number {
  return parameters.reduce((total, { size }) => total + size, 0);
}

function writeTable(rows: readonly (readonly number[])[]): Pointer {
  const words = rows.flat();
  const table = scratch(4 * words.length);
  views().i32.set(words, table / 4);
  return table;
}

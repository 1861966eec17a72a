import { ArgumentError, mean, printShape, ShapeError, sameShape, sum, type Tensor } from '@convgrad/core';

/** What becomes of the losses of the single elements: nothing, their mean, or their sum. */
export type Reduction = 'none' | 'mean' | 'sum';

/** Options that all losses have. */
export interface LossOptions {
  /** Default 'mean'. */
  readonly reduction?: Reduction;
}

const reductions: readonly string[] = ['none', 'mean', 'sum'] satisfies Reduction[];

/** @throws ArgumentError if there is no such reduction */
export function checkReduction(name: string, reduction: Reduction): void {
  if (!reductions.includes(reduction))
    throw new ArgumentError(`${name}: reduction must be one of ${reductions.join(', ')}, not '${reduction}'`);
}

/** The losses of the single elements, reduced. */
export function reduceLoss(losses: Tensor, reduction: Reduction): Tensor {
  if (reduction === 'none') return losses;
  return reduction === 'mean' ? mean(losses) : sum(losses);
}

/**
 * Losses compare element by element; a target that merely broadcasts is nearly always a mistake.
 *
 * @throws ShapeError if the shapes differ
 */
export function requireSameShape(name: string, input: Tensor, target: Tensor): void {
  if (sameShape(input.shape, target.shape)) return;
  throw new ShapeError(
    `${name}: input and target must have the same shape, got ${printShape(input.shape)} and ${printShape(target.shape)}`,
  );
}

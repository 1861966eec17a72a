import { ArgumentError, abs, lt, mul, requireSameFloat, square, sub, type Tensor, where } from '@convgrad/core';
import { checkReduction, type LossOptions, type Reduction, reduceLoss, requireSameShape } from './loss_reduction.ts';

/** input - target, of tensors that were checked. */
function difference(name: string, input: Tensor, target: Tensor, reduction: Reduction): Tensor {
  requireSameFloat(name, [input, target], ['input', 'target']);
  requireSameShape(name, input, target);
  checkReduction(name, reduction);
  return sub(input, target);
}

/**
 * Mean squared error: (x - t)^2.
 *
 * @param input any shape
 * @param target the same shape
 * @returns a scalar, or the shape of the input with reduction 'none'
 * @throws ShapeError if the shapes differ; DTypeError for integers or mixed floats
 * @example mseLoss(tensor([1, 2]), tensor([1, 4])) // 2
 */
export function mseLoss(input: Tensor, target: Tensor, { reduction = 'mean' }: LossOptions = {}): Tensor {
  return reduceLoss(square(difference('mseLoss', input, target, reduction)), reduction);
}

/**
 * Mean absolute error: |x - t|. Its derivative at 0 is 0.
 *
 * @param input any shape
 * @param target the same shape
 * @returns a scalar, or the shape of the input with reduction 'none'
 * @throws ShapeError if the shapes differ; DTypeError for integers or mixed floats
 * @example l1Loss(tensor([1, 2]), tensor([1, 4])) // 1
 */
export function l1Loss(input: Tensor, target: Tensor, { reduction = 'mean' }: LossOptions = {}): Tensor {
  return reduceLoss(abs(difference('l1Loss', input, target, reduction)), reduction);
}

/** Options of `smoothL1Loss`. */
export interface SmoothL1LossOptions extends LossOptions {
  /** Difference at which the parabola becomes a line; 0 is `l1Loss`. Default 1. */
  readonly beta?: number;
}

/**
 * With d = x - t: d^2 / (2 beta) where |d| < beta, |d| - beta / 2 elsewhere.
 *
 * @param input any shape
 * @param target the same shape
 * @returns a scalar, or the shape of the input with reduction 'none'
 * @throws ShapeError if the shapes differ; ArgumentError if beta is negative; DTypeError for integers or mixed floats
 * @example smoothL1Loss(tensor([0, 0]), tensor([0.5, 2])) // 0.8125: the mean of 0.125 and 1.5
 */
export function smoothL1Loss(input: Tensor, target: Tensor, { reduction = 'mean', beta = 1 }: SmoothL1LossOptions = {}): Tensor {
  if (!(beta >= 0)) throw new ArgumentError(`smoothL1Loss: beta must not be negative, got ${beta}`);
  const d = difference('smoothL1Loss', input, target, reduction);
  const size = abs(d);
  if (beta === 0) return reduceLoss(size, reduction);
  return reduceLoss(where(lt(size, beta), mul(square(d), 0.5 / beta), sub(size, beta / 2)), reduction);
}

/** Options of `huberLoss`. */
export interface HuberLossOptions extends LossOptions {
  /** Difference at which the parabola becomes a line. Default 1. */
  readonly delta?: number;
}

/**
 * With d = x - t: d^2 / 2 where |d| < delta, delta (|d| - delta / 2) elsewhere.
 *
 * @param input any shape
 * @param target the same shape
 * @returns a scalar, or the shape of the input with reduction 'none'
 * @throws ShapeError if the shapes differ; ArgumentError unless delta > 0; DTypeError for integers or mixed floats
 * @example huberLoss(tensor([0, 0]), tensor([0.5, 2])) // 0.8125: the mean of 0.125 and 1.5
 */
export function huberLoss(input: Tensor, target: Tensor, { reduction = 'mean', delta = 1 }: HuberLossOptions = {}): Tensor {
  if (!(delta > 0)) throw new ArgumentError(`huberLoss: delta must be greater than 0, got ${delta}`);
  const d = difference('huberLoss', input, target, reduction);
  const size = abs(d);
  return reduceLoss(where(lt(size, delta), mul(square(d), 0.5), mul(sub(size, delta / 2), delta)), reduction);
}

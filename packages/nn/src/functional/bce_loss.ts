import { add, mul, requireSameFloat, sub, type Tensor } from '@convgrad/core';
import { logSigmoid } from './log_sigmoid.ts';
import { checkReduction, type LossOptions, reduceLoss, requireSameShape } from './loss_reduction.ts';

/** Options of `bceWithLogits`. */
export interface BCEWithLogitsOptions extends LossOptions {
  /** Factor of each element's loss; broadcasts to the input. */
  readonly weight?: Tensor | null;
  /** Factor of the positive term, usually one for each class; broadcasts to the input. */
  readonly posWeight?: Tensor | null;
}

/**
 * Binary cross-entropy of logits: -w (p t log sigmoid(x) + (1 - t) log(1 - sigmoid(x))), computed without overflow.
 *
 * @param input logits, any shape
 * @param target probabilities 0..1, the same shape
 * @returns a scalar, or the shape of the input with reduction 'none'
 * @throws ShapeError if the shapes differ or a weight does not broadcast; DTypeError for integers or mixed floats;
 *   ArgumentError for a reduction that does not exist
 * @example bceWithLogits(tensor([0]), tensor([1])) // 0.6931
 */
export function bceWithLogits(
  input: Tensor,
  target: Tensor,
  { reduction = 'mean', weight = null, posWeight = null }: BCEWithLogitsOptions = {},
): Tensor {
  requireSameFloat('bceWithLogits', [input, target, weight, posWeight], ['input', 'target', 'weight', 'posWeight']);
  requireSameShape('bceWithLogits', input, target);
  checkReduction('bceWithLogits', reduction);
  // log(1 - sigmoid(x)) = log sigmoid(x) - x
  const positive = posWeight === null ? null : add(mul(sub(posWeight, 1), target), 1);
  const logProbability = logSigmoid(input);
  const losses = sub(mul(sub(1, target), input), positive === null ? logProbability : mul(positive, logProbability));
  return reduceLoss(weight === null ? losses : mul(losses, weight), reduction);
}

import {
  ArgumentError,
  add,
  div,
  isFloat,
  logSoftmax,
  mul,
  ne,
  neg,
  requireSameFloat,
  reshape,
  ShapeError,
  sum,
  type Tensor,
  where,
} from '@convgrad/core';
import { checkClassWeight, classDimension, classTargets, requireClassIndices } from './class_targets.ts';
import { floatDType } from './float_dtype.ts';
import { checkReduction, type Reduction, requireSameShape } from './loss_reduction.ts';
import { type NLLLossOptions, pickedLoss } from './nll_loss.ts';

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions extends NLLLossOptions {
  /** Share e of the target that is spread over all classes: (1 - e) t + e / C. Default 0. */
  readonly labelSmoothing?: number;
}

/**
 * Cross-entropy of scores with the right classes, or with probabilities: -sum over classes of w_c t_c log softmax(x)_c.
 *
 * The mean divides by the sum of the weights of the right classes that count; of probabilities, by the number of positions.
 *
 * @param x scores (logits) [N, C], [N, C, positions..] or [C]
 * @param target classes (int32 or uint8) [N], [N, positions..] or []; or probabilities of the shape and dtype of x
 * @returns a scalar, or the shape of x without C with reduction 'none'; the mean of nothing is NaN
 * @throws ShapeError if the shapes do not belong together; IndexError for a class that does not exist; DTypeError for a wrong dtype;
 *   GradientError for a weight that requires gradients; ArgumentError for labelSmoothing outside 0..1 or a reduction that does not exist
 * @example crossEntropy(tensor([[0, 0]]), tensor([1], { dtype: 'int32' })) // 0.6931
 */
export function crossEntropy(x: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { weight = null, ignoreIndex = -100, reduction = 'mean', labelSmoothing = 0 } = options;
  floatDType('crossEntropy', x);
  checkReduction('crossEntropy', reduction);
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ArgumentError(`crossEntropy: labelSmoothing must be in [0, 1], got ${labelSmoothing}`);
  }
  if (x.ndim === 0) throw new ShapeError('crossEntropy: input must be [N, C], [N, C, positions..] or [C], got a scalar');
  checkClassWeight('crossEntropy', x, weight);
  if (isFloat(target.dtype)) return ofProbabilities(x, target, weight, reduction, labelSmoothing);
  const indices = requireClassIndices('crossEntropy', target);
  const targets = classTargets('crossEntropy', x, indices, weight, ignoreIndex);
  const logProbabilities = logSoftmax(x, classDimension(x.shape));
  // Nobody outside can hold them, so they need not survive recycling.
  logProbabilities.storage.internal = true;
  const hard = pickedLoss(logProbabilities, indices, weight, targets, reduction);
  if (labelSmoothing === 0) return hard;
  const spread = where(ne(indices, ignoreIndex), sumOverClasses(logProbabilities, weight), 0);
  const smooth = reduction === 'none' ? spread : sum(spread);
  const scale = -labelSmoothing / targets.classes / (reduction === 'mean' ? targets.totalWeight : 1);
  return add(mul(hard, 1 - labelSmoothing), mul(smooth, scale));
}

function ofProbabilities(x: Tensor, target: Tensor, weight: Tensor | null, reduction: Reduction, labelSmoothing: number): Tensor {
  requireSameFloat('crossEntropy', [x, target], ['input', 'target']);
  requireSameShape('crossEntropy', x, target);
  const dim = classDimension(x.shape);
  const smoothed = labelSmoothing === 0 ? target : add(mul(target, 1 - labelSmoothing), labelSmoothing / x.shape[dim]);
  const losses = neg(sumOverClasses(mul(smoothed, logSoftmax(x, dim)), weight));
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? sum(losses) : div(sum(losses), losses.size);
}

/** The sum over classes, each with its weight. */
function sumOverClasses(scores: Tensor, weight: Tensor | null): Tensor {
  const dim = classDimension(scores.shape);
  if (weight === null) return sum(scores, dim);
  const alongClasses = scores.shape.map((_, other) => (other === dim ? -1 : 1));
  return sum(mul(scores, reshape(weight, alongClasses)), dim);
}

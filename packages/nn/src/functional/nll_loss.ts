import { apply, defineFunction, type Tensor } from '@convgrad/core';
import { type ClassTargets, checkClassWeight, classTargets, requireClassIndices } from './class_targets.ts';
import { floatDType } from './float_dtype.ts';
import { checkReduction, type LossOptions, type Reduction } from './loss_reduction.ts';

/** Options of `nllLoss`. */
export interface NLLLossOptions extends LossOptions {
  /** A factor for each class, [C]. */
  readonly weight?: Tensor | null;
  /** Targets of this value do not count. Default -100. */
  readonly ignoreIndex?: number;
}

interface PickOptions {
  readonly targets: ClassTargets;
  /** Add up all positions. */
  readonly reduced: boolean;
  readonly divisor: number;
}

/*
 * Picking the score of the right class t of each position j, and putting numbers there. Each is the other's derivative:
 *
 *   pick:   y_j = -w[t_j] x[t_j, j] / d,  or their sum          dx[t_j, j] = -w[t_j] dy_j / d, 0 elsewhere
 *   put:    x[t_j, j] = -w[t_j] y_j / d, 0 elsewhere             dy_j = -w[t_j] dx[t_j, j] / d
 *
 * Targets that are ignored count 0. One element a position is read or written, so neither needs a kernel.
 */

const pickFunction = defineFunction<[Tensor, Tensor, Tensor | null], PickOptions>({
  name: 'nllLoss',
  forward(call, [x, target, weight], options) {
    const y = call.output(options.reduced ? [] : options.targets.targetShape, x.dtype);
    call.save(target, weight);
    const scores = x.storage.current();
    const losses = y.storage.current();
    let total = 0;
    visit(target, weight, options.targets, (position, at, factor) => {
      const loss = factor === 0 ? 0 : factor * scores[at];
      if (options.reduced) total -= loss;
      else losses[position] = -loss / options.divisor;
    });
    if (options.reduced) losses[0] = total / options.divisor;
    return y;
  },
  backward(call, g, options) {
    return [put(g, call.saved(0), call.savedOrNull(1), options), null, null];
  },
});

const putFunction = defineFunction<[Tensor, Tensor, Tensor | null], PickOptions>({
  name: 'nllLossGrad',
  forward(call, [g, target, weight], options) {
    const x = call.output(options.targets.shape, g.dtype);
    call.save(target, weight);
    const gradients = g.storage.current();
    const scores = x.storage.current();
    scores.fill(0);
    visit(target, weight, options.targets, (position, at, factor) => {
      if (factor !== 0) scores[at] = (-factor * gradients[options.reduced ? 0 : position]) / options.divisor;
    });
    return x;
  },
  backward(call, h, options) {
    return [pick(h, call.saved(0), call.savedOrNull(1), options), null, null];
  },
});

function pick(x: Tensor, target: Tensor, weight: Tensor | null, options: PickOptions): Tensor {
  return apply(pickFunction, [x, target, weight], options);
}

function put(g: Tensor, target: Tensor, weight: Tensor | null, options: PickOptions): Tensor {
  return apply(putFunction, [g, target, weight], options);
}

/** Calls `use` for every position with the place of its right class in the scores, and the class's weight: 0 where it is ignored. */
function visit(
  target: Tensor,
  weight: Tensor | null,
  { samples, classes, positions, ignoreIndex }: ClassTargets,
  use: (position: number, at: number, factor: number) => void,
): void {
  const indices = target.storage.current();
  const weights = weight === null ? null : weight.storage.current();
  for (let sample = 0, position = 0; sample < samples; sample++) {
    for (let inner = 0; inner < positions; inner++, position++) {
      const index = indices[position];
      const ignored = index === ignoreIndex;
      const at = ignored ? 0 : (sample * classes + index) * positions + inner;
      use(position, at, ignored ? 0 : weights === null ? 1 : weights[index]);
    }
  }
}

/** The loss of log-probabilities whose targets (int32) were counted and checked. */
export function pickedLoss(x: Tensor, target: Tensor, weight: Tensor | null, targets: ClassTargets, reduction: Reduction): Tensor {
  const divisor = reduction === 'mean' ? targets.totalWeight : 1;
  return pick(x, target, weight, { targets, reduced: reduction !== 'none', divisor });
}

/**
 * Negative log-likelihood: minus the log-probability of the right class, times the class's weight; the mean divides by the sum of the
 * weights of the targets that count.
 *
 * @param x log-probabilities [N, C], [N, C, positions..] or [C]
 * @param target classes (int32 or uint8) [N], [N, positions..] or []
 * @returns a scalar, or the shape of the target with reduction 'none'; the mean of nothing is NaN
 * @throws ShapeError if the shapes do not belong together; IndexError for a class that does not exist; DTypeError for a wrong dtype;
 *   GradientError for a weight that requires gradients; ArgumentError for a reduction that does not exist
 * @example nllLoss(logSoftmax(tensor([[0, 0]]), 1), tensor([1], { dtype: 'int32' })) // 0.6931
 */
export function nllLoss(x: Tensor, target: Tensor, { weight = null, ignoreIndex = -100, reduction = 'mean' }: NLLLossOptions = {}): Tensor {
  floatDType('nllLoss', x);
  checkReduction('nllLoss', reduction);
  checkClassWeight('nllLoss', x, weight);
  const indices = requireClassIndices('nllLoss', target);
  return pickedLoss(x, indices, weight, classTargets('nllLoss', x, indices, weight, ignoreIndex), reduction);
}

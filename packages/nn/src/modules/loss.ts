import { StateBuffer, type Tensor } from '@convgrad/core';
import { type BCEWithLogitsOptions, bceWithLogits } from '../functional/bce_loss.ts';
import { type CrossEntropyOptions, crossEntropy } from '../functional/cross_entropy.ts';
import { checkReduction, type LossOptions, type Reduction } from '../functional/loss_reduction.ts';
import { type NLLLossOptions, nllLoss } from '../functional/nll_loss.ts';
import {
  type HuberLossOptions,
  huberLoss,
  l1Loss,
  mseLoss,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from '../functional/regression_loss.ts';
import { Module } from './module.ts';

/** What all losses have in common. */
export abstract class Loss extends Module {
  readonly reduction: Reduction;

  constructor({ reduction = 'mean' }: LossOptions = {}) {
    super();
    checkReduction(this.constructor.name, reduction);
    this.reduction = reduction;
  }
}

/** A weight as part of the state, so that `to` converts it and `stateDict` has it. */
function asBuffer(weight: Tensor | null | undefined): StateBuffer | null {
  return weight === null || weight === undefined ? null : new StateBuffer(weight);
}

/**
 * Cross-entropy of scores [N, C, ..] with classes [N, ..] or probabilities [N, C, ..]. See `crossEntropy`.
 *
 * @example new CrossEntropyLoss().forward(tensor([[0, 0]]), tensor([1], { dtype: 'int32' })) // 0.6931
 */
export class CrossEntropyLoss extends Loss {
  readonly weight: StateBuffer | null;
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;

  constructor(options: CrossEntropyOptions = {}) {
    super(options);
    this.weight = asBuffer(options.weight);
    this.ignoreIndex = options.ignoreIndex ?? -100;
    this.labelSmoothing = options.labelSmoothing ?? 0;
  }

  forward(x: Tensor, target: Tensor): Tensor {
    return crossEntropy(x, target, this);
  }
}

/**
 * Negative log-likelihood of log-probabilities [N, C, ..] with classes [N, ..]. See `nllLoss`.
 *
 * @example new NLLLoss().forward(tensor([[-0.5, -1]]), tensor([1], { dtype: 'int32' })) // 1
 */
export class NLLLoss extends Loss {
  readonly weight: StateBuffer | null;
  readonly ignoreIndex: number;

  constructor(options: NLLLossOptions = {}) {
    super(options);
    this.weight = asBuffer(options.weight);
    this.ignoreIndex = options.ignoreIndex ?? -100;
  }

  forward(x: Tensor, target: Tensor): Tensor {
    return nllLoss(x, target, this);
  }
}

/**
 * Mean squared error. See `mseLoss`.
 *
 * @example new MSELoss().forward(tensor([1, 2]), tensor([1, 4])) // 2
 */
export class MSELoss extends Loss {
  forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, this);
  }
}

/**
 * Mean absolute error. See `l1Loss`.
 *
 * @example new L1Loss({ reduction: 'sum' }).forward(tensor([1, 2]), tensor([1, 4])) // 2
 */
export class L1Loss extends Loss {
  forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, this);
  }
}

/**
 * A parabola near 0 that goes over into |d| - beta / 2. See `smoothL1Loss`.
 *
 * @example new SmoothL1Loss({ beta: 2 }).forward(tensor([0, 0]), tensor([1, 3])) // 1.125: the mean of 0.25 and 2
 */
export class SmoothL1Loss extends Loss {
  readonly beta: number;

  constructor(options: SmoothL1LossOptions = {}) {
    super(options);
    this.beta = options.beta ?? 1;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, this);
  }
}

/**
 * A parabola near 0 that goes over into delta (|d| - delta / 2). See `huberLoss`.
 *
 * @example new HuberLoss({ delta: 2 }).forward(tensor([0, 0]), tensor([1, 3])) // 2.25: the mean of 0.5 and 4
 */
export class HuberLoss extends Loss {
  readonly delta: number;

  constructor(options: HuberLossOptions = {}) {
    super(options);
    this.delta = options.delta ?? 1;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return huberLoss(input, target, this);
  }
}

/**
 * Binary cross-entropy of logits with probabilities of their shape. See `bceWithLogits`.
 *
 * @example new BCEWithLogitsLoss().forward(tensor([0]), tensor([1])) // 0.6931
 */
export class BCEWithLogitsLoss extends Loss {
  readonly weight: StateBuffer | null;
  readonly posWeight: StateBuffer | null;

  constructor(options: BCEWithLogitsOptions = {}) {
    super(options);
    this.weight = asBuffer(options.weight);
    this.posWeight = asBuffer(options.posWeight);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return bceWithLogits(input, target, this);
  }
}

import { ArgumentError, readable, updatable } from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';
import { Optimizer } from './optimizer.ts';
import { requireBoolean, requireNonNegative } from './options.ts';
import type { ParameterSource } from './parameter_group.ts';
import type { UpdateRule } from './update_rule.ts';

/** Options of `Adam` and `AdamW`; each may be given, for all parameters or for a group. */
export interface AdamOptions {
  /** Learning rate, at least 0. Default 1e-3. */
  lr: number;
  /** Decay of the averages of the gradient and of its square, each in [0, 1). Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to the root of the second moment, at least 0. Default 1e-8. */
  eps: number;
  /** Adam: an L2 penalty, added to the gradient; default 0. AdamW: the parameter shrinks by lr * weightDecay; default 1e-2. */
  weightDecay: number;
  /** Divide by the largest second moment so far. Default false. */
  amsgrad: boolean;
  /** Climb instead of descending. Default false. */
  maximize: boolean;
}

type Slot = 'expAvg' | 'expAvgSq' | 'maxExpAvgSq';
type Row = { -readonly [K in keyof kernels.AdamParameter]: kernels.AdamParameter[K] };

/** Rows of the kernel's table, kept for the next step. */
const rows: Row[] = [];

/*
 * With g = -gradient if maximize, else gradient; t = 1, 2, .. the number of the step:
 *
 *   Adam: g += weightDecay * parameter              AdamW: parameter *= 1 - lr * weightDecay
 *   m = beta1 * m + (1 - beta1) * g                 v = beta2 * v + (1 - beta2) * g^2
 *   parameter -= lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
 *
 * amsgrad has the largest v so far in the place of v.
 */
function adamRule(name: string, weightDecay: number, decoupled: boolean): UpdateRule<AdamOptions, Slot> {
  return {
    name,
    defaults: { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay, amsgrad: false, maximize: false },
    slots: ['expAvg', 'expAvgSq', 'maxExpAvgSq'],
    requiredSlots: ['expAvg', 'expAvgSq'],
    check,
    update(dtype, states, options) {
      rows.length = states.length;
      for (let index = 0; index < states.length; index++) {
        const state = states[index];
        const { parameter } = state;
        rows[index] ??= { parameter: 0, gradient: 0, firstMoment: 0, secondMoment: 0, largestSecondMoment: 0, size: 0, step: 0 };
        const row = rows[index];
        row.parameter = updatable(parameter.storage);
        row.gradient = readable(state.requireGradient().storage);
        row.firstMoment = updatable(state.slot('expAvg').storage);
        row.secondMoment = updatable(state.slot('expAvgSq').storage);
        row.largestSecondMoment = options.amsgrad ? updatable(state.slot('maxExpAvgSq').storage) : 0;
        row.size = parameter.size;
        row.step = state.step + 1;
      }
      const { lr, betas, eps, amsgrad, maximize } = options;
      kernels.adam(dtype, rows, {
        lr,
        beta1: betas[0],
        beta2: betas[1],
        eps,
        weightDecay: options.weightDecay,
        decoupled,
        amsgrad,
        maximize,
      });
    },
  };
}

function check(name: string, { lr, betas, eps, weightDecay, amsgrad, maximize }: AdamOptions): void {
  requireNonNegative(name, 'lr', lr);
  requireNonNegative(name, 'eps', eps);
  requireNonNegative(name, 'weightDecay', weightDecay);
  if (!Array.isArray(betas) || betas.length !== 2 || !betas.every((beta) => beta >= 0 && beta < 1)) {
    throw new ArgumentError(`${name}: betas must be two numbers from 0 to below 1, got ${String(betas)}`);
  }
  requireBoolean(name, 'amsgrad', amsgrad);
  requireBoolean(name, 'maximize', maximize);
}

const adam = adamRule('Adam', 0, false);
const adamW = adamRule('AdamW', 1e-2, true);

/**
 * Adam, with PyTorch's defaults.
 *
 * @throws ArgumentError for parameters or options that are not allowed, DTypeError for a parameter that is not float32 or float64
 * @see Kingma and Ba, Adam: A Method for Stochastic Optimization (2015); amsgrad: Reddi et al., On the Convergence of Adam and Beyond (2018)
 * @example
 * const optimizer = new Adam(model.parameters(), { lr: 2e-3 });
 * crossEntropy(model.forward(images), labels).backward();
 * optimizer.step();
 */
export class Adam extends Optimizer<AdamOptions, Slot> {
  constructor(params: ParameterSource<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(adam, params, options);
  }
}

/**
 * Adam with decoupled weight decay: the penalty does not pass through the moments.
 *
 * @throws ArgumentError for parameters or options that are not allowed, DTypeError for a parameter that is not float32 or float64
 * @see Loshchilov and Hutter, Decoupled Weight Decay Regularization (2019)
 * @example
 * const optimizer = new AdamW(model.parameters(), { lr: 1e-3, weightDecay: 0.05 });
 * crossEntropy(model.forward(images), labels).backward();
 * optimizer.step();
 */
export class AdamW extends Optimizer<AdamOptions, Slot> {
  constructor(params: ParameterSource<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(adamW, params, options);
  }
}

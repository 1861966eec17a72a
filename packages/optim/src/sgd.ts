import { ArgumentError, readable, updatable } from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';
import { Optimizer } from './optimizer.ts';
import { requireBoolean, requireNonNegative } from './options.ts';
import type { ParameterSource } from './parameter_group.ts';
import type { UpdateRule } from './update_rule.ts';

/** Options of `SGD`; each may be given, for all parameters or for a group. */
export interface SGDOptions {
  /** Learning rate, at least 0. Default 1e-3. */
  lr: number;
  /** Share of the momentum buffer that is kept at each step, at least 0. Default 0: no momentum. */
  momentum: number;
  /** Share of the gradient that does not enter the momentum buffer. Default 0. */
  dampening: number;
  /** L2 penalty, at least 0: this multiple of the parameter is added to its gradient. Default 0. */
  weightDecay: number;
  /** Nesterov momentum, which needs a momentum and no dampening. Default false. */
  nesterov: boolean;
  /** Climb instead of descending. Default false. */
  maximize: boolean;
}

type Row = { -readonly [K in keyof kernels.SgdParameter]: kernels.SgdParameter[K] };

/** Rows of the kernel's table, kept for the next step. */
const rows: Row[] = [];

/*
 * With g = -gradient if maximize, else gradient; then g += weightDecay * parameter:
 *
 *   b = g at the first step, else momentum * b + (1 - dampening) * g
 *   parameter -= lr * (nesterov ? g + momentum * b : b)                    or lr * g without momentum
 *
 * (PyTorch's form: the learning rate stands outside the buffer.)
 */
const sgdRule: UpdateRule<SGDOptions, 'momentumBuffer'> = {
  name: 'SGD',
  defaults: { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false },
  slots: ['momentumBuffer'],
  requiredSlots: [],
  check(name, { lr, momentum, dampening, weightDecay, nesterov, maximize }) {
    requireNonNegative(name, 'lr', lr);
    requireNonNegative(name, 'momentum', momentum);
    requireNonNegative(name, 'weightDecay', weightDecay);
    if (!Number.isFinite(dampening)) throw new ArgumentError(`${name}: dampening must be a number, got ${String(dampening)}`);
    requireBoolean(name, 'nesterov', nesterov);
    requireBoolean(name, 'maximize', maximize);
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new ArgumentError(
        `${name}: nesterov needs a momentum above 0 and no dampening, got momentum ${momentum} and dampening ${dampening}`,
      );
    }
  },
  update(dtype, states, options) {
    rows.length = states.length;
    for (let index = 0; index < states.length; index++) {
      const state = states[index];
      const { parameter } = state;
      rows[index] ??= { parameter: 0, gradient: 0, momentumBuffer: 0, size: 0, isFirstStep: false };
      const row = rows[index];
      row.parameter = updatable(parameter.storage);
      row.gradient = readable(state.requireGradient().storage);
      row.size = parameter.size;
      row.isFirstStep = options.momentum !== 0 && state.peek('momentumBuffer') === undefined;
      row.momentumBuffer = options.momentum === 0 ? 0 : updatable(state.slot('momentumBuffer').storage);
    }
    kernels.sgd(dtype, rows, options);
  },
};

/**
 * Stochastic gradient descent, with momentum, dampening, Nesterov momentum and weight decay as PyTorch has them.
 *
 * @throws ArgumentError for parameters or options that are not allowed, DTypeError for a parameter that is not float32 or float64
 * @see Sutskever et al., On the importance of initialization and momentum in deep learning (2013)
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * const optimizer = new SGD([w], { lr: 0.1, momentum: 0.9 });
 * w.square().sum().backward();
 * optimizer.step();
 * w // [0.8, 1.6]
 */
export class SGD extends Optimizer<SGDOptions, 'momentumBuffer'> {
  constructor(params: ParameterSource<SGDOptions>, options: Partial<SGDOptions> = {}) {
    super(sgdRule, params, options);
  }
}

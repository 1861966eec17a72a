import { type FloatDType, linear, Parameter, type Tensor, zeros } from '@convgrad/core';
import { initFanIn_ } from '../init/default.ts';
import { checkCount } from './checks.ts';
import { Module } from './module.ts';
import { printOptions } from './printing.ts';
import { declarePure } from './pure_layers.ts';

/** Options of `Linear`. */
export interface LinearOptions {
  /** Whether a number is added to each output. Default true. */
  readonly bias?: boolean;
  /** Default float32. */
  readonly dtype?: FloatDType;
}

/**
 * x W^T + b of x [.., inFeatures], giving [.., outFeatures].
 *
 * weight [outFeatures, inFeatures] and bias [outFeatures] begin uniform in +-1 / sqrt(inFeatures).
 *
 * @throws ArgumentError for sizes that are not whole numbers of at least 1
 * @example new Linear(400, 120).forward(zeros([64, 400])) // shape [64, 120]
 */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, { bias = true, dtype = 'float32' }: LinearOptions = {}) {
    super();
    checkCount('Linear', 'inFeatures', inFeatures);
    checkCount('Linear', 'outFeatures', outFeatures);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(zeros([outFeatures, inFeatures], { dtype }));
    this.bias = bias ? new Parameter(zeros([outFeatures], { dtype })) : null;
    this.resetParameters();
  }

  /** Draws weight and bias again. */
  resetParameters(): void {
    initFanIn_(this.weight, this.bias);
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }

  protected override extraRepr(): string {
    const { inFeatures, outFeatures } = this;
    return printOptions({ inFeatures, outFeatures, bias: this.bias !== null });
  }
}

declarePure(Linear);

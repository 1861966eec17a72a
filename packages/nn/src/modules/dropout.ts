import type { Generator, Tensor } from '@convgrad/core';
import { checkProbability, dropout } from '../functional/dropout.ts';
import { Module } from './module.ts';
import { printOptions } from './printing.ts';
import { declarePure } from './pure_layers.ts';

/** Options of the `Dropout` layer. */
export interface DropoutLayerOptions {
  /** Where the randomness comes from. Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator;
}

/**
 * In training, sets each element to 0 with probability p and scales the others by 1 / (1 - p); in evaluation it does nothing.
 *
 * @throws ArgumentError unless p is in [0, 1]
 * @example new Dropout(0.25).eval().forward(ones([2])) // [1, 1]
 */
export class Dropout extends Module {
  readonly p: number;
  readonly generator: Generator | undefined;

  constructor(p = 0.5, { generator }: DropoutLayerOptions = {}) {
    super();
    checkProbability('Dropout', p);
    this.p = p;
    this.generator = generator;
  }

  forward(x: Tensor): Tensor {
    const { training, generator } = this;
    return dropout(x, this.p, generator === undefined ? { training } : { training, generator });
  }

  protected override extraRepr(): string {
    return printOptions({ p: this.p });
  }
}

declarePure(Dropout);

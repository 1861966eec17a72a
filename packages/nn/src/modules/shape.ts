import { flatten, type Tensor } from '@convgrad/core';
import { Module } from './module.ts';
import { printOptions } from './printing.ts';
import { declarePure } from './pure_layers.ts';

/** Which dimensions `Flatten` merges. */
export interface FlattenOptions {
  /** Default 1: the batch stays. */
  readonly startDim?: number;
  /** Inclusive. Default -1. */
  readonly endDim?: number;
}

/**
 * Merges dimensions into one: [N, C, H, W] gives [N, C * H * W].
 *
 * @example new Sequential(new Conv2d(1, 6, 5), new Flatten(), new Linear(3456, 10)).forward(zeros([8, 1, 28, 28])) // shape [8, 10]
 */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor({ startDim = 1, endDim = -1 }: FlattenOptions = {}) {
    super();
    this.startDim = startDim;
    this.endDim = endDim;
  }

  forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim);
  }

  protected override extraRepr(): string {
    const { startDim, endDim } = this;
    return printOptions({ startDim, endDim });
  }
}

/**
 * Gives what it gets.
 *
 * @example new Identity().forward(tensor([1, 2])) // [1, 2]
 */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

declarePure(Flatten, Identity);

import type { Shape } from '@convgrad/core';
import { Module } from './module.ts';

/** A convolution layer of any kind: what it maps, what it costs, what it sees. */
export abstract class ConvLayer extends Module {
  /**
   * Shape of the result for an input [N, C, spatial..] or [C, spatial..].
   *
   * @throws ShapeError if such an input does not fit
   * @example new Conv2d(1, 6, 5, { stride: 2 }).outputShape([8, 1, 28, 28]) // [8, 6, 12, 12]
   */
  abstract outputShape(inputShape: Shape): Shape;

  /**
   * Multiplications, each with its addition, for an input of a shape. Those with zeros of the padding count, additions of the bias do not.
   *
   * @throws ShapeError if such an input does not fit
   * @example new Conv2d(1, 6, 5).multiplyAdds([1, 1, 28, 28]) // 86400
   */
  abstract multiplyAdds(inputShape: Shape): number;

  /**
   * In each spatial dimension, the number of input elements from the first to the last that one output can depend on.
   *
   * @example new Conv2d(1, 6, 3, { dilation: 2 }).receptiveField() // [5, 5]
   */
  abstract receptiveField(): readonly number[];

  /**
   * Numbers in all parameters.
   *
   * @example new Conv2d(1, 6, 5).parameterCount() // 156
   */
  parameterCount(): number {
    return this.parameters().reduce((count, { size }) => count + size, 0);
  }
}

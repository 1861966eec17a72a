import type { Shape, Tensor } from '@convgrad/core';
import { type AvgPoolOptions, type AvgPoolSettings, avgPool, avgPoolSettings } from '../functional/avg_pool.ts';
import { LastShapes } from '../functional/last_shapes.ts';
import { type MaxPoolOptions, maxPool, maxPoolRelu } from '../functional/max_pool.ts';
import type { ResolvedPadding } from '../functional/padding.ts';
import { type PoolGeometry, type PoolSettings, poolGeometry, poolSettings } from '../functional/pool_geometry.ts';
import type { PerDimension } from '../functional/spatial.ts';
import { Module } from './module.ts';
import { printOptions } from './printing.ts';
import { declarePure } from './pure_layers.ts';

/** One number where all entries agree, as it would be written. */
function collapse(list: readonly number[]): number | readonly number[] {
  return list.every((entry) => entry === list[0]) ? list[0] : list;
}

function collapsePadding(padding: ResolvedPadding): unknown {
  if (typeof padding === 'string') return padding;
  return padding.every(([before, after]) => before === after) ? collapse(padding.map(([before]) => before)) : padding;
}

/** A max pooling over any number of spatial dimensions; `MaxPool1d`, `MaxPool2d` and `MaxPool3d` say how many. */
export abstract class MaxPoolNd extends Module {
  readonly settings: PoolSettings;
  readonly #functional: string;
  readonly #last = new LastShapes<PoolGeometry>();

  constructor(rank: number, kernelSize: PerDimension, { dilation = 1, ...options }: MaxPoolOptions) {
    super();
    this.settings = poolSettings(`MaxPool${rank}d`, rank, kernelSize, options, dilation);
    this.#functional = `maxPool${rank}d`;
  }

  forward(x: Tensor): Tensor {
    return maxPool(this.#functional, this.settings.kernelSize.length, x, this.settings, this.#last);
  }

  /** ReLU of what `forward` gives. */
  forwardRelu(x: Tensor): Tensor {
    return maxPoolRelu(this.#functional, this.settings.kernelSize.length, x, this.settings, this.#last);
  }

  /**
   * The windows in an image of a shape.
   *
   * @throws ShapeError if a window does not fit
   */
  geometryFor(shape: Shape): PoolGeometry {
    return (
      this.#last.recall(shape) ??
      this.#last.keep(poolGeometry(this.#functional, this.settings.kernelSize.length, shape, this.settings), shape)
    );
  }

  protected override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this.settings;
    return printOptions({
      kernelSize: collapse(kernelSize),
      stride: collapse(stride),
      padding: collapsePadding(padding),
      dilation: collapse(dilation),
      ceilMode,
    });
  }
}

/** An average pooling over any number of spatial dimensions; `AvgPool1d`, `AvgPool2d` and `AvgPool3d` say how many. */
export abstract class AvgPoolNd extends Module {
  readonly settings: AvgPoolSettings;
  readonly #functional: string;

  constructor(rank: number, kernelSize: PerDimension, options: AvgPoolOptions) {
    super();
    this.settings = avgPoolSettings(`AvgPool${rank}d`, rank, kernelSize, options);
    this.#functional = `avgPool${rank}d`;
  }

  forward(x: Tensor): Tensor {
    return avgPool(this.#functional, this.settings.kernelSize.length, x, this.settings);
  }

  protected override extraRepr(): string {
    const { kernelSize, stride, padding } = this.settings;
    return printOptions({ kernelSize: collapse(kernelSize), stride: collapse(stride), padding: collapsePadding(padding) });
  }
}

/**
 * The largest element of each window of a sequence: [N, C, L] or [C, L]. See `maxPool1d`.
 *
 * @throws ArgumentError for an option that is not allowed
 * @example new MaxPool1d(3, { stride: 2 }).forward(zeros([8, 16, 21])) // shape [8, 16, 10]
 */
export class MaxPool1d extends MaxPoolNd {
  constructor(kernelSize: PerDimension, options: MaxPoolOptions = {}) {
    super(1, kernelSize, options);
  }
}

/**
 * The largest element of each window of an image: [N, C, H, W] or [C, H, W]. See `maxPool2d`.
 *
 * @throws ArgumentError for an option that is not allowed
 * @example new MaxPool2d(2).forward(zeros([8, 6, 28, 28])) // shape [8, 6, 14, 14]
 */
export class MaxPool2d extends MaxPoolNd {
  constructor(kernelSize: PerDimension, options: MaxPoolOptions = {}) {
    super(2, kernelSize, options);
  }
}

/**
 * The largest element of each window of a volume: [N, C, D, H, W] or [C, D, H, W]. See `maxPool3d`.
 *
 * @throws ArgumentError for an option that is not allowed
 * @example new MaxPool3d([1, 2, 2]).forward(zeros([2, 8, 4, 6, 6])) // shape [2, 8, 4, 3, 3]
 */
export class MaxPool3d extends MaxPoolNd {
  constructor(kernelSize: PerDimension, options: MaxPoolOptions = {}) {
    super(3, kernelSize, options);
  }
}

/**
 * The mean of each window of a sequence: [N, C, L] or [C, L]. See `avgPool1d`.
 *
 * @throws ArgumentError for an option that is not allowed
 * @example new AvgPool1d(3, { stride: 2 }).forward(zeros([8, 16, 21])) // shape [8, 16, 10]
 */
export class AvgPool1d extends AvgPoolNd {
  constructor(kernelSize: PerDimension, options: AvgPoolOptions = {}) {
    super(1, kernelSize, options);
  }
}

/**
 * The mean of each window of an image: [N, C, H, W] or [C, H, W]. See `avgPool2d`.
 *
 * @throws ArgumentError for an option that is not allowed
 * @example new AvgPool2d(2).forward(zeros([8, 6, 28, 28])) // shape [8, 6, 14, 14]
 */
export class AvgPool2d extends AvgPoolNd {
  constructor(kernelSize: PerDimension, options: AvgPoolOptions = {}) {
    super(2, kernelSize, options);
  }
}

/**
 * The mean of each window of a volume: [N, C, D, H, W] or [C, D, H, W]. See `avgPool3d`.
 *
 * @throws ArgumentError for an option that is not allowed
 * @example new AvgPool3d([1, 2, 2]).forward(zeros([2, 8, 4, 6, 6])) // shape [2, 8, 4, 3, 3]
 */
export class AvgPool3d extends AvgPoolNd {
  constructor(kernelSize: PerDimension, options: AvgPoolOptions = {}) {
    super(3, kernelSize, options);
  }
}

declarePure(MaxPool1d, MaxPool2d, MaxPool3d, AvgPool1d, AvgPool2d, AvgPool3d);

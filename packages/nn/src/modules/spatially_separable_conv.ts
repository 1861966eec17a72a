import { ArgumentError } from '@convgrad/core';
import { type ConvSettings, convSettings } from '../functional/geometry.ts';
import type { PaddingPair, ResolvedPadding } from '../functional/padding.ts';
import { type PerDimension, perDimension } from '../functional/spatial.ts';
import { checkCount } from './checks.ts';
import { Conv2d, Conv3d, type ConvNd } from './conv.ts';
import type { ConvLayerOptions } from './conv_base.ts';
import { ConvChain } from './conv_chain.ts';
import { declarePure } from './pure_layers.ts';

/** Options of a spatially separable convolution; each factor has those of its own dimension. */
export interface SpatiallySeparableConvOptions extends ConvLayerOptions {
  /** Channels between the factors. Default: as many as at the end. */
  readonly midChannels?: number;
}

/**
 * A convolution for each spatial dimension, one after the other, with kernels k x 1 and 1 x k. It is the convolution with the product kernel
 *
 *   w[o, c, i, j] = sum over m of  factors[1][o, m, 0, j] factors[0][m, c, i, 0]      in three dimensions with a third factor
 *
 * Only the last factor has a bias, since padding would come between an earlier one and the result.
 */
export abstract class SpatiallySeparableConvNd extends ConvChain {
  abstract readonly factors: readonly ConvNd[];

  protected override stages(): readonly ConvNd[] {
    return this.factors;
  }
}

/** Sizes and options of one factor. */
interface Factor {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly options: ConvLayerOptions;
}

function factorsOf(
  name: string,
  rank: number,
  inChannels: number,
  outChannels: number,
  kernelSize: PerDimension,
  { midChannels = outChannels, ...options }: SpatiallySeparableConvOptions,
): readonly Factor[] {
  const settings = convSettings(name, rank, options);
  const { bias = true, dtype = 'float32' } = options;
  const { groups, paddingMode } = settings;
  for (const [what, channels] of Object.entries({ inChannels, midChannels, outChannels })) {
    checkCount(name, what, channels);
    if (channels % groups !== 0) throw new ArgumentError(`${name}: ${what} must be divisible by groups, got ${channels} and ${groups}`);
  }
  const kernel = perDimension(name, 'kernelSize', kernelSize, rank, 1);
  return kernel.map((taps, dim) => {
    const only = (value: number, other: number) => kernel.map((_, index) => (index === dim ? value : other));
    const isLast = dim === rank - 1;
    return {
      inChannels: dim === 0 ? inChannels : midChannels,
      outChannels: isLast ? outChannels : midChannels,
      kernelSize: only(taps, 1),
      options: {
        stride: only(settings.stride[dim], 1),
        dilation: only(settings.dilation[dim], 1),
        padding: paddingOf(settings.padding, dim),
        groups,
        paddingMode,
        bias: bias && isLast,
        dtype,
      },
    };
  });
}

/** A rule by name gives a dimension with one tap and stride 1 no padding, so it stays as it is. */
function paddingOf(padding: ResolvedPadding, dim: number): ConvSettings['padding'] {
  return typeof padding === 'string' ? padding : padding.map((pair, index): PaddingPair => (index === dim ? pair : [0, 0]));
}

/**
 * Spatially separable convolution over images, [N, C, H, W] or [C, H, W]: k x 1, then 1 x k.
 *
 * factors.0.weight [midChannels, inChannels / groups, kH, 1], factors.1.weight [outChannels, midChannels / groups, 1, kW], factors.1.bias
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new SpatiallySeparableConv2d(16, 32, 3, { padding: 1, midChannels: 16 }).forward(zeros([8, 16, 7, 7])) // shape [8, 32, 7, 7]
 */
export class SpatiallySeparableConv2d extends SpatiallySeparableConvNd {
  readonly factors: readonly Conv2d[];

  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: SpatiallySeparableConvOptions = {}) {
    super();
    this.factors = factorsOf(new.target.name, 2, inChannels, outChannels, kernelSize, options).map(
      (factor) => new Conv2d(factor.inChannels, factor.outChannels, factor.kernelSize, factor.options),
    );
  }
}

/**
 * Spatially separable convolution over volumes, [N, C, D, H, W] or [C, D, H, W]: k x 1 x 1, then 1 x k x 1, then 1 x 1 x k.
 *
 * factors.0.weight [midChannels, inChannels / groups, kD, 1, 1], factors.1.weight [midChannels, midChannels / groups, 1, kH, 1],
 * factors.2.weight [outChannels, midChannels / groups, 1, 1, kW], factors.2.bias
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new SpatiallySeparableConv3d(4, 8, [3, 5, 5], { padding: 'same' }).forward(zeros([2, 4, 6, 6, 6])) // shape [2, 8, 6, 6, 6]
 */
export class SpatiallySeparableConv3d extends SpatiallySeparableConvNd {
  readonly factors: readonly Conv3d[];

  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: SpatiallySeparableConvOptions = {}) {
    super();
    this.factors = factorsOf(new.target.name, 3, inChannels, outChannels, kernelSize, options).map(
      (factor) => new Conv3d(factor.inChannels, factor.outChannels, factor.kernelSize, factor.options),
    );
  }
}

declarePure(SpatiallySeparableConv2d, SpatiallySeparableConv3d);

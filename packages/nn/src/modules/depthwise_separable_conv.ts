import type { PerDimension } from '../functional/spatial.ts';
import { checkCount } from './checks.ts';
import type { ConvNd } from './conv.ts';
import { ConvChain } from './conv_chain.ts';
import { DepthwiseConv1d, DepthwiseConv2d, DepthwiseConv3d, type DepthwiseConvNd, type DepthwiseConvOptions } from './depthwise_conv.ts';
import { PointwiseConv1d, PointwiseConv2d, PointwiseConv3d } from './pointwise_conv.ts';
import { declarePure } from './pure_layers.ts';

/**
 * A depthwise convolution and a pointwise one behind it, over any number of dimensions. It is the convolution with the product kernel
 *
 *   w[o, c, k] = sum over j of  pointwise[o, c m + j] depthwise[c m + j, k]      m the depth multiplier
 *
 * Stride, padding and dilation are those of the depthwise part; the bias is that of the pointwise part, since one before it would add
 * nothing. Chollet 2017, Xception; Howard et al. 2017, MobileNets.
 */
export abstract class DepthwiseSeparableConvNd extends ConvChain {
  abstract readonly depthwise: DepthwiseConvNd;
  abstract readonly pointwise: ConvNd;

  protected override stages(): readonly ConvNd[] {
    return [this.depthwise, this.pointwise];
  }
}

/** The options of both parts. */
function parts(
  name: string,
  inChannels: number,
  outChannels: number,
  { bias = true, ...options }: DepthwiseConvOptions,
): [DepthwiseConvOptions, Pick<DepthwiseConvOptions, 'bias' | 'dtype'>] {
  checkCount(name, 'inChannels', inChannels);
  checkCount(name, 'outChannels', outChannels);
  const { dtype = 'float32' } = options;
  return [
    { ...options, bias: false },
    { bias, dtype },
  ];
}

/**
 * Depthwise separable convolution over sequences: [N, C, L] or [C, L].
 *
 * depthwise.weight [inChannels * depthMultiplier, 1, k], pointwise.weight [outChannels, inChannels * depthMultiplier, 1], pointwise.bias
 *
 * @throws ArgumentError for an option that is not allowed, or `groups` other than the input channels
 * @example new DepthwiseSeparableConv1d(16, 32, 3, { padding: 1 }).forward(zeros([8, 16, 20])) // shape [8, 32, 20]
 */
export class DepthwiseSeparableConv1d extends DepthwiseSeparableConvNd {
  readonly depthwise: DepthwiseConv1d;
  readonly pointwise: PointwiseConv1d;

  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: DepthwiseConvOptions = {}) {
    super();
    const [depthwise, pointwise] = parts(new.target.name, inChannels, outChannels, options);
    this.depthwise = new DepthwiseConv1d(inChannels, kernelSize, depthwise);
    this.pointwise = new PointwiseConv1d(this.depthwise.outChannels, outChannels, pointwise);
  }
}

/**
 * Depthwise separable convolution over images: [N, C, H, W] or [C, H, W].
 *
 * depthwise.weight [inChannels * depthMultiplier, 1, kH, kW], pointwise.weight [outChannels, inChannels * depthMultiplier, 1, 1],
 * pointwise.bias
 *
 * @throws ArgumentError for an option that is not allowed, or `groups` other than the input channels
 * @example new DepthwiseSeparableConv2d(16, 32, 3, { padding: 1, stride: 2 }).forward(zeros([8, 16, 8, 8])) // shape [8, 32, 4, 4]
 */
export class DepthwiseSeparableConv2d extends DepthwiseSeparableConvNd {
  readonly depthwise: DepthwiseConv2d;
  readonly pointwise: PointwiseConv2d;

  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: DepthwiseConvOptions = {}) {
    super();
    const [depthwise, pointwise] = parts(new.target.name, inChannels, outChannels, options);
    this.depthwise = new DepthwiseConv2d(inChannels, kernelSize, depthwise);
    this.pointwise = new PointwiseConv2d(this.depthwise.outChannels, outChannels, pointwise);
  }
}

/**
 * Depthwise separable convolution over volumes: [N, C, D, H, W] or [C, D, H, W].
 *
 * depthwise.weight [inChannels * depthMultiplier, 1, kD, kH, kW], pointwise.weight [outChannels, inChannels * depthMultiplier, 1, 1, 1],
 * pointwise.bias
 *
 * @throws ArgumentError for an option that is not allowed, or `groups` other than the input channels
 * @example new DepthwiseSeparableConv3d(4, 8, 3, { padding: 'same' }).forward(zeros([2, 4, 6, 6, 6])) // shape [2, 8, 6, 6, 6]
 */
export class DepthwiseSeparableConv3d extends DepthwiseSeparableConvNd {
  readonly depthwise: DepthwiseConv3d;
  readonly pointwise: PointwiseConv3d;

  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: DepthwiseConvOptions = {}) {
    super();
    const [depthwise, pointwise] = parts(new.target.name, inChannels, outChannels, options);
    this.depthwise = new DepthwiseConv3d(inChannels, kernelSize, depthwise);
    this.pointwise = new PointwiseConv3d(this.depthwise.outChannels, outChannels, pointwise);
  }
}

declarePure(DepthwiseSeparableConv1d, DepthwiseSeparableConv2d, DepthwiseSeparableConv3d);

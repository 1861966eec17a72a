import { ConvNd } from './conv.ts';
import type { ConvLayerOptions } from './conv_base.ts';
import { declarePure } from './pure_layers.ts';

/** Options of a convolution with a kernel of one element: it has no neighbours to be dilated. */
export type PointwiseConvOptions = Omit<ConvLayerOptions, 'dilation'>;

/**
 * Convolution with kernel 1 over sequences: a linear map of the channels at every position. See `conv1d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new PointwiseConv1d(64, 16).forward(zeros([8, 64, 20])) // shape [8, 16, 20]
 */
export class PointwiseConv1d extends ConvNd {
  constructor(inChannels: number, outChannels: number, options: PointwiseConvOptions = {}) {
    super(1, inChannels, outChannels, 1, options);
  }
}

/**
 * Convolution with kernel 1 x 1 over images: a linear map of the channels of every pixel. See `conv2d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new PointwiseConv2d(64, 16).forward(zeros([8, 64, 7, 7])) // shape [8, 16, 7, 7]
 */
export class PointwiseConv2d extends ConvNd {
  constructor(inChannels: number, outChannels: number, options: PointwiseConvOptions = {}) {
    super(2, inChannels, outChannels, 1, options);
  }
}

/**
 * Convolution with kernel 1 x 1 x 1 over volumes: a linear map of the channels of every voxel. See `conv3d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new PointwiseConv3d(64, 16).forward(zeros([2, 64, 4, 4, 4])) // shape [2, 16, 4, 4, 4]
 */
export class PointwiseConv3d extends ConvNd {
  constructor(inChannels: number, outChannels: number, options: PointwiseConvOptions = {}) {
    super(3, inChannels, outChannels, 1, options);
  }
}

declarePure(PointwiseConv1d, PointwiseConv2d, PointwiseConv3d);

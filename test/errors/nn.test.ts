import { ArgumentError, ShapeError, zeros } from '@convgrad/core';
import {
  CausalConv1d,
  Conv2d,
  channelShuffle,
  convTranspose2d,
  DepthwiseConv2d,
  gridSample,
  interpolate,
  Linear,
  offsetFromBlocked,
  offsetToBlocked,
  offsetToXY,
  SpatiallySeparableConv2d,
  summary,
} from '@convgrad/nn';
import { expect } from 'chai';
import { untyped } from './untyped.ts';

const image = zeros([1, 4, 5, 5]);

describe('errors of functional forms', () => {
  it('channelShuffle names the groups', () => {
    for (const groups of [0, 1.5, -2]) {
      expect(() => channelShuffle(image, groups)).to.throw(
        ArgumentError,
        `channelShuffle: groups must be a whole number of at least 1, got ${groups}`,
      );
    }
  });

  it('transposed convolution names the weight with an empty dimension', () => {
    expect(() => convTranspose2d(image, zeros([4, 0, 3, 3]))).to.throw(
      ShapeError,
      'convTranspose2d: weight [4, 0, 3, 3] has an empty dimension',
    );
  });

  it('gridSample and interpolate name the modes they know', () => {
    expect(() => untyped(gridSample, image, zeros([1, 2, 2, 2]), { paddingMode: 'mirror' })).to.throw(
      ArgumentError,
      /^gridSample: paddingMode must be one of zeros, border, reflection, not 'mirror'$/,
    );
    expect(() => untyped(interpolate, image, { size: 3, mode: 'bicubic' })).to.throw(
      ArgumentError,
      /^interpolate: mode must be one of nearest, linear, bilinear, trilinear, not 'bicubic'$/,
    );
  });

  it('interpolate names the image without pixels', () => {
    expect(() => interpolate(zeros([1, 4, 0, 5]), { size: 3 })).to.throw(
      ShapeError,
      'interpolate: input [1, 4, 0, 5] has an empty spatial dimension',
    );
  });

  it('conversions of offsets name the groups, the shape and the channels', () => {
    expect(() => offsetFromBlocked(image, { offsetGroups: 0 })).to.throw(
      ArgumentError,
      'offsetFromBlocked: offsetGroups must be a whole number of at least 1, got 0',
    );
    expect(() => offsetToXY(zeros([2, 4]))).to.throw(
      ShapeError,
      'offsetToXY: offset must be [N, channels, one to three spatial dimensions], got [2, 4]',
    );
    expect(() => offsetToBlocked(image, { offsetGroups: 3 })).to.throw(
      ShapeError,
      'offsetToBlocked: the 4 channels of offset [1, 4, 5, 5] do not divide into 3 groups of 2 coordinates',
    );
  });
});

describe('errors of layers', () => {
  it('a causal convolution names the padding that would look ahead', () => {
    expect(() => new CausalConv1d(2, 3, 3, { padding: 1 })).to.throw(
      ArgumentError,
      'CausalConv1d: the padding follows from kernel and dilation, got padding 1',
    );
    for (const paddingMode of ['reflect', 'circular'] as const) {
      expect(() => new CausalConv1d(2, 3, 3, { paddingMode })).to.throw(
        ArgumentError,
        `CausalConv1d: paddingMode '${paddingMode}' shows later elements in front; use 'zeros' or 'replicate'`,
      );
    }
  });

  it('a layer names the channels it was made for', () => {
    expect(() => new Conv2d(3, 8, 3).forward(image)).to.throw(ShapeError, /input \[1, 4, 5, 5\] has 4/);
    expect(() => new Conv2d(3, 8, 3).multiplyAdds(image.shape)).to.throw(
      ShapeError,
      'Conv2d: expects 3 input channels, but input [1, 4, 5, 5] has 4',
    );
  });

  it('a depthwise convolution names groups that are not its channels', () => {
    expect(() => new DepthwiseConv2d(4, 3, { groups: 2 })).to.throw(
      ArgumentError,
      'DepthwiseConv2d: every channel is a group of its own, but groups is 2 and inChannels 4',
    );
  });

  it('a separable convolution names the channels that do not divide into the groups', () => {
    expect(() => new SpatiallySeparableConv2d(4, 8, 3, { groups: 2, midChannels: 5 })).to.throw(
      ArgumentError,
      'SpatiallySeparableConv2d: midChannels must be divisible by groups, got 5 and 2',
    );
  });

  it('summary names an input that is neither a shape nor tensors', () => {
    expect(() => untyped(summary, new Linear(4, 2), [zeros([1, 4]), 'x'])).to.throw(
      ArgumentError,
      'summary: the input must be a shape, or tensors, got ',
    );
  });
});

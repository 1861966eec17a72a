import type { Tensor } from '@convgrad/core';
import { channelShuffle } from '../functional/channel_shuffle.ts';
import { pixelShuffle, pixelUnshuffle } from '../functional/pixel_shuffle.ts';
import { checkCount } from './checks.ts';
import { Module } from './module.ts';
import { printOptions } from './printing.ts';
import { declarePure } from './pure_layers.ts';

/**
 * Channels as pixels: [.., C r^2, H, W] gives [.., C, H r, W r]. See `pixelShuffle`.
 *
 * @throws ArgumentError unless the factor is a whole number of at least 1
 * @example new Sequential(new Conv2d(16, 12, 3, { padding: 1 }), new PixelShuffle(2)).forward(zeros([8, 16, 7, 7])) // shape [8, 3, 14, 14]
 */
export class PixelShuffle extends Module {
  readonly upscaleFactor: number;

  constructor(upscaleFactor: number) {
    super();
    checkCount('PixelShuffle', 'upscaleFactor', upscaleFactor);
    this.upscaleFactor = upscaleFactor;
  }

  forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }

  protected override extraRepr(): string {
    return printOptions({ upscaleFactor: this.upscaleFactor });
  }
}

/**
 * Pixels as channels: [.., C, H r, W r] gives [.., C r^2, H, W]. See `pixelUnshuffle`.
 *
 * @throws ArgumentError unless the factor is a whole number of at least 1
 * @example new PixelUnshuffle(2).forward(zeros([8, 3, 14, 14])) // shape [8, 12, 7, 7]
 */
export class PixelUnshuffle extends Module {
  readonly downscaleFactor: number;

  constructor(downscaleFactor: number) {
    super();
    checkCount('PixelUnshuffle', 'downscaleFactor', downscaleFactor);
    this.downscaleFactor = downscaleFactor;
  }

  forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }

  protected override extraRepr(): string {
    return printOptions({ downscaleFactor: this.downscaleFactor });
  }
}

/**
 * Channels of all groups interleaved: [N, C, spatial..] stays so. See `channelShuffle`.
 *
 * @throws ArgumentError unless the number of groups is whole and at least 1
 * @example new ChannelShuffle(4).forward(zeros([8, 16, 7, 7])) // shape [8, 16, 7, 7]
 */
export class ChannelShuffle extends Module {
  readonly groups: number;

  constructor(groups: number) {
    super();
    checkCount('ChannelShuffle', 'groups', groups);
    this.groups = groups;
  }

  forward(x: Tensor): Tensor {
    return channelShuffle(x, this.groups);
  }

  protected override extraRepr(): string {
    return printOptions({ groups: this.groups });
  }
}

declarePure(PixelShuffle, PixelUnshuffle, ChannelShuffle);

import type { Tensor } from '@convgrad/core';
import { type InterpolateOptions, type InterpolateSettings, interpolateSettings, resize } from '../functional/interpolate.ts';
import { Module } from './module.ts';
import { printOptions } from './printing.ts';
import { declarePure } from './pure_layers.ts';

/**
 * Changes the size of images [N, C, spatial..]. See `interpolate`.
 *
 * @throws ArgumentError for an option or a combination that is not allowed
 * @example new Upsample({ scaleFactor: 2, mode: 'bilinear' }).forward(zeros([1, 3, 4, 5])) // shape [1, 3, 8, 10]
 */
export class Upsample extends Module {
  readonly settings: InterpolateSettings;

  constructor(options: InterpolateOptions) {
    super();
    this.settings = interpolateSettings('Upsample', options);
  }

  forward(x: Tensor): Tensor {
    return resize('Upsample', x, this.settings);
  }

  protected override extraRepr(): string {
    const { size, scaleFactor, mode, alignCorners } = this.settings;
    return printOptions({
      ...(size === null ? { scaleFactor } : { size }),
      mode,
      ...(alignCorners ? { alignCorners } : {}),
    });
  }
}

declarePure(Upsample);

import { ArgumentError } from '@convgrad/core';
import type { PaddingMode } from '../functional/padding.ts';
import type { PerDimension } from '../functional/spatial.ts';
import { ConvNd } from './conv.ts';
import type { ConvLayerOptions } from './conv_base.ts';
import { declarePure } from './pure_layers.ts';

/** Options of a causal convolution: its padding follows from kernel and dilation. */
export interface CausalConvOptions extends Omit<ConvLayerOptions, 'padding' | 'paddingMode'> {
  /** What stands before the beginning. Default 'zeros'; 'reflect' and 'circular' would be later elements, and are refused. */
  readonly paddingMode?: PaddingMode;
}

/**
 * Causal convolution over sequences, [N, C, L] or [C, L], giving ceil(L / stride) outputs, of which number p depends on no input after
 * p stride. See `conv1d` with padding 'causal'. van den Oord et al. 2016, WaveNet.
 *
 * weight [outChannels, inChannels / groups, k] and bias [outChannels] as in `Conv1d`.
 *
 * @throws ArgumentError for an option that is not allowed, or channels that do not divide into the groups
 * @example new CausalConv1d(16, 32, 2, { dilation: 4 })
 */
export class CausalConv1d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: CausalConvOptions = {}) {
    const { paddingMode = 'zeros' } = options;
    if (paddingMode === 'reflect' || paddingMode === 'circular') {
      throw new ArgumentError(`${new.target.name}: paddingMode '${paddingMode}' shows later elements in front; use 'zeros' or 'replicate'`);
    }
    super(1, inChannels, outChannels, kernelSize, { ...options, padding: 'causal' });
  }
}

declarePure(CausalConv1d);

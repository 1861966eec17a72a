import { ArgumentError } from '@convgrad/core';
import type { PerDimension } from '../functional/spatial.ts';
import { ConvNd } from './conv.ts';
import type { ConvLayerOptions } from './conv_base.ts';
import { declarePure } from './pure_layers.ts';

/**
 * Causal convolution over sequences, [N, C, L] or [C, L], giving ceil(L / stride) outputs, of which number p depends on no input after
 * p stride. See `conv1d` with padding 'causal'. van den Oord et al. 2016, WaveNet.
 *
 * weight [outChannels, inChannels / groups, k] and bias [outChannels] as in `Conv1d`.
 *
 * @throws ArgumentError for an option that is not allowed, channels that do not divide into the groups, another padding than 'causal', and
 * the padding modes 'reflect' and 'circular', which show later elements in front
 * @example new CausalConv1d(16, 32, 2, { dilation: 4 }).forward(zeros([8, 16, 100])) // shape [8, 32, 100]
 */
export class CausalConv1d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDimension, options: ConvLayerOptions = {}) {
    const name = new.target.name;
    const { padding = 'causal', paddingMode = 'zeros' } = options;
    if (padding !== 'causal') {
      throw new ArgumentError(`${name}: the padding follows from kernel and dilation, got padding ${JSON.stringify(padding)}`);
    }
    if (paddingMode === 'reflect' || paddingMode === 'circular') {
      throw new ArgumentError(`${name}: paddingMode '${paddingMode}' shows later elements in front; use 'zeros' or 'replicate'`);
    }
    super(1, inChannels, outChannels, kernelSize, { ...options, padding });
  }
}

declarePure(CausalConv1d);

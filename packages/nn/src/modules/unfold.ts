import type { Tensor } from '@convgrad/core';
import { fold } from '../functional/fold.ts';
import { type PatchSettings, patchRank, patchSettings, type UnfoldOptions } from '../functional/patches.ts';
import { type PerDimension, perDimension } from '../functional/spatial.ts';
import { unfold } from '../functional/unfold.ts';
import { Module } from './module.ts';
import { printOptions } from './printing.ts';
import { declarePure } from './pure_layers.ts';

function printPatches({ kernelSize, dilation, padding, stride }: PatchSettings): string {
  return printOptions({ kernelSize, dilation, padding, stride });
}

/**
 * The patches of an image as columns: [N, C, spatial..] gives [N, C * prod(kernelSize), patches]. See `unfold`.
 *
 * @throws ArgumentError for an option that is not allowed
 * @example new Unfold([2, 3], { stride: 2 }).forward(zeros([8, 3, 6, 9])) // shape [8, 18, 12]
 */
export class Unfold extends Module {
  readonly settings: PatchSettings;

  constructor(kernelSize: PerDimension, options: UnfoldOptions = {}) {
    super();
    this.settings = patchSettings('Unfold', patchRank('Unfold', kernelSize), kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    return unfold(x, this.settings.kernelSize, this.settings);
  }

  protected override extraRepr(): string {
    return printPatches(this.settings);
  }
}

/**
 * Columns added up to an image: [N, C * prod(kernelSize), patches] gives [N, C, outputSize..]. See `fold`.
 *
 * @throws ArgumentError for an option that is not allowed
 * @example new Fold([8, 8], 3, { padding: 1 }).forward(zeros([2, 18, 64])) // shape [2, 2, 8, 8]
 */
export class Fold extends Module {
  readonly outputSize: readonly number[];
  readonly settings: PatchSettings;

  constructor(outputSize: PerDimension, kernelSize: PerDimension, options: UnfoldOptions = {}) {
    super();
    const rank = patchRank('Fold', outputSize, kernelSize);
    this.outputSize = perDimension('Fold', 'outputSize', outputSize, rank, 1);
    this.settings = patchSettings('Fold', rank, kernelSize, options);
  }

  forward(columns: Tensor): Tensor {
    return fold(columns, this.outputSize, this.settings.kernelSize, this.settings);
  }

  protected override extraRepr(): string {
    return `outputSize=[${this.outputSize.join(', ')}], ${printPatches(this.settings)}`;
  }
}

declarePure(Unfold, Fold);

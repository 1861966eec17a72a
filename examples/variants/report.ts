import type { Tensor } from '@convgrad/core';
import type { Variant } from './catalogue.ts';
import type { NetCost } from './costs.ts';
import type { ReadInputs } from './receptive_field.ts';
import type { SampledPlaces } from './sampling.ts';
import type { TrainingResult } from './training.ts';

/** The two tasks of every net. */
export const tasks = { digits: 'MNIST', transformed: 'transformed MNIST' } as const;
export type Task = keyof typeof tasks;

/** What one output of the first middle layer reads, and its neighbour on the right. */
export interface LayerReading {
  readonly output: ReadInputs;
  readonly neighbour: ReadInputs;
  /** Of the output, in pixels of the layer's input. */
  readonly row: number;
  readonly column: number;
  readonly neighbourColumn: number;
}

/** Where a deformable net samples a digit, before and after training. */
export interface DigitSamples {
  readonly before: SampledPlaces;
  readonly after: SampledPlaces;
}

/** All that the page tells of a variant. */
export interface VariantReport {
  readonly variant: Variant;
  readonly parameters: number;
  readonly cost: NetCost;
  /** Median of the training steps of both tasks, in milliseconds. */
  readonly stepTime: number;
  readonly results: Readonly<Record<Task, TrainingResult>>;
  readonly layerReading: LayerReading;
  readonly netReading: ReadInputs;
  /** For each of the shown digits; null for nets without offsets. */
  readonly samples: readonly DigitSamples[] | null;
}

/** The test digits that the page shows, transformed. */
export interface ShownDigits {
  /** [N, 1, 28, 28] as the nets take them. */
  readonly images: Tensor;
  readonly labels: readonly number[];
  /** The same images with pixels in 0..1. */
  readonly pixels: readonly Float32Array[];
  /** The output of the last middle layer of a deformable net that is nearest to the centre of the ink. */
  readonly centres: readonly { readonly row: number; readonly column: number }[];
}

/** How the run was made. */
export interface RunFacts {
  readonly trainImages: number;
  readonly testImages: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly seed: number;
  readonly machine: string;
  readonly seconds: number;
  /** Whether the user stopped it before the last net. */
  readonly interrupted: boolean;
}

export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
export const grouped = (count: number): string => count.toLocaleString('en');

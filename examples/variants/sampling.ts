import { inferenceMode, type Tensor } from '@convgrad/core';
import { PackedDeformConv2d } from '@convgrad/nn';
import type { VariantNet } from './network.ts';

/** Where a deformable layer samples, at every output position. */
interface LayerSamples {
  readonly size: number;
  readonly taps: number;
  /** Of output (i, j) and tap t, at [t][i][j]: row, column and weight, in pixels of the layer's input. */
  at(row: number, column: number, tap: number): Sample;
}

/** A sampled place, and the mask's weight there (1 without a mask). */
export interface Sample {
  readonly y: number;
  readonly x: number;
  readonly weight: number;
}

/** Where an output of the last layer comes from, in pixels of the image. */
export interface SampledPlaces {
  readonly output: { readonly y: number; readonly x: number };
  /** By the last layer alone; then by the last two, and so on, down to the first. */
  readonly levels: readonly (readonly Sample[])[];
}

const kernelSize = 3;
/** Size of a pixel of each middle layer's input, in pixels of the image: the stem's pooling, and that after the first middle layer. */
const pixelSizes = [2, 4, 4] as const;

/** Traces an output of the last middle layer back through the deformable layers, for one image [1, 1, 28, 28]. */
export function samplesOf(net: VariantNet, image: Tensor, row: number, column: number): SampledPlaces {
  const layers = net.middle.map((_, index) => layerSamples(net, index, image));
  const last = layers.length - 1;
  const levels: Sample[][] = [];
  let places: Sample[] = [{ y: row, x: column, weight: 1 }];
  for (let index = last; index >= 0; index--) {
    const { size, taps, at } = layers[index];
    // An output of a layer stands on its grid: the sample between outputs is followed from the nearest one.
    const shrink = index === last ? 1 : pixelSizes[index + 1] / pixelSizes[index];
    const onGrid = places.map(({ y, x, weight }) => ({ y: toFiner(y, shrink), x: toFiner(x, shrink), weight }));
    const inside = onGrid.filter(({ y, x }) => y > -1 && x > -1 && y < size && x < size);
    places = inside.flatMap(({ y, x, weight }) =>
      Array.from({ length: taps }, (_, tap) => {
        const sample = at(nearest(y, size), nearest(x, size), tap);
        return { ...sample, weight: weight * sample.weight };
      }),
    );
    levels.push(places.map(({ y, x, weight }) => ({ y: toFiner(y, pixelSizes[index]), x: toFiner(x, pixelSizes[index]), weight })));
  }
  return { output: { y: toFiner(row, pixelSizes[last]), x: toFiner(column, pixelSizes[last]) }, levels };
}

/** The middle of pixel p, in pixels that are `factor` times smaller. */
function toFiner(position: number, factor: number): number {
  return (position + 0.5) * factor - 0.5;
}

function nearest(position: number, size: number): number {
  return Math.min(size - 1, Math.max(0, Math.round(position)));
}

function layerSamples(net: VariantNet, index: number, image: Tensor): LayerSamples {
  const layer = net.middle[index];
  if (!(layer instanceof PackedDeformConv2d)) throw new TypeError(`middle layer ${index} does not predict offsets`);
  const { offset, mask, size } = inferenceMode(() => {
    const input = net.inputOf(index, image);
    const predicted = layer.predictOffsets(input);
    return { offset: predicted.offset.toTypedArray(), mask: predicted.mask?.toTypedArray() ?? null, size: input.shape[2] };
  });
  const taps = kernelSize ** 2;
  return {
    size,
    taps,
    at: (row, column, tap) => {
      const place = (channel: number) => (channel * size + row) * size + column;
      return {
        y: row + Math.floor(tap / kernelSize) - 1 + offset[place(2 * tap)],
        x: column + (tap % kernelSize) - 1 + offset[place(2 * tap + 1)],
        weight: mask === null ? 1 : mask[place(tap)],
      };
    },
  };
}

import { manualSeed, narrow, type Tensor } from '@convgrad/core';
import { PackedDeformConv2d } from '@convgrad/nn';
import type { Variant } from './catalogue.ts';
import { costOf } from './costs.ts';
import { VariantNet } from './network.ts';
import { readByNet, readByOutput } from './receptive_field.ts';
import type { LayerReading, ShownDigits, Task, VariantReport } from './report.ts';
import { type SampledPlaces, samplesOf } from './sampling.ts';
import { type DigitSets, median, type TrainingOptions, trainNet } from './training.ts';

/** Trains the net with a variant on both tasks and looks at what it does; null if the user stopped it. */
export async function survey(
  variant: Variant,
  sets: Readonly<Record<Task, DigitSets>>,
  shown: ShownDigits,
  options: TrainingOptions,
): Promise<VariantReport | null> {
  const onDigits = await trainNet(`${variant.name}, MNIST`, startNet(variant, options.seed), sets.digits, options);
  if (onDigits === null) return null;
  const net = startNet(variant, options.seed);
  const before = sampledPlaces(net, shown);
  const onTransformed = await trainNet(`${variant.name}, transformed`, net, sets.transformed, options);
  if (onTransformed === null) return null;
  const after = sampledPlaces(net, shown);
  return {
    variant,
    parameters: net.parameters().reduce((count, { size }) => count + size, 0),
    cost: costOf(variant, net),
    stepTime: median([...onDigits.stepTimes, ...onTransformed.stepTimes]),
    results: { digits: onDigits, transformed: onTransformed },
    layerReading: layerReading(net, narrow(shown.images, 0, 0, 1)),
    netReading: readByNet(net, shown.images),
    samples: before === null || after === null ? null : before.map((places, index) => ({ before: places, after: after[index] })),
  };
}

/** Every net begins from the same stream of random numbers. */
function startNet(variant: Variant, seed: number): VariantNet {
  manualSeed(seed);
  return new VariantNet(variant);
}

function layerReading(net: VariantNet, image: Tensor): LayerReading {
  const input = net.inputOf(0, image);
  const [, , height, width] = net.middle[0].forward(input).shape;
  const [row, column] = [Math.floor(height / 2), Math.floor(width / 2)];
  const inPixels = (position: number, size: number, inputSize: number) => (position * inputSize) / size;
  return {
    output: readByOutput(net.middle[0], input, row, column),
    neighbour: readByOutput(net.middle[0], input, row, column + 1),
    row: inPixels(row, height, input.shape[2]),
    column: inPixels(column, width, input.shape[3]),
    neighbourColumn: inPixels(column + 1, width, input.shape[3]),
  };
}

/** Where a deformable net samples each of the shown digits; null for a net without offsets. */
function sampledPlaces(net: VariantNet, { images, centres }: ShownDigits): SampledPlaces[] | null {
  if (!net.middle.every((layer) => layer instanceof PackedDeformConv2d)) return null;
  return centres.map(({ row, column }, index) => samplesOf(net, narrow(images, 0, index, 1), row, column));
}

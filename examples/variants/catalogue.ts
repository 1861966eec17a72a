import {
  Conv2d,
  ConvTranspose2d,
  DepthwiseSeparableConv2d,
  PackedDeformConv2d,
  PointwiseConv2d,
  ShuffledGroupConv2d,
  SpatiallySeparableConv2d,
} from '@convgrad/nn';
import { letters, type Term, term } from './arithmetic.ts';
import { type MiddleDesign, type MiddlePlace, netParameters } from './network.ts';

/** A kind of convolution, and the net with it in its middle. */
export interface Variant extends MiddleDesign {
  /** As `--only` takes it. */
  readonly key: string;
  readonly name: string;
  /** One line: what is done to an ordinary 3x3 convolution. */
  readonly description: string;
  /** Multiply-adds of a middle layer at each position, biases not counted. */
  readonly cost: (place: MiddlePlace) => readonly Term[];
  /** Whether the positions counted are those of the layer's output, or of its input. */
  readonly costAt: 'output' | 'input';
}

/** Output channels of the middle layers. */
export const middleWidth = 24;
const groups = 4;

const dense = (place: MiddlePlace): Term[] => {
  const { K2, M, N } = letters(place, 3);
  return [term([K2, M, N])];
};

const grouped = (place: MiddlePlace): Term[] => {
  const { K2, M, N, g } = letters(place, 3, groups);
  return [term([K2, M, N], g)];
};

const usual = { width: middleWidth, halves: false, doubles: false, costAt: 'output' } as const;

const standard: Variant = {
  ...usual,
  key: 'standard',
  name: 'standard',
  description: 'Every output channel reads a 3x3 window of every input channel.',
  layer: ({ inChannels, outChannels }) => new Conv2d(inChannels, outChannels, 3, { padding: 1 }),
  cost: dense,
};

const strided: Variant = {
  ...usual,
  key: 'strided',
  name: 'strided',
  description: 'The first middle layer takes steps of two pixels, in place of the pooling after it.',
  halves: true,
  layer: ({ index, inChannels, outChannels }) => new Conv2d(inChannels, outChannels, 3, { padding: 1, stride: index === 0 ? 2 : 1 }),
  cost: dense,
};

const dilated: Variant = {
  ...usual,
  key: 'dilated',
  name: 'dilated',
  description: 'The nine taps lie two pixels apart: a 5x5 window at the price of 3x3.',
  layer: ({ inChannels, outChannels }) => new Conv2d(inChannels, outChannels, 3, { padding: 2, dilation: 2 }),
  cost: dense,
};

const inGroups: Variant = {
  ...usual,
  key: 'grouped',
  name: 'grouped',
  description: 'Four groups: an output channel reads only the quarter of the input channels that is its own.',
  layer: ({ inChannels, outChannels }) => new Conv2d(inChannels, outChannels, 3, { padding: 1, groups }),
  cost: grouped,
};

const depthwiseSeparable: Variant = {
  ...usual,
  key: 'depthwise-separable',
  name: 'depthwise separable',
  description: 'A 3x3 window in each channel by itself, then a sum over the channels at each pixel.',
  layer: ({ inChannels, outChannels }) => new DepthwiseSeparableConv2d(inChannels, outChannels, 3, { padding: 1 }),
  cost: (place) => {
    const { K2, M, N } = letters(place, 3);
    return [term([K2, M]), term([M, N])];
  },
};

const pointwise: Variant = {
  ...usual,
  key: 'pointwise',
  name: 'pointwise',
  description: 'A 1x1 window: channels are mixed, pixels are not.',
  layer: ({ inChannels, outChannels }) => new PointwiseConv2d(inChannels, outChannels),
  cost: (place) => {
    const { M, N } = letters(place, 1);
    return [term([M, N])];
  },
};

const spatiallySeparable: Variant = {
  ...usual,
  key: 'spatially-separable',
  name: 'spatially separable',
  description: 'A column of three pixels, then a row of three: kernels of rank one over the window.',
  layer: ({ inChannels, outChannels }) => new SpatiallySeparableConv2d(inChannels, outChannels, 3, { padding: 1 }),
  cost: (place) => {
    const { K, M, N } = letters(place, 3);
    return [term([K, M, N]), term([K, N, N])];
  },
};

const shuffled: Variant = {
  ...usual,
  key: 'shuffled-group',
  name: 'shuffled group',
  description: 'Four groups whose outputs are interleaved, so that each group of the next layer sees all of them.',
  layer: ({ inChannels, outChannels }) => new ShuffledGroupConv2d(inChannels, outChannels, 3, { padding: 1, groups }),
  cost: grouped,
};

const transposed: Variant = {
  ...usual,
  key: 'transposed',
  name: 'transposed',
  description: 'The first middle layer spreads each pixel over a 3x3 window of an image of twice the size.',
  doubles: true,
  costAt: 'input',
  layer: ({ index, inChannels, outChannels }) =>
    new ConvTranspose2d(inChannels, outChannels, 3, { padding: 1, ...(index === 0 ? { stride: 2, outputPadding: 1 } : {}) }),
  cost: dense,
};

/** A prediction of `numbers` per tap, the samples of four pixels each, and the weighted sum; with a mask one product more a sample. */
const deformable = (numbers: 2 | 3): Variant['cost'] => {
  return (place) => {
    const { K2, M, N, count } = letters(place, 3);
    return [term([K2, M, N]), term([K2, M, count(numbers), K2]), term([count(numbers === 2 ? 4 : 5), K2, M])];
  };
};

const deformableV1: Variant = {
  ...usual,
  key: 'deformable-v1',
  name: 'deformable v1',
  description: 'Each of the nine taps is moved by an offset that a convolution of the same input predicts at each pixel.',
  layer: ({ inChannels, outChannels }) => new PackedDeformConv2d(inChannels, outChannels, 3, { padding: 1, modulated: false }),
  cost: deformable(2),
};

const deformableV2: Variant = {
  ...usual,
  key: 'deformable-v2',
  name: 'deformable v2',
  description: 'As v1, and each sample is weighted by a mask in 0..1 that is predicted too.',
  layer: ({ inChannels, outChannels }) => new PackedDeformConv2d(inChannels, outChannels, 3, { padding: 1 }),
  cost: deformable(3),
};

/** The standard net with so many more channels that it has about as many parameters as another. */
function asLargeAs(other: Variant, key: string, name: string): Variant {
  const parameters = netParameters(other);
  const gap = (width: number) => Math.abs(netParameters({ ...standard, width }) - parameters);
  let width = standard.width;
  while (gap(width + 1) < gap(width)) width++;
  return {
    ...standard,
    key,
    name,
    width,
    description: `The standard net with ${width} channels in the middle, to compare with ${other.name}.`,
  };
}

/** A deformable net, and the standard one of about as many parameters. */
export interface Rivals {
  readonly deformable: Variant;
  readonly standard: Variant;
}

/** The deformable nets with their rivals. */
export const rivals: readonly Rivals[] = [
  { deformable: deformableV1, standard: asLargeAs(deformableV1, 'standard-v1-size', 'standard, as large as v1') },
  { deformable: deformableV2, standard: asLargeAs(deformableV2, 'standard-v2-size', 'standard, as large as v2') },
];

/** All variants, in the order in which the page shows them. */
export const variants: readonly Variant[] = [
  standard,
  strided,
  dilated,
  inGroups,
  depthwiseSeparable,
  pointwise,
  spatiallySeparable,
  shuffled,
  transposed,
  deformableV1,
  deformableV2,
  ...rivals.map((pair) => pair.standard),
];

import { Conv2d } from '@convgrad/nn';
import { letters, type Term, term } from './arithmetic.ts';
import type { MiddleDesign, MiddlePlace } from './network.ts';

/** A kind of convolution, and the net with it in its middle. */
export interface Variant extends MiddleDesign {
  readonly name: string;
  /** One line: what is done to an ordinary 3x3 convolution. */
  readonly description: string;
  /** Multiply-adds of a middle layer at each position, biases not counted. */
  readonly cost: (place: MiddlePlace) => readonly Term[];
  /** Whether the positions counted are those of the layer's output, or of its input. */
  readonly costAt: 'output' | 'input';
}

/** Output channels of the middle layers. */
export const middleWidth = 32;
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
  name: 'standard',
  description: 'Every output channel reads a 3x3 window of every input channel.',
  layer: ({ inChannels, outChannels }) => new Conv2d(inChannels, outChannels, 3, { padding: 1 }),
  cost: dense,
};

const strided: Variant = {
  ...usual,
  name: 'strided',
  description: 'The first middle layer takes steps of two pixels, in place of the pooling after it.',
  halves: true,
  layer: ({ index, inChannels, outChannels }) => new Conv2d(inChannels, outChannels, 3, { padding: 1, stride: index === 0 ? 2 : 1 }),
  cost: dense,
};

const dilated: Variant = {
  ...usual,
  name: 'dilated',
  description: 'The nine taps lie two pixels apart: a 5x5 window at the price of 3x3.',
  layer: ({ inChannels, outChannels }) => new Conv2d(inChannels, outChannels, 3, { padding: 2, dilation: 2 }),
  cost: dense,
};

const inGroups: Variant = {
  ...usual,
  name: 'grouped',
  description: 'Four groups: an output channel reads only the quarter of the input channels that is its own.',
  layer: ({ inChannels, outChannels }) => new Conv2d(inChannels, outChannels, 3, { padding: 1, groups }),
  cost: grouped,
};

/** All variants, in the order in which the page shows them. */
export const variants: readonly Variant[] = [standard, strided, dilated, inGroups];

import { ArgumentError, printShape, type Shape, ShapeError } from '@convgrad/core';

/** Numbers that reach one output of a layer, and outputs that one number reaches. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/**
 * The fans of a weight [out, in, kernel..].
 *
 * @throws ShapeError if it has fewer than two dimensions
 * @example init.calculateFans([16, 6, 5, 5]) // { fanIn: 150, fanOut: 400 }
 */
export function calculateFans(shape: Shape): Fans {
  if (shape.length < 2) throw new ShapeError(`calculateFans: a weight [out, in, ..] has fans, not a tensor of shape ${printShape(shape)}`);
  const [outChannels, inChannels, ...kernel] = shape;
  const taps = kernel.reduce((product, length) => product * length, 1);
  return { fanIn: inChannels * taps, fanOut: outChannels * taps };
}

/** Functions that `calculateGain` knows. */
export type Nonlinearity = 'linear' | 'conv' | 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu' | 'selu';

/**
 * How much a weight must be scaled so that activations keep their size through a function.
 *
 * @param param the negative slope of 'leakyRelu', by default 0.01
 * @throws ArgumentError for a function that it does not know
 * @example init.calculateGain('relu') // 1.4142
 */
export function calculateGain(nonlinearity: Nonlinearity, param = 0.01): number {
  switch (nonlinearity) {
    case 'linear':
    case 'conv':
    case 'sigmoid':
      return 1;
    case 'tanh':
      return 5 / 3;
    case 'relu':
      return Math.SQRT2;
    case 'leakyRelu':
      return Math.sqrt(2 / (1 + param ** 2));
    case 'selu':
      return 3 / 4;
    default:
      throw new ArgumentError(`calculateGain: no gain is known for '${String(nonlinearity)}'`);
  }
}

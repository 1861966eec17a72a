import { defaultGenerator, type Generator, type Tensor } from '@convgrad/core';
import { calculateFans, calculateGain, type Nonlinearity } from './fan.ts';
import { checkFiniteArgument, overwrite } from './fill.ts';

/** Where the randomness comes from. */
export interface InitOptions {
  /** Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator;
}

/** Options of `xavierUniform_` and `xavierNormal_`. */
export interface XavierOptions extends InitOptions {
  /** Factor of the spread: see `calculateGain`. Default 1. */
  readonly gain?: number;
}

/** Options of `kaimingUniform_` and `kaimingNormal_`. */
export interface KaimingOptions extends InitOptions {
  /** Keep the size of activations (fanIn) or that of gradients (fanOut). Default fanIn. */
  readonly mode?: 'fanIn' | 'fanOut';
  /** The function that follows. Default 'leakyRelu'. */
  readonly nonlinearity?: Nonlinearity;
  /** Negative slope of 'leakyRelu'. Default 0. */
  readonly a?: number;
}

/**
 * Fills a leaf with numbers uniform in [a, b), and returns it.
 *
 * @throws ArgumentError unless a < b are finite; DTypeError for integers; GradientError for a result of a recorded operation
 * @example init.uniform_(layer.weight, -0.1, 0.1).abs().max().item() <= 0.1 // true
 */
export function uniform_<T extends Tensor>(tensor: T, a = 0, b = 1, { generator = defaultGenerator() }: InitOptions = {}): T {
  return overwrite('uniform_', tensor, (array) => generator.fillUniform(array, a, b));
}

/**
 * Fills a leaf with numbers of the normal distribution, and returns it.
 *
 * @throws ArgumentError unless mean and std are finite and std is not negative; DTypeError for integers; GradientError for a result of a
 *   recorded operation
 * @example init.normal_(layer.weight, 0, 0.02).std().item() < 0.03 // true
 */
export function normal_<T extends Tensor>(tensor: T, mean = 0, std = 1, { generator = defaultGenerator() }: InitOptions = {}): T {
  return overwrite('normal_', tensor, (array) => generator.fillNormal(array, mean, std));
}

/**
 * Fills a leaf with one number, and returns it.
 *
 * @throws DTypeError for integers; GradientError for a result of a recorded operation
 * @example init.constant_(new Parameter(zeros([2])), 0.5) // [0.5, 0.5]
 */
export function constant_<T extends Tensor>(tensor: T, value: number): T {
  return overwrite('constant_', tensor, (array) => array.fill(value));
}

/**
 * Fills a leaf with zeros, and returns it.
 *
 * @throws as `constant_`
 * @example init.zeros_(new Parameter(ones([2]))) // [0, 0]
 */
export function zeros_<T extends Tensor>(tensor: T): T {
  return constant_(tensor, 0);
}

/**
 * Fills a leaf with ones, and returns it.
 *
 * @throws as `constant_`
 * @example init.ones_(new Parameter(zeros([2]))) // [1, 1]
 */
export function ones_<T extends Tensor>(tensor: T): T {
  return constant_(tensor, 1);
}

function xavierStd(name: string, tensor: Tensor, gain: number): number {
  checkFiniteArgument(name, 'gain', gain);
  const { fanIn, fanOut } = calculateFans(tensor.shape);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

/**
 * Glorot's uniform distribution: in +-gain sqrt(6 / (fanIn + fanOut)).
 *
 * Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.
 *
 * @throws ShapeError if the tensor has fewer than two dimensions; DTypeError for integers
 * @example init.xavierUniform_(layer.weight, { gain: init.calculateGain('tanh') })
 */
export function xavierUniform_<T extends Tensor>(tensor: T, { gain = 1, ...options }: XavierOptions = {}): T {
  const bound = Math.sqrt(3) * xavierStd('xavierUniform_', tensor, gain);
  return uniform_(tensor, -bound, bound, options);
}

/**
 * Glorot's normal distribution: of standard deviation gain sqrt(2 / (fanIn + fanOut)).
 *
 * Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.
 *
 * @throws ShapeError if the tensor has fewer than two dimensions; DTypeError for integers
 * @example init.xavierNormal_(layer.weight)
 */
export function xavierNormal_<T extends Tensor>(tensor: T, { gain = 1, ...options }: XavierOptions = {}): T {
  return normal_(tensor, 0, xavierStd('xavierNormal_', tensor, gain), options);
}

function kaimingStd(tensor: Tensor, { mode = 'fanIn', nonlinearity = 'leakyRelu', a = 0 }: KaimingOptions): number {
  return calculateGain(nonlinearity, a) / Math.sqrt(calculateFans(tensor.shape)[mode]);
}

/**
 * He's uniform distribution: in +-gain sqrt(3 / fan).
 *
 * Source: He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015.
 *
 * @throws ShapeError if the tensor has fewer than two dimensions; DTypeError for integers
 * @example init.kaimingUniform_(layer.weight, { nonlinearity: 'relu' })
 */
export function kaimingUniform_<T extends Tensor>(tensor: T, options: KaimingOptions = {}): T {
  const bound = Math.sqrt(3) * kaimingStd(tensor, options);
  return uniform_(tensor, -bound, bound, options);
}

/**
 * He's normal distribution: of standard deviation gain / sqrt(fan).
 *
 * Source: He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015.
 *
 * @throws ShapeError if the tensor has fewer than two dimensions; DTypeError for integers
 * @example init.kaimingNormal_(layer.weight, { mode: 'fanOut', nonlinearity: 'relu' })
 */
export function kaimingNormal_<T extends Tensor>(tensor: T, options: KaimingOptions = {}): T {
  return normal_(tensor, 0, kaimingStd(tensor, options), options);
}

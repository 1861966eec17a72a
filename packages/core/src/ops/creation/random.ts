import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError, DTypeError } from '../../errors.ts';
import type { DType, DTypeArray } from '../../kernels/dtype.ts';
import { defaultGenerator } from '../../random/default.ts';
import type { Generator } from '../../random/generator.ts';
import type { Shape } from '../../shape.ts';
import { create, type TensorOptions } from './create.ts';
import { checkElement } from './element.ts';

/** Options of everything that makes a random tensor. */
export interface RandomOptions extends TensorOptions {
  /** Where the numbers come from. Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator;
}

type FloatArray = Float32Array | Float64Array;

function randomFloats(
  name: string,
  shape: Shape,
  { dtype = 'float32', generator = defaultGenerator(), ...options }: RandomOptions,
  fill: (generator: Generator, array: FloatArray) => void,
): Tensor {
  return create(name, shape, dtype, options, (array) => fill(generator, requireFloats(name, array, dtype)));
}

function requireFloats(name: string, array: DTypeArray, dtype: DType): FloatArray {
  if (array instanceof Float32Array || array instanceof Float64Array) return array;
  throw new DTypeError(`${name}: the numbers are float32 or float64, not ${dtype}; use randint for integers`);
}

/**
 * Random numbers, uniform in [0, 1); float32 unless said otherwise.
 *
 * @throws ShapeError unless the lengths are whole numbers of at least 0; DTypeError for an integer dtype
 * @example rand([2, 3], { generator: new Generator(1) }) // shape [2, 3]
 */
export function rand(shape: Shape, options: RandomOptions = {}): Tensor {
  return randomFloats('rand', shape, options, (generator, array) => generator.fillUniform(array));
}

/**
 * Random numbers of the standard normal distribution; float32 unless said otherwise.
 *
 * @throws ShapeError unless the lengths are whole numbers of at least 0; DTypeError for an integer dtype
 * @example randn([2, 3], { generator: new Generator(1) }) // shape [2, 3]
 */
export function randn(shape: Shape, options: RandomOptions = {}): Tensor {
  return randomFloats('randn', shape, options, (generator, array) => generator.fillNormal(array));
}

/**
 * Random numbers, uniform in [0, 1), of the shape and unless said otherwise the dtype of x.
 *
 * @throws DTypeError for an integer dtype
 * @example randLike(zeros([2, 3])) // shape [2, 3]
 */
export function randLike(x: Tensor, options: RandomOptions = {}): Tensor {
  return randomFloats('randLike', x.shape, { dtype: x.dtype, ...options }, (generator, array) => generator.fillUniform(array));
}

/**
 * Random numbers of the standard normal distribution, of the shape and unless said otherwise the dtype of x.
 *
 * @throws DTypeError for an integer dtype
 * @example randnLike(zeros([2, 3])) // shape [2, 3]
 */
export function randnLike(x: Tensor, options: RandomOptions = {}): Tensor {
  return randomFloats('randnLike', x.shape, { dtype: x.dtype, ...options }, (generator, array) => generator.fillNormal(array));
}

/**
 * Random whole numbers from `low` (inclusive, 0 if left out) to `high` (exclusive), each equally likely; int32 unless said otherwise.
 *
 * @throws ArgumentError unless low < high are whole numbers that the dtype holds; ShapeError unless the lengths are whole numbers of at least 0;
 *   DTypeError for integers that are to have gradients
 * @example randint(10, [2, 3]) // digits
 * @example randint(-1, 2, [4], { dtype: 'float32' }) // four of -1, 0 and 1
 */
export function randint(high: number, shape: Shape, options?: RandomOptions): Tensor;
export function randint(low: number, high: number, shape: Shape, options?: RandomOptions): Tensor;
export function randint(first: number, second: number | Shape, third?: Shape | RandomOptions, fourth?: RandomOptions): Tensor {
  if (typeof second !== 'number') return integers(0, first, second, isShape(third) ? {} : third);
  if (!isShape(third)) throw new ArgumentError(`randint: expected a shape such as [2, 3] after low ${first} and high ${second}`);
  return integers(first, second, third, fourth);
}

function isShape(value: Shape | RandomOptions | undefined): value is Shape {
  return Array.isArray(value);
}

function integers(
  low: number,
  high: number,
  shape: Shape,
  { dtype = 'int32', generator = defaultGenerator(), ...options }: RandomOptions = {},
): Tensor {
  return create('randint', shape, dtype, options, (array) => generator.fillIntegers(array, low, high));
}

/**
 * The whole numbers from 0 to n - 1 in random order, each order equally likely; int32 unless said otherwise.
 *
 * -> [n]
 *
 * @throws ArgumentError unless n is a whole number of at least 0, or if the dtype does not hold n - 1;
 *   DTypeError for integers that are to have gradients
 * @example randperm(4).sort().values // [0, 1, 2, 3]
 */
export function randperm(n: number, { dtype = 'int32', generator = defaultGenerator(), ...options }: RandomOptions = {}): Tensor {
  if (!Number.isInteger(n) || n < 0) throw new ArgumentError(`randperm: expected a whole number of at least 0, got ${String(n)}`);
  checkElement('randperm', Math.max(0, n - 1), dtype, 'the largest number');
  return create('randperm', [n], dtype, options, (array) => array.set(generator.permutation(n)));
}

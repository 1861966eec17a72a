import {
  ArgumentError,
  apply,
  contiguousStrides,
  defaultGenerator,
  defineFunction,
  type Generator,
  mul,
  readable,
  type Tensor,
  writable,
} from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';
import { floatDType } from './float_dtype.ts';

/** Options of `dropout`. */
export interface DropoutOptions {
  /** Whether to drop anything at all. Default true. */
  readonly training?: boolean;
  /** Where the randomness comes from. Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator;
}

interface MaskOptions {
  readonly p: number;
  readonly generator: Generator;
}

/** y = m x with m = 1 / (1 - p) with probability 1 - p, else 0, drawn for every element. dx = m dy. */
const dropoutFunction = defineFunction<[Tensor], MaskOptions>({
  name: 'dropout',
  forward(call, [x], { p, generator }) {
    const dtype = floatDType('dropout', x);
    const y = call.output(x.shape, dtype);
    const mask = call.temporary(x.shape, dtype);
    call.save(mask);
    const kept = new Uint8Array(x.size);
    generator.fillBernoulli(kept, 1 - p);
    const factors = mask.storage.current();
    const scale = p === 1 ? 0 : 1 / (1 - p);
    for (let position = 0; position < kept.length; position++) factors[position] = kept[position] * scale;
    const strides = contiguousStrides(x.shape);
    kernels.binary('mul', dtype, readable(x.storage), readable(mask.storage), writable(y.storage), x.shape, strides, strides);
    return y;
  },
  backward(call, g) {
    return [mul(g, call.saved(0))];
  },
});

/** @throws ArgumentError unless p is in [0, 1] */
export function checkProbability(name: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new ArgumentError(`${name}: p must be in [0, 1], got ${p}`);
}

/**
 * Sets each element to 0 with probability p, and scales the others by 1 / (1 - p), so that the expected value stays.
 *
 * @param x any shape
 * @returns the shape of x; x itself if not training, or if p is 0
 * @throws ArgumentError unless p is in [0, 1]; DTypeError for integers
 * @example dropout(ones([4]), 0.5, { generator: new Generator(0) }) // zeros and twos
 */
export function dropout(x: Tensor, p = 0.5, { training = true, generator = defaultGenerator() }: DropoutOptions = {}): Tensor {
  checkProbability('dropout', p);
  floatDType('dropout', x);
  return training && p > 0 ? apply(dropoutFunction, [x], { p, generator }) : x;
}

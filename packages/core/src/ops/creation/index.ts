export type { TensorOptions } from './create.ts';
export { full, fullLike, ones, onesLike, zeros, zerosLike } from './filled.ts';
export { type RandomOptions, rand, randint, randLike, randn, randnLike, randperm } from './random.ts';
export { arange, eye, linspace } from './sequences.ts';
export { type TensorData, type TensorDataOptions, tensor } from './tensor.ts';
export { item, type NestedNumbers, toArray, toTypedArray } from './values.ts';

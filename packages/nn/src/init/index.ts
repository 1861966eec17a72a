export {
  constant_,
  type InitOptions,
  type KaimingOptions,
  kaimingNormal_,
  kaimingUniform_,
  normal_,
  ones_,
  uniform_,
  type XavierOptions,
  xavierNormal_,
  xavierUniform_,
  zeros_,
} from './distributions.ts';
export { calculateFans, calculateGain, type Fans, type Nonlinearity } from './fan.ts';
export { type OrthogonalOptions, orthogonal_ } from './orthogonal.ts';

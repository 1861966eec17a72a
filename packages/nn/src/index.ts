export { type AvgPoolOptions, type AvgPoolSettings, avgPool1d, avgPool2d, avgPool3d } from './functional/avg_pool.ts';
export { type BCEWithLogitsOptions, bceWithLogits } from './functional/bce_loss.ts';
export { conv1d, conv2d, conv3d } from './functional/convolution.ts';
export { type CrossEntropyOptions, crossEntropy } from './functional/cross_entropy.ts';
export { type DropoutOptions, dropout } from './functional/dropout.ts';
export { type EmbeddingOptions, embedding } from './functional/embedding.ts';
export type { ConvOptions, ConvSettings } from './functional/geometry.ts';
export { logSigmoid } from './functional/log_sigmoid.ts';
export type { LossOptions, Reduction } from './functional/loss_reduction.ts';
export {
  type MaxPoolOptions,
  maxPool1d,
  maxPool1dWithIndices,
  maxPool2d,
  maxPool2dWithIndices,
  maxPool3d,
  maxPool3dWithIndices,
  type PooledWithIndices,
} from './functional/max_pool.ts';
export { type NLLLossOptions, nllLoss } from './functional/nll_loss.ts';
export type { Padding, PaddingMode, PaddingName, PaddingPair, ResolvedPadding } from './functional/padding.ts';
export type { PoolOptions, PoolSettings } from './functional/pool_geometry.ts';
export {
  type HuberLossOptions,
  huberLoss,
  l1Loss,
  mseLoss,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from './functional/regression_loss.ts';
export type { PerDimension } from './functional/spatial.ts';
export * as init from './init/index.ts';
export { LogSigmoid, ReLU, Sigmoid, Tanh } from './modules/activation.ts';
export { Conv1d, Conv2d, Conv3d, type ConvLayerOptions, ConvNd } from './modules/conv.ts';
export { Dropout, type DropoutLayerOptions } from './modules/dropout.ts';
export { Embedding, type EmbeddingLayerOptions } from './modules/embedding.ts';
export { Linear, type LinearOptions } from './modules/linear.ts';
export {
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  HuberLoss,
  L1Loss,
  Loss,
  MSELoss,
  NLLLoss,
  SmoothL1Loss,
} from './modules/loss.ts';
export { type ForwardInputs, type ForwardOutput, type Layer, Module } from './modules/module.ts';
export { AvgPool1d, AvgPool2d, AvgPool3d, AvgPoolNd, MaxPool1d, MaxPool2d, MaxPool3d, MaxPoolNd } from './modules/pool.ts';
export { Sequential } from './modules/sequential.ts';
export { Flatten, type FlattenOptions, Identity } from './modules/shape.ts';
export type { LoadOptions, LoadResult, StateDict } from './modules/state.ts';

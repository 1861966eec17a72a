export { type AvgPoolOptions, type AvgPoolSettings, avgPool1d, avgPool2d, avgPool3d } from './functional/avg_pool.ts';
export { type BCEWithLogitsOptions, bceWithLogits } from './functional/bce_loss.ts';
export { channelShuffle } from './functional/channel_shuffle.ts';
export { convTranspose1d, convTranspose2d, convTranspose3d } from './functional/conv_transpose.ts';
export type { ConvTransposeOptions, ConvTransposeSettings } from './functional/conv_transpose_geometry.ts';
export { conv1d, conv2d, conv3d } from './functional/convolution.ts';
export { type CrossEntropyOptions, crossEntropy } from './functional/cross_entropy.ts';
export { deformConv1d, deformConv2d, deformConv3d } from './functional/deform_conv.ts';
export type { DeformConvOptions, DeformConvSettings } from './functional/deform_conv_geometry.ts';
export { type DropoutOptions, dropout } from './functional/dropout.ts';
export { type EmbeddingOptions, embedding } from './functional/embedding.ts';
export { fold } from './functional/fold.ts';
export type { ConvOptions, ConvSettings } from './functional/geometry.ts';
export { type GridPaddingMode, type GridSampleMode, type GridSampleOptions, gridSample } from './functional/grid_sample.ts';
export { type InterpolateMode, type InterpolateOptions, type InterpolateSettings, interpolate } from './functional/interpolate.ts';
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
export {
  type BlockedOffsetOptions,
  offsetFromBlocked,
  offsetFromXY,
  offsetToBlocked,
  offsetToXY,
} from './functional/offsets.ts';
export type { Padding, PaddingMode, PaddingName, PaddingPair, ResolvedPadding } from './functional/padding.ts';
export type { UnfoldOptions } from './functional/patches.ts';
export { pixelShuffle, pixelUnshuffle } from './functional/pixel_shuffle.ts';
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
export { unfold } from './functional/unfold.ts';
export * as init from './init/index.ts';
export { LogSigmoid, ReLU, Sigmoid, Tanh } from './modules/activation.ts';
export { CausalConv1d } from './modules/causal_conv.ts';
export { Conv1d, Conv2d, Conv3d, ConvNd } from './modules/conv.ts';
export { ConvBase, type ConvLayerOptions } from './modules/conv_base.ts';
export { ConvChain } from './modules/conv_chain.ts';
export { ConvLayer } from './modules/conv_layer.ts';
export {
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeLayerOptions,
  ConvTransposeNd,
} from './modules/conv_transpose.ts';
export {
  DeformConv1d,
  DeformConv2d,
  DeformConv3d,
  DeformConvBase,
  type DeformConvLayerOptions,
  DeformConvNd,
} from './modules/deform_conv.ts';
export {
  PackedDeformConv1d,
  PackedDeformConv2d,
  PackedDeformConv3d,
  PackedDeformConvNd,
  type PackedDeformConvOptions,
  type PredictedOffsets,
} from './modules/deform_conv_packed.ts';
export { DepthwiseConv1d, DepthwiseConv2d, DepthwiseConv3d, DepthwiseConvNd, type DepthwiseConvOptions } from './modules/depthwise_conv.ts';
export {
  DepthwiseSeparableConv1d,
  DepthwiseSeparableConv2d,
  DepthwiseSeparableConv3d,
  DepthwiseSeparableConvNd,
} from './modules/depthwise_separable_conv.ts';
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
export { PointwiseConv1d, PointwiseConv2d, PointwiseConv3d, type PointwiseConvOptions } from './modules/pointwise_conv.ts';
export { AvgPool1d, AvgPool2d, AvgPool3d, AvgPoolNd, MaxPool1d, MaxPool2d, MaxPool3d, MaxPoolNd } from './modules/pool.ts';
export { Sequential } from './modules/sequential.ts';
export { Flatten, type FlattenOptions, Identity } from './modules/shape.ts';
export { ChannelShuffle, PixelShuffle, PixelUnshuffle } from './modules/shuffle.ts';
export {
  ShuffledGroupConv1d,
  ShuffledGroupConv2d,
  ShuffledGroupConv3d,
  ShuffledGroupConvNd,
  type ShuffledGroupConvOptions,
} from './modules/shuffled_group_conv.ts';
export {
  SpatiallySeparableConv2d,
  SpatiallySeparableConv3d,
  SpatiallySeparableConvNd,
  type SpatiallySeparableConvOptions,
} from './modules/spatially_separable_conv.ts';
export type { LoadOptions, LoadResult, StateDict } from './modules/state.ts';
export { Fold, Unfold } from './modules/unfold.ts';
export { Upsample } from './modules/upsample.ts';
export type { CountsMultiplyAdds } from './summary/multiply_adds.ts';
export { ModelSummary, summary } from './summary/summary.ts';
export type { LayerSummary } from './summary/trace.ts';

import { Generator, type Tensor, tensor } from '@convgrad/core';
import * as nn from '@convgrad/nn';
import { type ProofCase, sample, sampleBetween, sampleDistinct } from './case.ts';

type Conv = (x: Tensor, weight: Tensor, bias: Tensor | null, options?: nn.ConvOptions) => Tensor;

function convCase(what: string, f: Conv, x: number[], weight: number[], options: nn.ConvOptions = {}): ProofCase {
  return { what, f: (a, w, b) => f(a, w, b, options), inputs: [sample(71, x), sample(72, weight), sample(73, [weight[0]])] };
}

const classes = tensor([2, 0, 1, 2], { dtype: 'int32' });
const logits = () => sample(81, [4, 3]);
const targets = () => sample(82, [4, 3]);
const apart = () => sampleBetween(83, [4, 3], 0.5);
const nothing = () => tensor(new Float64Array(12)).reshape([4, 3]);

function pooled(f: (x: Tensor, k: number | number[], options?: nn.MaxPoolOptions) => Tensor, shape: number[]): ProofCase[] {
  return [
    { what: 'overlapping', f: (x) => f(x, 2, { stride: 1 }), inputs: [sampleDistinct(74, shape)] },
    {
      what: 'padded and dilated',
      f: (x) => f(x, 2, { stride: 2, padding: 1, dilation: 2, ceilMode: true }),
      inputs: [sampleDistinct(75, shape)],
    },
  ];
}

function averaged(f: (x: Tensor, k: number | number[], options?: nn.AvgPoolOptions) => Tensor, shape: number[]): ProofCase[] {
  return [
    { what: 'overlapping', f: (x) => f(x, 2, { stride: 1 }), inputs: [sample(76, shape)] },
    { what: 'padded', f: (x) => f(x, 3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }), inputs: [sample(77, shape)] },
    { what: 'with a divisor', f: (x) => f(x, 2, { divisorOverride: 3 }), inputs: [sample(78, shape)] },
  ];
}

/** Proof cases of the functional forms of nn. */
export const functional: Readonly<Record<string, readonly ProofCase[]>> = {
  conv1d: [
    convCase('plain', nn.conv1d, [2, 3, 7], [4, 3, 3]),
    convCase('strided, dilated, grouped', nn.conv1d, [2, 4, 9], [6, 2, 2], { stride: 2, dilation: 3, groups: 2, padding: [[1, 2]] }),
    convCase('causal', nn.conv1d, [1, 2, 5], [2, 2, 3], { padding: 'causal', dilation: 2 }),
  ],
  conv2d: [
    convCase('plain', nn.conv2d, [2, 2, 4, 5], [3, 2, 3, 2]),
    convCase('unbatched', nn.conv2d, [2, 4, 5], [3, 2, 3, 2]),
    convCase('everything asymmetric', nn.conv2d, [1, 4, 7, 6], [2, 2, 3, 2], {
      stride: [2, 1],
      dilation: [1, 2],
      groups: 2,
      padding: [
        [0, 1],
        [2, 1],
      ],
    }),
    convCase('stride larger than the kernel', nn.conv2d, [1, 2, 7, 7], [2, 2, 2, 1], { stride: 3 }),
    convCase('depthwise with multiplier', nn.conv2d, [1, 2, 4, 4], [4, 1, 3, 3], { groups: 2, padding: 1 }),
    convCase('pointwise', nn.conv2d, [2, 3, 2, 2], [4, 3, 1, 1]),
    convCase('same, with a stride', nn.conv2d, [1, 2, 5, 4], [2, 2, 3, 2], { padding: 'same', stride: 2 }),
    convCase('one-pixel output', nn.conv2d, [1, 2, 3, 3], [2, 2, 3, 3]),
    convCase('an empty batch', nn.conv2d, [0, 2, 3, 3], [2, 2, 3, 3]),
    ...(['reflect', 'replicate', 'circular'] as const).map((paddingMode) =>
      convCase(paddingMode, nn.conv2d, [1, 2, 4, 3], [2, 2, 3, 3], {
        padding: [
          [1, 2],
          [2, 0],
        ],
        paddingMode,
      }),
    ),
  ],
  conv3d: [
    convCase('plain', nn.conv3d, [1, 2, 3, 3, 3], [2, 2, 2, 2, 2]),
    convCase('everything asymmetric', nn.conv3d, [1, 2, 4, 3, 5], [2, 1, 2, 1, 3], {
      stride: [2, 1, 2],
      dilation: [1, 2, 1],
      groups: 2,
      padding: [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
    }),
  ],
  maxPool1d: pooled(nn.maxPool1d, [2, 2, 6]),
  maxPool2d: [
    ...pooled(nn.maxPool2d, [1, 2, 5, 4]),
    { what: '2x2', f: (x) => nn.maxPool2d(x, 2), inputs: [sampleDistinct(79, [2, 2, 4, 6])] },
  ],
  maxPool3d: pooled(nn.maxPool3d, [1, 1, 3, 4, 3]),
  maxPool1dWithIndices: [{ what: 'values', f: (x) => nn.maxPool1dWithIndices(x, 2).values, inputs: [sampleDistinct(79, [2, 2, 4])] }],
  maxPool2dWithIndices: [{ what: 'values', f: (x) => nn.maxPool2dWithIndices(x, 2).values, inputs: [sampleDistinct(79, [2, 2, 4, 4])] }],
  maxPool3dWithIndices: [{ what: 'values', f: (x) => nn.maxPool3dWithIndices(x, 2).values, inputs: [sampleDistinct(79, [1, 1, 4, 2, 4])] }],
  avgPool1d: averaged(nn.avgPool1d, [2, 2, 6]),
  avgPool2d: averaged(nn.avgPool2d, [1, 2, 5, 4]),
  avgPool3d: averaged(nn.avgPool3d, [1, 1, 4, 3, 3]),
  embedding: [
    {
      what: 'with repeats',
      f: (w) =>
        nn.embedding(
          tensor(
            [
              [1, 0],
              [1, 3],
            ],
            { dtype: 'int32' },
          ),
          w,
        ),
      inputs: [sample(84, [4, 3])],
    },
  ],
  dropout: [
    { what: 'training', f: (x) => nn.dropout(x, 0.4, { generator: new Generator(5) }), inputs: [sample(85, [3, 4])] },
    { what: 'evaluation', f: (x) => nn.dropout(x, 0.4, { training: false }), inputs: [sample(85, [3, 4])] },
  ],
  logSigmoid: [{ what: 'a matrix', f: nn.logSigmoid, inputs: [sample(86, [3, 4], -4, 4)] }],
  crossEntropy: [
    { what: 'classes', f: (x) => nn.crossEntropy(x, classes), inputs: [logits()] },
    {
      what: 'weights and an ignored class',
      f: (x) => nn.crossEntropy(x, classes, { weight: tensor([1, 2, 0.5]).to(x.dtype), ignoreIndex: 0 }),
      inputs: [logits()],
    },
    {
      what: 'smoothed, not reduced',
      f: (x) => nn.crossEntropy(x, classes, { labelSmoothing: 0.1, reduction: 'none' }),
      inputs: [logits()],
    },
    { what: 'probabilities', f: (x, p) => nn.crossEntropy(x, p, { reduction: 'sum' }), inputs: [logits(), sample(87, [4, 3], 0.1, 0.9)] },
    {
      what: 'with positions',
      f: (x) =>
        nn.crossEntropy(
          x,
          tensor(
            [
              [0, 1, 2],
              [2, 1, 0],
            ],
            { dtype: 'int32' },
          ),
        ),
      inputs: [sample(88, [2, 3, 3])],
    },
  ],
  nllLoss: [
    { what: 'mean', f: (x) => nn.nllLoss(x, classes), inputs: [logits()] },
    {
      what: 'weighted sum',
      f: (x) => nn.nllLoss(x, classes, { weight: tensor([1, 2, 0.5]).to(x.dtype), reduction: 'sum' }),
      inputs: [logits()],
    },
  ],
  mseLoss: [
    { what: 'mean', f: (x, y) => nn.mseLoss(x, y), inputs: [logits(), targets()] },
    { what: 'none', f: (x, y) => nn.mseLoss(x, y, { reduction: 'none' }), inputs: [logits(), targets()] },
  ],
  l1Loss: [{ what: 'mean', f: (x) => nn.l1Loss(x, nothing().to(x.dtype)), inputs: [apart()] }],
  smoothL1Loss: [{ what: 'both parts', f: (x) => nn.smoothL1Loss(x, nothing().to(x.dtype)), inputs: [apart()] }],
  huberLoss: [{ what: 'both parts', f: (x) => nn.huberLoss(x, nothing().to(x.dtype), { delta: 1.5 }), inputs: [apart()] }],
  bceWithLogits: [
    { what: 'by logits and targets', f: (x, y) => nn.bceWithLogits(x, y), inputs: [logits(), sample(89, [4, 3], 0.1, 0.9)] },
    {
      what: 'a positive weight',
      f: (x, y) => nn.bceWithLogits(x, y, { posWeight: tensor([1, 2, 3]).to(x.dtype) }),
      inputs: [logits(), sample(89, [4, 3], 0.1, 0.9)],
    },
  ],
};

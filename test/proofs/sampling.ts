import type { Tensor } from '@convgrad/core';
import * as nn from '@convgrad/nn';
import { type ProofCase, sample, sampleBetween } from './case.ts';

type DeformConv = typeof nn.deformConv2d;

/** Shapes of a deformable convolution; the offsets' fractional parts lie in [0.05, 0.95], away from the kinks at whole coordinates. */
interface DeformShapes {
  readonly x: readonly number[];
  readonly offset: readonly number[];
  readonly weight: readonly number[];
}

function deformCases(f: DeformConv, what: string, { x, offset, weight }: DeformShapes, options: nn.DeformConvOptions = {}): ProofCase[] {
  const rank = weight.length - 2;
  const channel = offset.length - rank - 1;
  const mask = offset.with(channel, offset[channel] / rank);
  const inputs = () => [sample(91, x), sampleBetween(92, offset), sample(93, weight), sample(94, [weight[0]])];
  return [
    { what: `${what}, version 1`, f: (a, p, w, b) => f(a, p, w, b, null, options), inputs: inputs() },
    { what: `${what}, version 2`, f: (a, p, w, b, m) => f(a, p, w, b, m, options), inputs: [...inputs(), sample(95, mask)] },
  ];
}

/** Two taps of two groups, as [N, rank * groups * taps, spatial..]. */
const offsets = (): Tensor => sample(96, [2, 8, 2, 3]);

/** Every position is some way from whole pixels: the seeds are such, and the step of the differences is 1e-6. */
function gridCases(x: readonly number[], grid: readonly number[]): ProofCase[] {
  const both: readonly boolean[] = [false, true];
  const paddings: readonly nn.GridPaddingMode[] = ['zeros', 'border', 'reflection'];
  return paddings.flatMap((paddingMode) =>
    both.map((alignCorners) => ({
      what: `${grid.length - 2} dimensions, ${paddingMode}${alignCorners ? ', corners aligned' : ''}`,
      f: (image, places) => nn.gridSample(image, places, { paddingMode, alignCorners }),
      inputs: [sample(97, x), sample(98, grid, -1.6, 1.6)],
    })),
  );
}

function resized(what: string, x: readonly number[], options: nn.InterpolateOptions): ProofCase {
  return { what, f: (image) => nn.interpolate(image, options), inputs: [sample(99, x)] };
}

/** Proof cases of what samples images at real positions. */
export const sampling: Readonly<Record<string, readonly ProofCase[]>> = {
  deformConv1d: [
    ...deformCases(nn.deformConv1d, 'padded', { x: [2, 2, 5], offset: [2, 3, 5], weight: [2, 2, 3] }, { padding: 1 }),
    ...deformCases(
      nn.deformConv1d,
      'strided, dilated, grouped',
      { x: [1, 4, 7], offset: [1, 4, 3], weight: [2, 2, 2] },
      { stride: 2, dilation: 3, padding: [[0, 1]] },
    ),
  ],
  deformConv2d: [
    ...deformCases(nn.deformConv2d, 'unbatched', { x: [2, 3, 4], offset: [8, 2, 3], weight: [2, 2, 2, 2] }),
    ...deformCases(
      nn.deformConv2d,
      'everything asymmetric',
      { x: [1, 4, 4, 3], offset: [1, 24, 1, 2], weight: [2, 2, 3, 2] },
      { stride: [2, 1], padding: [1, 0], dilation: [2, 1] },
    ),
    ...deformCases(nn.deformConv2d, 'one-pixel output', { x: [2, 1, 2, 2], offset: [2, 8, 1, 1], weight: [2, 1, 2, 2] }),
    ...deformCases(nn.deformConv2d, 'depthwise', { x: [1, 2, 3, 3], offset: [1, 16, 2, 2], weight: [2, 1, 2, 2] }),
    ...deformCases(nn.deformConv2d, 'an empty batch', { x: [0, 2, 3, 3], offset: [0, 8, 2, 2], weight: [2, 2, 2, 2] }),
  ],
  deformConv3d: [
    ...deformCases(
      nn.deformConv3d,
      'everything asymmetric',
      { x: [1, 2, 3, 2, 3], offset: [1, 12, 2, 2, 2], weight: [2, 1, 1, 1, 2] },
      {
        stride: [2, 1, 1],
        padding: [
          [0, 1],
          [0, 0],
          [1, 0],
        ],
        dilation: [1, 1, 2],
      },
    ),
  ],
  offsetFromBlocked: [{ what: 'in groups', f: (x) => nn.offsetFromBlocked(x, { offsetGroups: 2 }), inputs: [offsets()] }],
  offsetToBlocked: [{ what: 'as one', f: (x) => nn.offsetToBlocked(x), inputs: [offsets()] }],
  offsetFromXY: [{ what: 'in two dimensions', f: nn.offsetFromXY, inputs: [offsets()] }],
  offsetToXY: [{ what: 'in two dimensions', f: nn.offsetToXY, inputs: [offsets()] }],
  gridSample: [
    ...gridCases([2, 2, 4], [2, 3, 1]),
    ...gridCases([1, 2, 3, 4], [1, 2, 2, 2]),
    ...gridCases([1, 1, 2, 3, 2], [1, 1, 1, 2, 3]),
    {
      what: 'nearest, by the image',
      f: (x) => nn.gridSample(x, sample(98, [1, 2, 2, 2], -1.6, 1.6).detach().to(x.dtype), { mode: 'nearest' }),
      inputs: [sample(97, [1, 2, 3, 4])],
    },
  ],
  interpolate: [
    resized('nearest', [2, 2, 3, 4], { scaleFactor: [2, 1.5] }),
    resized('linear', [1, 2, 5], { size: 8, mode: 'linear' }),
    resized('bilinear', [2, 1, 3, 4], { scaleFactor: 2, mode: 'bilinear' }),
    resized('bilinear, smaller, corners aligned', [1, 2, 5, 6], { size: [3, 4], mode: 'bilinear', alignCorners: true }),
    resized('trilinear', [1, 1, 2, 3, 2], { scaleFactor: [2, 1, 1.5], mode: 'trilinear' }),
  ],
};

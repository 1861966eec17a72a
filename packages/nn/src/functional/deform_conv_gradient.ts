import { add, mul, plain, plainOutput, readable, stack, type Tensor, tensor, unsqueeze, viewAs, writable } from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';
import { sumOverChannels } from './channel_sum.ts';
import { conv, convInput, convWeight } from './convolution.ts';
import type { DeformConvGeometry } from './deform_conv_geometry.ts';
import { floatDType } from './float_dtype.ts';
import { type ConvGeometry, convGeometry } from './geometry.ts';
import { derivativeBy, gatherSamples, type Sampling, scatterSamples, sumOverGroups } from './sampling.ts';

/*
 * The gradients of y = W cols + b with cols = m S, S = gather_00(x, p). With G the cotangent and D = W^T G, sums over c being over the
 * channels of one offset group:
 *
 *   dW = G cols^T      dm = sum_c D S      dp_y = sum_c D m S_y      dp_x = sum_c D m S_x      dx = scatter_00(D m)      db = sum G
 *
 * where S_y = gather_10(x, p) and S_x = gather_01(x, p). `composedGradients` writes them in differentiable functions, which gives all
 * further orders; `fusedGradients` computes the same numbers in one kernel.
 */

/** What the gradients are calculated from; the mask may be missing. */
export interface DeformConvSaved {
  readonly x: Tensor;
  readonly offset: Tensor;
  readonly weight: Tensor;
  readonly mask: Tensor | null;
}

/** Which gradients are asked for. */
export interface DeformConvNeeds {
  readonly x: boolean;
  readonly offset: boolean;
  readonly weight: boolean;
  readonly bias: boolean;
  readonly mask: boolean;
}

/** Gradients by the operands; null where not asked for. */
export interface DeformConvGradients {
  readonly x: Tensor | null;
  readonly offset: Tensor | null;
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  readonly mask: Tensor | null;
}

/** The deformable convolution without its bias, written in differentiable functions. */
export function composedDeformConv({ x, offset, weight, mask }: DeformConvSaved, geometry: DeformConvGeometry): Tensor {
  const samples = gatherSamples(x, positionsOf(offset, geometry), samplingOf(geometry));
  const columns = mask === null ? samples : timesMask(samples, mask, geometry);
  const product = productGeometry(geometry);
  const y = conv(viewAs(columns, product.inputShape), viewAs(weight, product.weightShape), null, product);
  return viewAs(y, geometry.outputShape);
}

/** The gradients in differentiable functions. */
export function composedGradients(
  g: Tensor,
  { x, offset, weight, mask }: DeformConvSaved,
  needs: DeformConvNeeds,
  geometry: DeformConvGeometry,
): DeformConvGradients {
  const { offsetGroups } = geometry;
  const sampling = samplingOf(geometry);
  const product = productGeometry(geometry);
  const positions = positionsOf(offset, geometry);
  const cotangent = viewAs(g, product.outputShape);
  const samples = needs.weight || needs.mask ? gatherSamples(x, positions, sampling) : null;
  const needsSamples = needs.x || needs.offset || needs.mask;
  const dColumns = needsSamples
    ? viewAs(convInput(cotangent, viewAs(weight, product.weightShape), null, product), columnShape(geometry))
    : null;
  const dSamples = dColumns === null || mask === null ? dColumns : timesMask(dColumns, mask, geometry);

  let dWeight: Tensor | null = null;
  if (needs.weight && samples !== null) {
    const columns = mask === null ? samples : timesMask(samples, mask, geometry);
    dWeight = viewAs(convWeight(viewAs(columns, product.inputShape), cotangent, product), geometry.weightShape);
  }
  let dMask: Tensor | null = null;
  if (needs.mask && samples !== null && dColumns !== null) {
    dMask = viewAs(sumOverGroups(mul(dColumns, samples), offsetGroups), geometry.maskShape);
  }
  let dOffset: Tensor | null = null;
  if (needs.offset && dSamples !== null) {
    const coordinates = slopesOf(sampling).map((slope) => sumOverGroups(mul(dSamples, gatherSamples(x, positions, slope)), offsetGroups));
    dOffset = viewAs(stack(coordinates, 3), geometry.offsetShape);
  }
  return {
    x: needs.x && dSamples !== null ? scatterSamples(dSamples, positions, sampling) : null,
    offset: dOffset,
    weight: dWeight,
    bias: needs.bias ? sumOverChannels(g) : null,
    mask: dMask,
  };
}

/** The gradients, not differentiable. */
export function fusedGradients(
  g: Tensor,
  { x, offset, weight, mask }: DeformConvSaved,
  needs: DeformConvNeeds,
  geometry: DeformConvGeometry,
): DeformConvGradients {
  const dtype = floatDType('deformConv', x);
  const inputs = mask === null ? [g, x, offset, weight] : [g, x, offset, weight, mask];
  return plain(inputs, () => {
    const gradients = {
      x: needs.x ? plainOutput(geometry.inputShape, dtype) : null,
      offset: needs.offset ? plainOutput(geometry.offsetShape, dtype) : null,
      weight: needs.weight ? plainOutput(geometry.weightShape, dtype) : null,
      bias: needs.bias ? plainOutput([geometry.outChannels], dtype) : null,
      mask: needs.mask ? plainOutput(geometry.maskShape, dtype) : null,
    };
    kernels.deformConvGrad(
      dtype,
      {
        gradOutput: readable(g.storage),
        x: readable(x.storage),
        offset: readable(offset.storage),
        weight: readable(weight.storage),
        mask: mask === null ? 0 : readable(mask.storage),
        gradInput: gradients.x === null ? 0 : writable(gradients.x.storage),
        gradOffset: gradients.offset === null ? 0 : writable(gradients.offset.storage),
        gradWeight: gradients.weight === null ? 0 : writable(gradients.weight.storage),
        gradBias: gradients.bias === null ? 0 : writable(gradients.bias.storage),
        gradMask: gradients.mask === null ? 0 : writable(gradients.mask.storage),
      },
      geometry,
    );
    return gradients;
  });
}

function tapsOf({ kernelSize }: DeformConvGeometry): number {
  return kernelSize[0] * kernelSize[1] * kernelSize[2];
}

function pointsOf({ outSize }: DeformConvGeometry): number {
  return outSize[0] * outSize[1] * outSize[2];
}

function samplingOf(geometry: DeformConvGeometry): Sampling {
  const { inputShape, batch, offsetGroups, rank } = geometry;
  return {
    imageShape: inputShape,
    positionShape: [batch, offsetGroups, tapsOf(geometry), rank, pointsOf(geometry)],
    order: new Array<0>(rank).fill(0),
    nearest: false,
  };
}

/** [N, C, taps, points] */
function columnShape(geometry: DeformConvGeometry): number[] {
  return [geometry.batch, geometry.channels, tapsOf(geometry), pointsOf(geometry)];
}

/** The product with the weight: a convolution of C * taps channels over the points, with a kernel of one. */
function productGeometry(geometry: DeformConvGeometry): ConvGeometry {
  const { batch, channels, outChannels, groups } = geometry;
  const taps = tapsOf(geometry);
  const input = [batch, channels * taps, pointsOf(geometry)];
  const weight = [outChannels, (channels / groups) * taps, 1];
  return convGeometry('deformConv', input, weight, { stride: [1], dilation: [1], groups }, [[0, 0]]);
}

function slopesOf(sampling: Sampling): Sampling[] {
  return sampling.order.map((_, dim) => derivativeBy(sampling, dim)).filter((slope) => slope !== null);
}

/** samples [N, C, taps, points] times the mask of each channel's offset group. */
function timesMask(samples: Tensor, mask: Tensor, geometry: DeformConvGeometry): Tensor {
  const { batch, channels, offsetGroups } = geometry;
  const [taps, points] = [tapsOf(geometry), pointsOf(geometry)];
  const grouped = viewAs(samples, [batch, offsetGroups, channels / offsetGroups, taps, points]);
  const product = mul(grouped, unsqueeze(viewAs(mask, [batch, offsetGroups, taps, points]), 2));
  return viewAs(product, samples.shape);
}

/** Base grid + offset: [N, offsetGroups, taps, rank, points]. */
function positionsOf(offset: Tensor, geometry: DeformConvGeometry): Tensor {
  return add(viewAs(offset, samplingOf(geometry).positionShape), baseGrid(geometry, floatDType('deformConv', offset)));
}

/** Where the taps are without offsets: [taps, rank, points]. */
function baseGrid(geometry: DeformConvGeometry, dtype: 'float32' | 'float64'): Tensor {
  const { rank, kernelSize, outSize, stride, dilation, padding } = geometry;
  const [taps, points] = [tapsOf(geometry), pointsOf(geometry)];
  const grid = new Float64Array(taps * rank * points);
  for (let tap = 0; tap < taps; tap++) {
    const tapAt = placeIn(kernelSize, tap);
    for (let point = 0; point < points; point++) {
      const outputAt = placeIn(outSize, point);
      for (let d = 0; d < rank; d++) {
        const dim = 3 - rank + d;
        grid[(tap * rank + d) * points + point] = outputAt[dim] * stride[dim] - padding[dim] + tapAt[dim] * dilation[dim];
      }
    }
  }
  return tensor(grid, { shape: [taps, rank, points], dtype });
}

/** The index (depth, height, width) of a flat place. */
function placeIn(size: readonly number[], flat: number): readonly number[] {
  return [Math.floor(flat / (size[1] * size[2])), Math.floor(flat / size[2]) % size[1], flat % size[2]];
}

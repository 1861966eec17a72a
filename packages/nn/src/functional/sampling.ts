import { apply, defineFunction, mul, readable, type Shape, stack, sum, sumTo, type Tensor, viewAs, writable, zeros } from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';
import { floatDType } from './float_dtype.ts';
import { threeDimensions } from './spatial.ts';

/*
 * Linear interpolation of an image that continues with zeros, at a position p = (y, x), with the hat function B(t, i) = max(0, 1 - |t - i|):
 *
 *   gather_ab(x, p)  = sum over i, j of  B^(a)(p_y, i) B^(b)(p_x, j) x[i, j]          the orders a, b are 0 or 1
 *   scatter_ab(g, p) = its adjoint by x:  x[i, j] = sum over all positions of  B^(a)(p_y, i) B^(b)(p_x, j) g
 *
 * B'(t, i) is +1 for i - 1 <= t < i, -1 for i <= t < i + 1 and else 0; B'' = 0. With the cotangents h (of samples) and u (of an image),
 *
 *   gather_ab(x, p):   dx = scatter_ab(h, p)     dp_y = h gather_(a+1)b(x, p), 0 where a is 1     dp_x alike
 *   scatter_ab(g, p):  dg = gather_ab(u, p)      dp_y = g gather_(a+1)b(u, p), 0 where a is 1     dp_x alike
 *
 * so the two are closed under differentiation. Channels of one group share their positions: dp is summed over them.
 */

/** Order of the derivative by one coordinate. */
type Order = 0 | 1;

/** What the pair gather_ab and scatter_ab is applied to. */
export interface Sampling {
  /** [N, C, spatial..] */
  readonly imageShape: Shape;
  /** [N or 1, groups, taps, rank, points]; 1 where all images have the same positions. Coordinates in the order of the image's dimensions. */
  readonly positionShape: Shape;
  /** One for each spatial dimension. */
  readonly order: readonly Order[];
  /** Take the pixel at the position rounded down instead; nothing flows to the positions then. */
  readonly nearest: boolean;
}

const gatherFunction = defineFunction<[Tensor, Tensor], Sampling>({
  name: 'gatherSamples',
  forward(call, [x, positions], sampling) {
    const y = call.output(sampleShape(sampling), x.dtype);
    call.save(x, positions);
    const dtype = floatDType('gatherSamples', x);
    kernels.sampleGather(dtype, readable(x.storage), readable(positions.storage), writable(y.storage), sizesOf(sampling));
    return y;
  },
  backward(call, h, sampling) {
    const [x, positions] = [call.saved(0), call.saved(1)];
    return [
      call.needsGrad(0) ? scatterSamples(h, positions, sampling) : null,
      call.needsGrad(1) ? gradPositions(h, x, positions, sampling) : null,
    ];
  },
});

const scatterFunction = defineFunction<[Tensor, Tensor], Sampling>({
  name: 'scatterSamples',
  forward(call, [g, positions], sampling) {
    const x = call.output(sampling.imageShape, g.dtype);
    call.save(g, positions);
    const dtype = floatDType('scatterSamples', g);
    kernels.sampleScatter(dtype, readable(g.storage), readable(positions.storage), writable(x.storage), sizesOf(sampling));
    return x;
  },
  backward(call, u, sampling) {
    const [g, positions] = [call.saved(0), call.saved(1)];
    return [
      call.needsGrad(0) ? gatherSamples(u, positions, sampling) : null,
      call.needsGrad(1) ? gradPositions(g, u, positions, sampling) : null,
    ];
  },
});

/**
 * The image at the positions, or a derivative of it by position.
 *
 * @param x [N, C, spatial..]
 * @param positions [N or 1, groups, taps, rank, points]
 * @returns [N, C, taps, points]
 */
export function gatherSamples(x: Tensor, positions: Tensor, sampling: Sampling): Tensor {
  return apply(gatherFunction, [x, positions], sampling);
}

/** The adjoint of `gatherSamples` by the image: g [N, C, taps, points] -> [N, C, spatial..]. */
export function scatterSamples(g: Tensor, positions: Tensor, sampling: Sampling): Tensor {
  return apply(scatterFunction, [g, positions], sampling);
}

/** The sampling whose order is higher by one in dimension `dim`; null where that derivative is 0. */
export function derivativeBy(sampling: Sampling, dim: number): Sampling | null {
  if (sampling.nearest || sampling.order[dim] === 1) return null;
  return { ...sampling, order: sampling.order.with(dim, 1) };
}

/** The sum over the channels of each group: [N, C, taps, points] -> [N, groups, taps, points]. */
export function sumOverGroups(samples: Tensor, groups: number): Tensor {
  const [batch, channels, taps, points] = samples.shape;
  return sum(viewAs(samples, [batch, groups, channels / groups, taps, points]), 2);
}

/** dp = sum over the channels of a group of  g gather_(a+1)b(image, p) */
function gradPositions(g: Tensor, image: Tensor, positions: Tensor, sampling: Sampling): Tensor | null {
  const slopes = sampling.order.map((_, dim) => derivativeBy(sampling, dim));
  if (slopes.every((slope) => slope === null)) return null;
  const [, groups, taps, , points] = sampling.positionShape;
  const nothing = zeros([g.shape[0], groups, taps, points], { dtype: g.dtype });
  const coordinates = slopes.map((slope) =>
    slope === null ? nothing : sumOverGroups(mul(g, gatherSamples(image, positions, slope)), groups),
  );
  return sumTo(stack(coordinates, 3), sampling.positionShape);
}

function sampleShape({ imageShape, positionShape }: Sampling): Shape {
  const [, , taps, , points] = positionShape;
  return [imageShape[0], imageShape[1], taps, points];
}

function sizesOf({ imageShape, positionShape, order, nearest }: Sampling): kernels.SampleSizes {
  const [images, groups, taps, rank, points] = positionShape;
  return {
    batch: imageShape[0],
    groups,
    channels: imageShape[1] / groups,
    taps,
    points,
    rank,
    inSize: threeDimensions(imageShape.slice(2), 1),
    order: threeDimensions(order, 0),
    nearest,
    sharedPositions: images === 1,
  };
}

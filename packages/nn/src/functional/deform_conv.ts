import {
  apply,
  defineFunction,
  isGradEnabled,
  printShape,
  readable,
  requireSameFloat,
  reshape,
  type Shape,
  ShapeError,
  type Tensor,
  unsqueeze,
  writable,
} from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';
import {
  type DeformConvGeometry,
  type DeformConvOptions,
  type DeformConvSettings,
  deformConvGeometry,
  deformConvSettings,
} from './deform_conv_geometry.ts';
import { composedGradients, type DeformConvNeeds, fusedGradients } from './deform_conv_gradient.ts';
import { floatDType } from './float_dtype.ts';

/**
 * y = W . (m * S) + b with the samples S = gather_00(x, p) at p = base grid + offset, for every tap k of the kernel and output position j:
 *
 *   y[n, o, j] = b[o] + sum over c, k of  w[o, c, k] m[n, k, j] S[n, c, k, j]        p[n, k, j] = j s + k d - padding + offset[n, k, j]
 *
 * (c in the group of o; m and p those of the offset group of c; m = 1 without a mask). Its gradients: see `deform_conv_gradient.ts`,
 * and docs/convolutions.md, "Deformable, version 1" and "2".
 * Dai et al. 2017 (arXiv:1703.06211), with a mask Zhu et al. 2018 (arXiv:1811.11168).
 */
const deformConvFunction = defineFunction<[Tensor, Tensor, Tensor, Tensor | null, Tensor | null], DeformConvGeometry>({
  name: 'deformConv',
  forward(call, [x, offset, weight, bias, mask], geometry) {
    const y = call.output(geometry.outputShape, x.dtype);
    call.save(x, offset, weight, mask);
    kernels.deformConv(
      floatDType('deformConv', x),
      {
        x: readable(x.storage),
        offset: readable(offset.storage),
        weight: readable(weight.storage),
        bias: bias === null ? 0 : readable(bias.storage),
        mask: mask === null ? 0 : readable(mask.storage),
        y: writable(y.storage),
      },
      geometry,
    );
    return y;
  },
  backward(call, g, geometry) {
    const operands = { x: call.saved(0), offset: call.saved(1), weight: call.saved(2), mask: call.savedOrNull(3) };
    const needs: DeformConvNeeds = {
      x: call.needsGrad(0),
      offset: call.needsGrad(1),
      weight: call.needsGrad(2),
      bias: call.needsGrad(3),
      mask: call.needsGrad(4),
    };
    const needsSamples = needs.x || needs.offset || needs.weight || needs.mask;
    const gradientsOf = isGradEnabled() || !needsSamples ? composedGradients : fusedGradients;
    const gradients = gradientsOf(g, operands, needs, geometry);
    return [gradients.x, gradients.offset, gradients.weight, gradients.bias, gradients.mask];
  },
});

/** Operands of a deformable convolution; bias and mask may be missing. */
export interface DeformConvOperands {
  readonly offset: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly mask: Tensor | null;
}

/** A deformable convolution over `rank` spatial dimensions, with settings that were checked before; `name` is what errors call it. */
export function deformConvolve(name: string, rank: number, x: Tensor, operands: DeformConvOperands, settings: DeformConvSettings): Tensor {
  const { offset, weight, bias, mask } = operands;
  requireSameFloat(name, [x, offset, weight, bias, mask], ['input', 'offset', 'weight', 'bias', 'mask']);
  const isBatched = x.ndim === rank + 2;
  const batched = (tensor: Tensor): Tensor => (isBatched ? tensor : unsqueeze(tensor, 0));
  checkRank(name, 'input', rank, x.shape, x.ndim === rank + 1 || isBatched);
  checkRank(name, 'offset', rank, offset.shape, offset.ndim === x.ndim, x.shape);
  if (mask !== null) checkRank(name, 'mask', rank, mask.shape, mask.ndim === x.ndim, x.shape);
  const [image, offsets, masks] = [batched(x), batched(offset), mask === null ? null : batched(mask)];
  const shapes = { input: image.shape, offset: offsets.shape, weight: weight.shape, bias: bias?.shape ?? null, mask: masks?.shape ?? null };
  const y = apply(deformConvFunction, [image, offsets, weight, bias, masks], deformConvGeometry(name, rank, shapes, settings));
  return isBatched ? y : reshape(y, y.shape.slice(1));
}

function checkRank(name: string, what: string, rank: number, shape: Shape, fits: boolean, input?: Shape): void {
  if (fits) return;
  const beside = input === undefined ? '' : ` beside input ${printShape(input)}`;
  throw new ShapeError(
    `${name}: ${what} must be [N, channels, ${rank} spatial dimensions], all of them without N or none; got ${printShape(shape)}${beside}`,
  );
}

/**
 * Deformable convolution over sequences: tap k of the kernel reads the input where `offset` moves it, between elements by linear interpolation.
 *
 * Borders, and offsets that are not finite: as in `deformConv2d`. Groups follow from the shapes: C / weight.shape[1] of the weight,
 * offset.shape[1] / k of the offsets.
 *
 * @param x [N, C, L] or [C, L]
 * @param offset [N, offsetGroups * k, L'] in elements, one number a tap
 * @param weight [O, C / groups, k]
 * @param bias [O], or nothing
 * @param mask [N, offsetGroups * k, L'], which multiplies the samples, or nothing
 * @returns [N, O, L']
 * @throws ShapeError if the sizes do not fit; ArgumentError for an option that is not allowed; DTypeError for integers or mixed floats
 * @example deformConv1d(tensor([[[1, 2, 3, 4]]]), full([1, 1, 4], 0.5), ones([1, 1, 1])) // [[[1.5, 2.5, 3.5, 2]]]
 */
export function deformConv1d(
  x: Tensor,
  offset: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  mask: Tensor | null = null,
  options: DeformConvOptions = {},
): Tensor {
  return deformConvolve('deformConv1d', 1, x, { offset, weight, bias, mask }, deformConvSettings('deformConv1d', 1, options));
}

/**
 * Deformable convolution over images: every tap of the kernel reads the image where `offset` moves it, between pixels by bilinear
 * interpolation. Without a mask it is version 1, with one (usually a sigmoid) version 2. Differentiable any number of times.
 *
 * Channels of the offset: for each offset group, for each tap in row-major order, the **y** offset and then the **x** offset: channel
 * 2 (group kH kW + tap) is y, the next one x. `offsetFromBlocked` and `offsetFromXY` convert other orders. Input channel c belongs to offset
 * group c / (C / offsetGroups), rounded down. Groups follow from the shapes: C / weight.shape[1] of the weight, and
 * offset.shape[1] / (2 kH kW) of the offsets.
 *
 * The image continues with zeros in every direction, so a sample fades to zero over one pixel beyond the border. At whole coordinates the
 * gradient by the offset is the derivative towards larger ones: at exactly y = -1 the sample is 0, but its derivative by y is the pixel of row
 * 0 (other libraries give 0). Where an offset is not finite, or a position beyond +-2^30, the sample and all its gradients are 0 (torchvision
 * gives NaN or crashes).
 *
 * @param x [N, C, H, W] or [C, H, W]
 * @param offset [N, 2 * offsetGroups * kH * kW, H', W'] in pixels
 * @param weight [O, C / groups, kH, kW]
 * @param bias [O], or nothing
 * @param mask [N, offsetGroups * kH * kW, H', W'], which multiplies the samples, or nothing
 * @returns [N, O, H', W'], of the size that `conv2d` gives
 * @throws ShapeError if the sizes do not fit; ArgumentError for an option that is not allowed; DTypeError for integers or mixed floats
 * @example deformConv2d(ones([1, 8, 5, 5]), zeros([1, 18, 3, 3]), ones([16, 8, 3, 3])) // shape [1, 16, 3, 3], all 72: as conv2d
 */
export function deformConv2d(
  x: Tensor,
  offset: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  mask: Tensor | null = null,
  options: DeformConvOptions = {},
): Tensor {
  return deformConvolve('deformConv2d', 2, x, { offset, weight, bias, mask }, deformConvSettings('deformConv2d', 2, options));
}

/**
 * Deformable convolution over volumes: every tap of the kernel reads the volume where `offset` moves it, by trilinear interpolation.
 *
 * Channels of the offset: for each offset group, for each tap in row-major order, the z, the y and then the x offset. Borders, and
 * offsets that are not finite: as in `deformConv2d`. Groups follow from the shapes: C / weight.shape[1] of the weight, and
 * offset.shape[1] / (3 kD kH kW) of the offsets.
 *
 * @param x [N, C, D, H, W] or [C, D, H, W]
 * @param offset [N, 3 * offsetGroups * kD * kH * kW, D', H', W'] in voxels
 * @param weight [O, C / groups, kD, kH, kW]
 * @param bias [O], or nothing
 * @param mask [N, offsetGroups * kD * kH * kW, D', H', W'], which multiplies the samples, or nothing
 * @returns [N, O, D', H', W']
 * @throws ShapeError if the sizes do not fit; ArgumentError for an option that is not allowed; DTypeError for integers or mixed floats
 * @example deformConv3d(randn([1, 2, 4, 4, 4]), zeros([1, 24, 3, 3, 3]), randn([5, 2, 2, 2, 2])).shape // [1, 5, 3, 3, 3]
 */
export function deformConv3d(
  x: Tensor,
  offset: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  mask: Tensor | null = null,
  options: DeformConvOptions = {},
): Tensor {
  return deformConvolve('deformConv3d', 3, x, { offset, weight, bias, mask }, deformConvSettings('deformConv3d', 3, options));
}

import {
  ArgumentError,
  abs,
  add,
  cat,
  clamp,
  div,
  floor,
  mul,
  noGrad,
  printShape,
  requireSameFloat,
  round,
  ShapeError,
  select,
  sizeOf,
  sub,
  type Tensor,
  viewAs,
} from '@convgrad/core';
import { gatherSamples } from './sampling.ts';

/** How a value between pixels comes about: linearly from those around it, in every dimension, or from the nearest one. */
export type GridSampleMode = 'bilinear' | 'nearest';

/** What lies beyond the image: zeros, its border, the image mirrored. */
export type GridPaddingMode = 'zeros' | 'border' | 'reflection';

/** Options of `gridSample`. */
export interface GridSampleOptions {
  /** Default 'bilinear', which also stands for linear and trilinear. */
  readonly mode?: GridSampleMode;
  /** Default 'zeros'. */
  readonly paddingMode?: GridPaddingMode;
  /** Whether -1 and 1 are the centres of the border pixels; else they are the image's borders. Default false. */
  readonly alignCorners?: boolean;
}

const modes: readonly string[] = ['bilinear', 'nearest'] satisfies GridSampleMode[];
const paddingModes: readonly string[] = ['zeros', 'border', 'reflection'] satisfies GridPaddingMode[];

/**
 * The image at the positions of a grid, by coordinates from -1 to 1 in the order x, y (, z): the last spatial dimension first.
 *
 * Differentiable any number of times by the image and, where interpolated, by the grid; at pixel centres the gradient by the grid is the
 * derivative towards larger coordinates. With zeros beyond the image a sample fades to zero over one pixel. A coordinate that is not a number
 * gives 0 and no gradients (in PyTorch NaN), as infinite ones do with zeros and reflection. Halves round to even, as in PyTorch.
 *
 * @param x [N, C, H, W]; also [N, C, L] and [N, C, D, H, W]
 * @param grid [N, H', W', 2]; [N, L', 1] and [N, D', H', W', 3]
 * @returns [N, C, H', W']
 * @throws ShapeError if the shapes do not fit; ArgumentError for an option that is not allowed; DTypeError for integers or mixed floats
 * @example gridSample(tensor([[[[1, 2], [3, 4]]]]), tensor([[[[0, 0]]]])) // [[[[2.5]]]]
 */
export function gridSample(x: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  const { mode = 'bilinear', paddingMode = 'zeros', alignCorners = false } = options;
  checkGrid(x, grid, mode, paddingMode);
  const rank = x.ndim - 2;
  const batch = x.shape[0];
  const outSize = grid.shape.slice(1, -1);
  const points = sizeOf(outSize);
  const coordinates = x.shape.slice(2).map((length, dim) => {
    const normalized = viewAs(select(grid, -1, rank - 1 - dim), [batch, 1, 1, 1, points]);
    const position = padded(pixelsOf(normalized, length, alignCorners), length, paddingMode, alignCorners);
    return mode === 'nearest' ? round(position) : position;
  });
  const sampling = {
    imageShape: x.shape,
    positionShape: [batch, 1, 1, rank, points],
    order: new Array<0>(rank).fill(0),
    nearest: mode === 'nearest',
  };
  return viewAs(gatherSamples(x, cat(coordinates, 3), sampling), [batch, x.shape[1], ...outSize]);
}

/** From -1 .. 1 to pixels. */
function pixelsOf(normalized: Tensor, length: number, alignCorners: boolean): Tensor {
  return alignCorners ? mul(add(normalized, 1), (length - 1) / 2) : sub(mul(add(normalized, 1), length / 2), 0.5);
}

function padded(position: Tensor, length: number, paddingMode: GridPaddingMode, alignCorners: boolean): Tensor {
  if (paddingMode === 'zeros') return position;
  if (paddingMode === 'border') return clamp(position, { min: 0, max: length - 1 });
  const reflected = alignCorners ? reflect(position, 0, length - 1) : reflect(position, -0.5, length);
  return clamp(reflected, { min: 0, max: length - 1 });
}

/**
 * The position mirrored at `low` and at `low + span`, as often as it takes. With q = |u - low| and k = floor(q / span), of which neither has
 * a slope where q is smooth:  u = low + q - k span for even k, low + span - (q - k span) for odd k.
 */
function reflect(position: Tensor, low: number, span: number): Tensor {
  if (span === 0) return mul(position, 0);
  const distance = abs(sub(position, low));
  const { sign, start } = noGrad(() => {
    const count = floor(div(distance, span));
    const odd = sub(count, mul(floor(div(count, 2)), 2));
    const direction = sub(1, mul(odd, 2));
    return { sign: direction, start: add(sub(mul(odd, span), mul(mul(direction, count), span)), low) };
  });
  return add(mul(sign, distance), start);
}

function checkGrid(x: Tensor, grid: Tensor, mode: GridSampleMode, paddingMode: GridPaddingMode): void {
  if (!modes.includes(mode)) throw new ArgumentError(`gridSample: mode must be one of ${modes.join(', ')}, not '${mode}'`);
  if (!paddingModes.includes(paddingMode)) {
    throw new ArgumentError(`gridSample: paddingMode must be one of ${paddingModes.join(', ')}, not '${paddingMode}'`);
  }
  requireSameFloat('gridSample', [x, grid], ['input', 'grid']);
  const rank = x.ndim - 2;
  if (rank < 1 || rank > 3) {
    throw new ShapeError(`gridSample: input must be [N, C, one to three spatial dimensions], got ${printShape(x.shape)}`);
  }
  if (x.shape.slice(2).includes(0)) throw new ShapeError(`gridSample: input ${printShape(x.shape)} has an empty spatial dimension`);
  const fits = grid.ndim === x.ndim && grid.shape[0] === x.shape[0] && grid.shape[grid.ndim - 1] === rank;
  if (!fits) {
    throw new ShapeError(
      `gridSample: for input ${printShape(x.shape)} the grid must be [${x.shape[0]}, ${rank} output sizes, ${rank}], got ${printShape(grid.shape)}`,
    );
  }
}

import { printShape, type Shape, ShapeError } from '@convgrad/core';
import type { PoolWindows } from '@convgrad/core/kernels';
import { type Padding, type PaddingPair, paddingFor, type ResolvedPadding, resolvePadding } from './padding.ts';
import { checkPaddedSize, effectiveSteps, type PerDimension, perDimension, spatialSizes, type Triple, threeDimensions } from './spatial.ts';

/** Options that all poolings have. */
export interface PoolOptions {
  /** Step of the window. Default: its size. */
  readonly stride?: PerDimension;
  /** Rows added around the image, given in numbers at most half a window. Default 0. */
  readonly padding?: Padding;
  /** Round the number of windows up, not down; a last window that would start behind the image is dropped. Default false. */
  readonly ceilMode?: boolean;
}

/** The options of a pooling, checked, with one entry for each spatial dimension. */
export interface PoolSettings {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: ResolvedPadding;
  readonly dilation: readonly number[];
  readonly ceilMode: boolean;
}

/** The windows of a pooling over an image, as kernels take them, and the shape of the result. */
export interface PoolGeometry extends PoolWindows {
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** Behind the image. */
  readonly paddingAfter: Triple;
}

/**
 * The options of a pooling over `rank` spatial dimensions in their spelt-out form.
 *
 * @throws ArgumentError for a value that is not allowed
 */
export function poolSettings(
  name: string,
  rank: number,
  kernelSize: PerDimension,
  { stride = kernelSize, padding = 0, ceilMode = false }: PoolOptions,
  dilation: PerDimension = 1,
): PoolSettings {
  return {
    kernelSize: perDimension(name, 'kernelSize', kernelSize, rank, 1),
    stride: perDimension(name, 'stride', stride, rank, 1),
    padding: resolvePadding(name, padding, rank),
    dilation: perDimension(name, 'dilation', dilation, rank, 1),
    ceilMode,
  };
}

/**
 * The windows of a pooling of an image [N, C, spatial..] or [C, spatial..].
 *
 * @throws ShapeError if a window is larger than the padded image, or the padding larger than half a window, or a window sees none of the image
 */
export function poolGeometry(name: string, rank: number, input: Shape, settings: PoolSettings): PoolGeometry {
  const { kernelSize, stride, dilation } = settings;
  const inSize = spatialSizes(name, input, rank);
  const padding = paddingFor(settings.padding, inSize, kernelSize, stride, dilation);
  checkPaddedSize(
    name,
    inSize.map((length, dim) => length + padding[dim][0] + padding[dim][1]),
  );
  const outSize = inSize.map((length, dim) => {
    const pair = padding[dim];
    if (typeof settings.padding !== 'string') checkPoolPadding(name, kernelSize[dim], dilation[dim], pair);
    const count = poolWindowCount(length, kernelSize[dim], stride[dim], dilation[dim], pair, settings.ceilMode);
    if (count < 1) {
      throw new ShapeError(
        `${name}: the window ${printShape(kernelSize)} with dilation ${printShape(dilation)} is larger than input ${printShape(input)} ` +
          `with padding (${pair.join(', ')}) in spatial dimension ${dim}`,
      );
    }
    checkWindowsTouch(name, length, kernelSize[dim], stride[dim], dilation[dim], pair[0], count);
    return count;
  });
  const leading = input.slice(0, input.length - rank);
  return {
    inputShape: input,
    outputShape: [...leading, ...outSize],
    planes: leading.reduce((planes, length) => planes * length, 1),
    inSize: threeDimensions(inSize, 1),
    kernelSize: threeDimensions(kernelSize, 1),
    outSize: threeDimensions(outSize, 1),
    stride: threeDimensions(effectiveSteps(stride, outSize), 1),
    dilation: threeDimensions(effectiveSteps(dilation, kernelSize), 1),
    padding: threeDimensions(
      padding.map(([before]) => before),
      0,
    ),
    paddingAfter: threeDimensions(
      padding.map(([, after]) => after),
      0,
    ),
  };
}

/** As in PyTorch: with more padding, a window could see nothing else. The rules by name are known to be right. */
function checkPoolPadding(name: string, kernelSize: number, dilation: number, padding: PaddingPair): void {
  const extent = dilation * (kernelSize - 1) + 1;
  if (Math.max(...padding) > extent / 2) {
    throw new ShapeError(
      `${name}: padding must be at most half of the window, got padding (${padding.join(', ')}) for kernelSize ${kernelSize} and dilation ${dilation}`,
    );
  }
}

function poolWindowCount(
  length: number,
  kernelSize: number,
  stride: number,
  dilation: number,
  [before, after]: PaddingPair,
  ceilMode: boolean,
): number {
  const room = length + before + after - dilation * (kernelSize - 1) - 1;
  if (room < 0) return 0;
  if (!ceilMode) return Math.floor(room / stride) + 1;
  const count = Math.ceil(room / stride) + 1;
  return (count - 1) * stride >= length + before ? count - 1 : count;
}

/** Dilated taps can step over a small image: then the maximum, or the mean without padding, would be that of nothing. */
function checkWindowsTouch(
  name: string,
  length: number,
  kernelSize: number,
  stride: number,
  dilation: number,
  before: number,
  count: number,
): void {
  for (let window = 0; window < count && window * stride < before; window++) {
    const start = window * stride - before;
    const firstTap = Math.ceil(-start / dilation);
    if (firstTap >= kernelSize || start + firstTap * dilation >= length) {
      throw new ShapeError(
        `${name}: window ${window} has no element of the image: kernelSize ${kernelSize}, dilation ${dilation} and padding ${before} step over size ${length}`,
      );
    }
  }
}

import { ArgumentError, permute, printShape, reshape, type Shape, ShapeError, type Tensor } from '@convgrad/core';

/** Dimensions in front of the image stay where they are: the order of `last`, counted behind them. */
function lastDims(leading: Shape, last: readonly number[]): number[] {
  return [...leading.map((_, dim) => dim), ...last.map((dim) => leading.length + dim)];
}

/** Sizes are counted in 32 bits, and so is the square of a factor. */
const largestFactor = 46340;

function checkFactor(name: string, what: string, factor: number): void {
  if (!Number.isInteger(factor) || factor < 1 || factor > largestFactor) {
    throw new ArgumentError(`${name}: ${what} must be a whole number of at least 1 and at most ${largestFactor}, got ${factor}`);
  }
}

function checkImage(name: string, shape: Shape): void {
  if (shape.length < 3) throw new ShapeError(`${name}: input must be [.., C, H, W], got ${printShape(shape)}`);
}

/**
 * Channels as pixels: channel c r^2 + i r + j of a pixel becomes row offset i, column offset j of an r x r block.
 *
 * x [.., C r^2, H, W] -> [.., C, H r, W r]
 *
 * @throws ShapeError if the channels do not divide by r^2; ArgumentError for a wrong factor
 * Shi et al. 2016, sub-pixel convolution
 * @example pixelShuffle(tensor([[[1]], [[2]], [[3]], [[4]]]), 2) // [[[1, 2], [3, 4]]]
 */
export function pixelShuffle(x: Tensor, upscaleFactor: number): Tensor {
  checkFactor('pixelShuffle', 'upscaleFactor', upscaleFactor);
  checkImage('pixelShuffle', x.shape);
  const [channels, height, width] = x.shape.slice(-3);
  const leading = x.shape.slice(0, -3);
  const r = upscaleFactor;
  if (channels % r ** 2 !== 0) {
    throw new ShapeError(
      `pixelShuffle: the ${channels} channels of input ${printShape(x.shape)} do not divide by upscaleFactor^2 = ${r ** 2}`,
    );
  }
  const blocks = reshape(x, [...leading, channels / r ** 2, r, r, height, width]);
  return reshape(permute(blocks, lastDims(leading, [0, 3, 1, 4, 2])), [...leading, channels / r ** 2, height * r, width * r]);
}

/**
 * Pixels as channels, the inverse of `pixelShuffle`.
 *
 * x [.., C, H r, W r] -> [.., C r^2, H, W]
 *
 * @throws ShapeError if height or width do not divide by r; ArgumentError for a wrong factor
 * @example pixelUnshuffle(tensor([[[1, 2], [3, 4]]]), 2) // [[[1]], [[2]], [[3]], [[4]]]
 */
export function pixelUnshuffle(x: Tensor, downscaleFactor: number): Tensor {
  checkFactor('pixelUnshuffle', 'downscaleFactor', downscaleFactor);
  checkImage('pixelUnshuffle', x.shape);
  const [channels, height, width] = x.shape.slice(-3);
  const leading = x.shape.slice(0, -3);
  const r = downscaleFactor;
  if (height % r !== 0 || width % r !== 0) {
    throw new ShapeError(
      `pixelUnshuffle: height ${height} and width ${width} of input ${printShape(x.shape)} must divide by downscaleFactor ${r}`,
    );
  }
  const blocks = reshape(x, [...leading, channels, height / r, r, width / r, r]);
  return reshape(permute(blocks, lastDims(leading, [0, 2, 4, 1, 3])), [...leading, channels * r ** 2, height / r, width / r]);
}

import { ArgumentError, pad, printShape, ShapeError, type Tensor } from '@convgrad/core';

/** How many rows are added in front of a spatial dimension and behind it. */
export type PaddingPair = readonly [before: number, after: number];

/** 'valid': none. 'same': ceil(size / stride) outputs. 'causal': an output depends on no later input of the first spatial dimension. */
export type PaddingName = 'valid' | 'same' | 'causal';

/** One number for all sides; a number or a (before, after) pair for each spatial dimension; or a rule by name. */
export type Padding = number | readonly (number | PaddingPair)[] | PaddingName;

/** What stands in the padding of a convolution: zeros, the image mirrored without its edge, its edge repeated, its other end. */
export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular';

/** Padding with one pair for each spatial dimension, or a rule that needs the input's size. */
export type ResolvedPadding = readonly PaddingPair[] | PaddingName;

const paddingNames: readonly string[] = ['valid', 'same', 'causal'] satisfies PaddingName[];
const paddingModes: readonly string[] = ['zeros', 'reflect', 'replicate', 'circular'] satisfies PaddingMode[];

/**
 * Padding in its spelt-out form.
 *
 * @throws ArgumentError if the count is wrong, an amount is not a whole number of at least 0, or the name is unknown
 * @example resolvePadding('conv2d', [1, [2, 0]], 2) // [[1, 1], [2, 0]]
 */
export function resolvePadding(name: string, padding: Padding, rank: number): ResolvedPadding {
  if (isPaddingName(padding)) return padding;
  if (typeof padding === 'string') {
    throw new ArgumentError(`${name}: padding must be numbers or one of ${paddingNames.join(', ')}, not '${String(padding)}'`);
  }
  if (typeof padding !== 'number' && !Array.isArray(padding)) {
    throw new ArgumentError(`${name}: padding must be numbers, pairs of them or a name, got ${String(padding)}`);
  }
  const list = typeof padding === 'number' ? new Array<number>(rank).fill(padding) : padding;
  if (list.length !== rank) {
    const hint = rank === 1 && list.length === 2 ? '; in front and behind of one dimension is [[before, after]]' : '';
    throw new ArgumentError(
      `${name}: padding needs ${rank} entries, one for each spatial dimension, got ${JSON.stringify(padding)}${hint}`,
    );
  }
  const pairs = list.map((entry): PaddingPair => (typeof entry === 'number' ? [entry, entry] : entry));
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2 || !pair.every((amount) => Number.isInteger(amount) && amount >= 0)) {
      throw new ArgumentError(`${name}: padding must be whole numbers of at least 0, or pairs of them, got ${JSON.stringify(padding)}`);
    }
  }
  return pairs;
}

function isPaddingName(padding: Padding): padding is PaddingName {
  return typeof padding === 'string' && paddingNames.includes(padding);
}

/** @throws ArgumentError if there is no such mode */
export function checkPaddingMode(name: string, mode: PaddingMode): void {
  if (!paddingModes.includes(mode))
    throw new ArgumentError(`${name}: paddingMode must be one of ${paddingModes.join(', ')}, not '${mode}'`);
}

/**
 * The padding that a rule means for an input of a size.
 *
 * 'same' gives ceil(L / s) outputs with (ceil(L / s) - 1) s + d (k - 1) + 1 - L rows in all, the smaller half in front; 'causal' puts
 * d (k - 1) in front of the first dimension and none behind, and is 'same' in the others.
 */
export function paddingFor(
  padding: ResolvedPadding,
  size: readonly number[],
  kernelSize: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
): readonly PaddingPair[] {
  if (typeof padding !== 'string') return padding;
  return size.map((length, dim): PaddingPair => {
    const reach = dilation[dim] * (kernelSize[dim] - 1);
    if (padding === 'valid') return [0, 0];
    if (padding === 'causal' && dim === 0) return [reach, 0];
    const total = Math.max(0, (Math.ceil(length / stride[dim]) - 1) * stride[dim] + reach + 1 - length);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
}

/**
 * Checks that an image of a size can make its padding of itself: reflect takes up to L - 1 rows, circular up to L.
 *
 * @param what the image, as the error calls it
 * @throws ShapeError that names the dimension and the limit
 */
export function checkPaddingFits(
  name: string,
  what: string,
  size: readonly number[],
  padding: readonly PaddingPair[],
  mode: PaddingMode,
): void {
  if (mode === 'zeros' || mode === 'replicate') return;
  size.forEach((length, dim) => {
    const widest = mode === 'reflect' ? length - 1 : length;
    if (Math.max(...padding[dim]) > widest) {
      throw new ShapeError(
        `${name}: ${what} of size ${printShape(size)} takes ${mode} padding up to ${widest} in spatial dimension ${dim}, got (${padding[dim].join(', ')})`,
      );
    }
  });
}

/** The image with its padding made of itself. */
export function padImage(x: Tensor, padding: readonly PaddingPair[], mode: Exclude<PaddingMode, 'zeros'>): Tensor {
  if (padding.every(([before, after]) => before === 0 && after === 0)) return x;
  return pad(x, padding.toReversed().flat(), { mode });
}

import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { printShape } from '../../shape.ts';
import { clone } from '../clone.ts';
import { checkElement } from '../creation/element.ts';
import { indexList } from '../indexing/index_list.ts';
import { selectAlong } from '../indexing/index_select.ts';
import { box, embed, take } from './places.ts';

/** What stands beyond the border: a constant, the image mirrored without its edge, its edge repeated, or its other end. */
export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular';

/** Options of `pad`. */
export interface PadOptions {
  /** Default 'constant'. */
  readonly mode?: PadMode;
  /** What a constant padding is made of. Default 0. */
  readonly value?: number;
}

/** How many elements are added to a dimension in front and behind; negative numbers take away. */
type Sides = readonly [before: number, after: number];

/**
 * The tensor with elements added around it. `padding` goes from the last dimension to the first, in pairs: [left, right, top, bottom, ..];
 * dimensions that it does not reach stay as they are, and negative numbers crop.
 *
 * x [.., L, ..] -> [.., before + L + after, ..]
 *
 * @throws ShapeError if there are more pairs than dimensions, more is cropped than there is, or the padding of a mode other than
 * 'constant' is wider than the image: reflect takes up to L - 1, circular up to L; ArgumentError for a wrong padding, mode or value
 * @example pad(tensor([1, 2, 3]), [2, 1], { mode: 'reflect' }) // [3, 2, 1, 2, 3, 2]
 */
export function pad(x: Tensor, padding: readonly number[], { mode = 'constant', value = 0 }: PadOptions = {}): Tensor {
  if (padding.length % 2 === 1 || !padding.every(Number.isInteger)) {
    throw new ArgumentError(`pad: padding must be pairs of whole numbers, last dimension first, got [${padding.join(', ')}]`);
  }
  if (padding.length > 2 * x.ndim) {
    throw new ShapeError(
      `pad: [${padding.join(', ')}] pads ${padding.length / 2} dimensions, but shape ${printShape(x.shape)} has ${x.ndim}`,
    );
  }
  const sides = x.shape.map((_, dim): Sides => {
    const at = 2 * (x.ndim - 1 - dim);
    return at < padding.length ? [padding[at], padding[at + 1]] : [0, 0];
  });
  sides.forEach((side, dim) => {
    checkSides(x, dim, side, mode);
  });
  if (sides.every(([before, after]) => before === 0 && after === 0)) return clone(x);
  if (mode === 'constant') return padConstant(x, sides, value);
  return sides.reduce((y, [before, after], dim) => (before === 0 && after === 0 ? y : padAlong(y, dim, before, after, mode)), x);
}

/** The widest padding that each mode can take from a dimension of length L. */
const widest: Readonly<Record<PadMode, (length: number) => number>> = {
  constant: () => Number.POSITIVE_INFINITY,
  reflect: (length) => length - 1,
  replicate: (length) => (length === 0 ? 0 : Number.POSITIVE_INFINITY),
  circular: (length) => length,
};

function checkSides(x: Tensor, dim: number, sides: Sides, mode: PadMode): void {
  if (!Object.hasOwn(widest, mode)) {
    throw new ArgumentError(`pad: mode must be one of ${Object.keys(widest).join(', ')}, not ${String(mode)}`);
  }
  const length = x.shape[dim];
  const [cropBefore, cropAfter] = sides.map((side) => Math.max(0, -side));
  if (cropBefore + cropAfter > length) {
    throw new ShapeError(
      `pad: padding (${sides.join(', ')}) crops more than dimension ${dim}, of length ${length}, of shape ${printShape(x.shape)} has`,
    );
  }
  const limit = widest[mode](length);
  for (const side of sides) {
    if (side > 0 && side > limit) {
      throw new ShapeError(
        `pad: ${mode} padding (${sides.join(', ')}) is wider than the ${limit} that dimension ${dim}, of length ${length}, of shape ${printShape(x.shape)} can give`,
      );
    }
  }
}

/** Crops, then puts what is left into a tensor of `value`. */
function padConstant(x: Tensor, sides: readonly Sides[], value: number): Tensor {
  checkElement('pad', value, x.dtype);
  const starts = sides.map(([before]) => Math.max(0, -before));
  const lengths = sides.map(([before, after], dim) => x.shape[dim] + Math.min(0, before) + Math.min(0, after));
  const inner = sides.every(([before, after]) => before >= 0 && after >= 0) ? x : take(x, box(x.shape, starts, lengths));
  if (sides.every(([before, after]) => before <= 0 && after <= 0)) return inner;
  const shape = sides.map(([before, after], dim) => x.shape[dim] + before + after);
  const margins = sides.map(([before]) => Math.max(0, before));
  return embed(inner, shape, box(shape, margins, lengths), value);
}

/** Every element of the padded dimension is one of the image: y[p] = x[source(p - before)]. Its adjoint adds up what was read twice. */
function padAlong(x: Tensor, dim: number, before: number, after: number, mode: Exclude<PadMode, 'constant'>): Tensor {
  const length = x.shape[dim];
  const sources = Int32Array.from({ length: before + length + after }, (_, index) => source[mode](index - before, length));
  return selectAlong(x, dim, indexList(sources));
}

/** Which element of the image stands at position p, where p may lie beyond its borders. */
const source: Readonly<Record<Exclude<PadMode, 'constant'>, (p: number, length: number) => number>> = {
  reflect: (p, length) => (p < 0 ? -p : p >= length ? 2 * (length - 1) - p : p),
  replicate: (p, length) => Math.min(Math.max(p, 0), length - 1),
  circular: (p, length) => (p + length) % length,
};

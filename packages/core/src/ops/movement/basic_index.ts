import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError, IndexError } from '../../errors.ts';
import { contiguousStrides, printShape, type Shape } from '../../shape.ts';
import { type Places, take } from './places.ts';
import { resolvePosition, resolveRange } from './slice.ts';

/** The elements `start` to `end` (exclusive) of a dimension, each `step`-th, as in Python; `{}` is all of them. */
export interface Range {
  readonly start?: number | null | undefined;
  readonly end?: number | null | undefined;
  /** Default 1; negative ones go backwards. */
  readonly step?: number | undefined;
}

/**
 * What one place of an index may hold: a number picks one element and drops the dimension, a range keeps some elements, ':' keeps
 * all, '...' stands for all dimensions that are not named, and null adds a dimension of length 1.
 */
export type IndexItem = number | Range | ':' | '...' | null;

/** The places of a tensor of `shape` that an index names, seen in the shape of the result. */
export function resolveIndex(name: string, shape: Shape, items: readonly IndexItem[]): Places {
  const named = items.filter((item) => item !== null && item !== '...').length;
  if (named > shape.length) {
    throw new IndexError(`${name}: ${named} indices for a tensor of ${shape.length} dimensions, shape ${printShape(shape)}`);
  }
  if (items.filter((item) => item === '...').length > 1) throw new ArgumentError(`${name}: '...' may stand only once in an index`);
  const full = items.includes('...') ? items : [...items, '...' as const];
  const strides = contiguousStrides(shape);
  const lengths: number[] = [];
  const steps: number[] = [];
  let offset = 0;
  let dim = 0;
  for (const item of full) {
    if (item === null) {
      lengths.push(1);
      steps.push(0);
    } else if (item === '...') {
      for (const end = dim + shape.length - named; dim < end; dim++) {
        lengths.push(shape[dim]);
        steps.push(strides[dim]);
      }
    } else if (typeof item === 'number') {
      offset += resolvePosition(name, shape, dim, item) * strides[dim];
      dim++;
    } else {
      const { start, end, step } = rangeOf(name, item);
      const indices = resolveRange(name, shape[dim], start, end, step);
      if (indices.length > 0) offset += indices.start * strides[dim];
      lengths.push(indices.length);
      steps.push(indices.step * strides[dim]);
      dim++;
    }
  }
  return { offset, shape: lengths, strides: steps };
}

function rangeOf(name: string, item: Range | ':'): Range {
  if (item === ':') return {};
  if (typeof item !== 'object') {
    throw new ArgumentError(
      `${name}: an index is made of numbers, ranges such as { start: 1, end: -1, step: 2 }, ':', '...' and null; got ${String(item)}`,
    );
  }
  return item;
}

/**
 * Part of a tensor, in a new one, as x[1, ::2, ..., None] is in Python.
 *
 * | here | in Python | meaning |
 * | --- | --- | --- |
 * | `2`, `-1` | `2`, `-1` | that element; the dimension goes away |
 * | `{ start: 1, end: -1, step: 2 }` | `1:-1:2` | a range, whose parts may be left out; the step may be negative |
 * | `':'` or `{}` | `:` | all of a dimension |
 * | `'...'` | `...` | all of the dimensions that are not named |
 * | `null` | `None` | a new dimension of length 1 |
 *
 * @throws IndexError for an element that does not exist or too many indices; ArgumentError for a wrong step or a second '...'
 * @example index(tensor([[1, 2, 3], [4, 5, 6]]), ':', { step: -1 }) // [[3, 2, 1], [6, 5, 4]]
 */
export function index(x: Tensor, ...items: readonly IndexItem[]): Tensor {
  return take(x, resolveIndex('index', x.shape, items));
}

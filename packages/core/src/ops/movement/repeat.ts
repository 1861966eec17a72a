import type { Tensor } from '../../autograd/graph.ts';
import { ShapeError } from '../../errors.ts';
import { printShape, type Shape } from '../../shape.ts';
import { clone } from '../clone.ts';
import { along } from '../dims.ts';
import { expandTo } from '../reduction/sum.ts';
import { viewAs } from './view.ts';

/*
 * Copies of a tensor side by side: seen as [outer, 1, length * inner], a dimension is repeated by expanding the 1. So the gradient is
 * expand's: the sum over the copies.
 */

function repeatAll(x: Tensor, repeats: readonly number[]): Tensor {
  let y = viewAs(x, [...new Array<number>(repeats.length - x.ndim).fill(1), ...x.shape]);
  for (let dim = repeats.length - 1; dim >= 0; dim--) {
    const times = repeats[dim];
    if (times === 1) continue;
    const { outer, length, inner } = along(y.shape, dim);
    const shape = y.shape.with(dim, times * length);
    y = viewAs(expandTo(viewAs(y, [outer, 1, length * inner]), [outer, times, length * inner]), shape);
  }
  return y.storage === x.storage ? clone(y) : y;
}

function checkRepeats(name: string, x: Tensor, repeats: Shape): void {
  if (repeats.some((times) => !Number.isInteger(times) || times < 0)) {
    throw new ShapeError(`${name}: repeats must be whole numbers of at least 0, got [${repeats.join(', ')}]`);
  }
  if (name === 'repeat' && repeats.length < x.ndim) {
    throw new ShapeError(`repeat: [${repeats.join(', ')}] must name every dimension of shape ${printShape(x.shape)}; tile fills in ones`);
  }
}

/**
 * The tensor repeats[d] times along every dimension d. More repeats than dimensions add dimensions in front.
 *
 * @throws ShapeError if there are fewer repeats than dimensions, or one is negative
 * @example repeat(tensor([1, 2]), [2, 2]) // [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export function repeat(x: Tensor, repeats: readonly number[]): Tensor {
  checkRepeats('repeat', x, repeats);
  return repeatAll(x, repeats);
}

/**
 * Like `repeat`, but dimensions in front that have no number are not repeated.
 *
 * @throws ShapeError if a number is negative
 * @example tile(tensor([[1], [2]]), [2]) // [[1, 1], [2, 2]]
 */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  checkRepeats('tile', x, repeats);
  return repeatAll(x, [...new Array<number>(Math.max(0, x.ndim - repeats.length)).fill(1), ...repeats]);
}

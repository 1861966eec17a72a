import { apply, type DefinedFunction, defineFunction } from '../../autograd/function.ts';
import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { where } from '../../kernels/pointwise.ts';
import { lend, readable, writable } from '../../memory/staging.ts';
import { arenaView } from '../../memory/storage.ts';
import { printShape } from '../../shape.ts';
import { constant } from '../constant.ts';
import { broadcastStrides } from '../operands.ts';

/** y = x where `keeps(column - row, diagonal)`, 0 elsewhere: its own adjoint, dx = dy there. */
function defineTriangle(name: string, keeps: (distance: number, diagonal: number) => boolean): DefinedFunction<[Tensor], number> {
  const triangle: DefinedFunction<[Tensor], number> = defineFunction<[Tensor], number>({
    name,
    forward(call, [x], diagonal) {
      const y = call.output(x.shape, x.dtype);
      const [rows, columns] = x.shape.slice(-2);
      const mask = lend('uint8', rows * columns);
      const marks = arenaView('uint8', mask, rows * columns);
      for (let row = 0, at = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) marks[at++] = keeps(column - row, diagonal) ? 1 : 0;
      }
      const zero = readable(constant(0, x.dtype).storage);
      const [all, none] = [broadcastStrides(x.shape, x.shape), broadcastStrides([], x.shape)];
      where(x.dtype, mask, readable(x.storage), zero, writable(y.storage), x.shape, broadcastStrides([rows, columns], x.shape), all, none);
      return y;
    },
    backward(_call, gradOutput, diagonal) {
      return [apply(triangle, [gradOutput], diagonal)];
    },
  });
  return triangle;
}

const trilFunction = defineTriangle('tril', (distance, diagonal) => distance <= diagonal);
const triuFunction = defineTriangle('triu', (distance, diagonal) => distance >= diagonal);

function checkTriangle(name: string, x: Tensor, diagonal: number): void {
  if (x.ndim < 2) throw new ShapeError(`${name}: expected at least two dimensions, got shape ${printShape(x.shape)}`);
  if (!Number.isInteger(diagonal)) throw new ArgumentError(`${name}: diagonal must be a whole number, not ${String(diagonal)}`);
}

/**
 * The lower triangle of matrices: zeros above the diagonal, or above the `diagonal`-th one over it (negative: under it).
 *
 * x [.., m, n] -> [.., m, n]
 *
 * @throws ShapeError if x has less than two dimensions; ArgumentError if diagonal is not whole
 * @example tril(ones([2, 2])) // [[1, 0], [1, 1]]
 */
export function tril(x: Tensor, diagonal = 0): Tensor {
  checkTriangle('tril', x, diagonal);
  return apply(trilFunction, [x], diagonal);
}

/**
 * The upper triangle of matrices: zeros below the diagonal, or below the `diagonal`-th one over it (negative: under it).
 *
 * x [.., m, n] -> [.., m, n]
 *
 * @throws ShapeError if x has less than two dimensions; ArgumentError if diagonal is not whole
 * @example triu(ones([2, 2]), 1) // [[0, 1], [0, 0]]
 */
export function triu(x: Tensor, diagonal = 0): Tensor {
  checkTriangle('triu', x, diagonal);
  return apply(triuFunction, [x], diagonal);
}

import { apply, defineFunction } from '../../autograd/function.ts';
import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError } from '../../errors.ts';
import { bytesPerElement } from '../../kernels/dtype.ts';
import { copy } from '../../kernels/movement.ts';
import { readable, writable } from '../../memory/staging.ts';
import { contiguousStrides, type Shape } from '../../shape.ts';
import { resolveOwnDim } from './slice.ts';
import { viewAs } from './view.ts';

/** A box of elements that move together: where it begins before and after, and its size. */
interface Block {
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly shape: Shape;
}

/** y[(i + s) mod L] = x[i] in every dimension, with a shift s in [0, L) each. Its adjoint shifts back: dx = roll(dy, -s). */
const rollFunction = defineFunction<[Tensor], readonly number[]>({
  name: 'roll',
  forward(call, [x], shifts) {
    const y = call.output(x.shape, x.dtype);
    const [source, target] = [readable(x.storage), writable(y.storage)];
    const strides = contiguousStrides(x.shape);
    const bytesTo = (start: readonly number[]) =>
      bytesPerElement[x.dtype] * start.reduce((sum, index, dim) => sum + index * strides[dim], 0);
    for (const { from, to, shape } of blocksOf(x.shape, shifts))
      copy(x.dtype, source + bytesTo(from), target + bytesTo(to), shape, strides, strides);
    return y;
  },
  backward(_call, gradOutput, shifts) {
    const back = shifts.map((shift, dim) => (shift === 0 ? 0 : gradOutput.shape[dim] - shift));
    return [rollBy(gradOutput, back)];
  },
});

function rollBy(x: Tensor, shifts: readonly number[]): Tensor {
  return apply(rollFunction, [x], shifts);
}

/** Each shifted dimension falls into two parts: what moves up, and what comes in again at the front. */
function blocksOf(shape: Shape, shifts: readonly number[]): Block[] {
  let blocks: Block[] = [{ from: [], to: [], shape: [] }];
  shape.forEach((length, dim) => {
    const shift = shifts[dim];
    const parts =
      shift === 0
        ? [{ from: 0, to: 0, length }]
        : [
            { from: 0, to: shift, length: length - shift },
            { from: length - shift, to: 0, length: shift },
          ];
    blocks = blocks.flatMap((block) =>
      parts.map((part) => ({ from: [...block.from, part.from], to: [...block.to, part.to], shape: [...block.shape, part.length] })),
    );
  });
  return blocks;
}

/**
 * The elements moved by `shifts` along `dims`; what leaves at one end comes in at the other. Without `dims` the tensor is rolled as if
 * it were flat.
 *
 * @throws ArgumentError unless there is a whole shift for each dimension; ShapeError if a dimension does not exist
 * @example roll(tensor([1, 2, 3]), 1) // [3, 1, 2]
 */
export function roll(x: Tensor, shifts: number | readonly number[], dims?: number | readonly number[]): Tensor {
  if (dims === undefined) {
    if (typeof shifts !== 'number') throw new ArgumentError('roll: several shifts need as many dims');
    return viewAs(roll(viewAs(x, [x.size]), shifts, 0), x.shape);
  }
  const along = (typeof dims === 'number' ? [dims] : dims).map((dim) => resolveOwnDim('roll', x, dim));
  const by = typeof shifts === 'number' ? [shifts] : shifts;
  if (by.length !== along.length || !by.every(Number.isInteger)) {
    throw new ArgumentError(`roll: expected a whole shift for each of the dims [${String(dims)}], got [${String(shifts)}]`);
  }
  const shiftsOf = x.shape.map((length, dim) => {
    const shift = by.reduce((sum, value, index) => (along[index] === dim ? sum + value : sum), 0);
    return length === 0 ? 0 : ((shift % length) + length) % length;
  });
  return rollBy(x, shiftsOf);
}

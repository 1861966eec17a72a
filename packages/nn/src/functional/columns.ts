import { apply, cast, DTypeError, defineFunction, readable, type Shape, type Tensor, writable } from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';

/*
 * The patches of images as columns, and columns added up where they lie. Both are linear and each is the other's adjoint, so each is the other's derivative:
 *
 *   columns: y[n, (c, k), p] = x[n, c, p s + k d - padding]                       dx = image(dy)
 *   image:   x[n, c, i] = sum over p, k with p s + k d - padding = i of y         dy = columns(dx)
 */

/** Where the patches lie, and the shapes of both sides. */
export interface ColumnSizes {
  readonly windows: kernels.PoolWindows;
  /** [.., C, spatial..] */
  readonly imageShape: Shape;
  /** [.., C * taps, patches] */
  readonly columnShape: Shape;
}

const columnsFunction = defineFunction<[Tensor], ColumnSizes>({
  name: 'unfold',
  forward(call, [x], { windows, columnShape }) {
    const y = call.output(columnShape, x.dtype);
    kernels.unfold(x.dtype, readable(x.storage), writable(y.storage), windows);
    return y;
  },
  backward(_call, g, sizes): [Tensor] {
    return [apply(imageFunction, [g], sizes)];
  },
});

const imageFunction = defineFunction<[Tensor], ColumnSizes>({
  name: 'fold',
  forward(call, [y], { windows, imageShape }) {
    const { dtype } = y;
    // Not reachable: imageOf converts, and columns of uint8 have no gradients.
    if (dtype === 'uint8') throw new DTypeError('fold: sums of uint8 are formed in int32');
    const x = call.output(imageShape, dtype);
    kernels.fold(dtype, readable(y.storage), writable(x.storage), windows);
    return x;
  },
  backward(_call, g, sizes): [Tensor] {
    return [apply(columnsFunction, [g], sizes)];
  },
});

/** The patches of an image of any dtype. */
export function columnsOf(x: Tensor, sizes: ColumnSizes): Tensor {
  return apply(columnsFunction, [x], sizes);
}

/** The sum of the patches; those of uint8 wrap. */
export function imageOf(columns: Tensor, sizes: ColumnSizes): Tensor {
  if (columns.dtype === 'uint8') return cast(apply(imageFunction, [cast(columns, 'int32')], sizes), 'uint8');
  return apply(imageFunction, [columns], sizes);
}

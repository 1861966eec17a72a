import { apply, defineFunction, readable, type Shape, type Tensor, writable } from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';
import { floatDType } from './float_dtype.ts';

/*
 * Elements picked from planes by their flat positions, and the adjoint. Each is the other's derivative:
 *
 *   gather:    y[p, j] = x[p, i[p, j]]                  dx = scatter(dy)
 *   scatter:   x = 0, x[p, i[p, j]] += y[p, j]          dy = gather(dx)
 */

/** Shapes of the planes and of what is picked from them; both have the planes in front. */
export interface PlaneShapes {
  readonly planes: number;
  /** Elements of a plane. */
  readonly length: number;
  /** Elements picked from a plane. */
  readonly count: number;
  readonly planeShape: Shape;
  readonly pickedShape: Shape;
}

const gatherFunction = defineFunction<[Tensor, Tensor], PlaneShapes>({
  name: 'gatherFromPlanes',
  forward(call, [x, indices], { planes, length, count, pickedShape }) {
    const y = call.output(pickedShape, x.dtype);
    call.save(indices);
    kernels.gather(x.dtype, readable(x.storage), readable(indices.storage), writable(y.storage), planes, length, 1, count);
    return y;
  },
  backward(call, g, shapes) {
    return [scatterToPlanes(g, call.saved(0), shapes), null];
  },
});

const scatterFunction = defineFunction<[Tensor, Tensor], PlaneShapes>({
  name: 'scatterToPlanes',
  forward(call, [y, indices], { planes, length, count, planeShape }) {
    const x = call.output(planeShape, y.dtype);
    call.save(indices);
    kernels.scatterAdd(
      floatDType('scatterToPlanes', y),
      readable(y.storage),
      readable(indices.storage),
      writable(x.storage),
      planes,
      length,
      1,
      count,
    );
    return x;
  },
  backward(call, g, shapes) {
    return [gatherFromPlanes(g, call.saved(0), shapes), null];
  },
});

/** The elements of x at flat positions in its planes; the positions (int32) are trusted. */
export function gatherFromPlanes(x: Tensor, indices: Tensor, shapes: PlaneShapes): Tensor {
  return apply(gatherFunction, [x, indices], shapes);
}

/** The elements of y added up at flat positions in planes of zeros; the positions (int32) are trusted. */
export function scatterToPlanes(y: Tensor, indices: Tensor, shapes: PlaneShapes): Tensor {
  return apply(scatterFunction, [y, indices], shapes);
}

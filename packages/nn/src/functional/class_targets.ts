import { cast, DTypeError, GradientError, IndexError, printShape, type Shape, ShapeError, sameShape, type Tensor } from '@convgrad/core';

/** Scores of classes [N, C, positions..] (or [C]) with the right class of each position, counted and checked. */
export interface ClassTargets {
  /** Shape of the scores. */
  readonly shape: Shape;
  /** Shape of the right classes: without C. */
  readonly targetShape: Shape;
  readonly samples: number;
  readonly classes: number;
  /** Positions of a sample. */
  readonly positions: number;
  /** The class that counts as "no answer". */
  readonly ignoreIndex: number;
  /** Sum of the weights of the targets that are not ignored. */
  readonly totalWeight: number;
}

/** Which dimension of scores the classes lie along. */
export function classDimension(shape: Shape): number {
  return shape.length === 1 ? 0 : 1;
}

/**
 * Right classes as kernels take them: int32.
 *
 * @throws DTypeError unless they are int32 or uint8
 */
export function requireClassIndices(name: string, target: Tensor): Tensor {
  if (target.dtype === 'int32') return target;
  if (target.dtype === 'uint8') return cast(target, 'int32');
  throw new DTypeError(`${name}: target must be class indices (int32 or uint8), got ${target.dtype} ${printShape(target.shape)}`);
}

/**
 * A weight for each class, which is a constant.
 *
 * @throws ShapeError unless it is [C]; DTypeError unless it has the dtype of the scores; GradientError if it requires gradients
 */
export function checkClassWeight(name: string, x: Tensor, weight: Tensor | null): void {
  if (weight === null) return;
  const classes = x.shape[classDimension(x.shape)];
  if (weight.ndim !== 1 || weight.size !== classes) {
    throw new ShapeError(
      `${name}: weight must be [${classes}], one for each class of input ${printShape(x.shape)}, got ${printShape(weight.shape)}`,
    );
  }
  if (weight.dtype !== x.dtype)
    throw new DTypeError(`${name}: input is ${x.dtype}, but weight is ${weight.dtype}; convert one with to(dtype)`);
  if (weight.requiresGrad) throw new GradientError(`${name}: weight requires gradients, but there is no derivative by it; detach() it`);
}

/**
 * Checks every right class, and adds up the weights of those that are not ignored.
 *
 * @throws ShapeError if the shapes do not belong together; IndexError for a class that is neither in [0, C) nor ignored
 */
export function classTargets(name: string, x: Tensor, target: Tensor, weight: Tensor | null, ignoreIndex: number): ClassTargets {
  const { shape } = x;
  if (shape.length === 0) throw new ShapeError(`${name}: input must be [N, C], [N, C, positions..] or [C], got a scalar`);
  const dim = classDimension(shape);
  const classes = shape[dim];
  const targetShape = shape.toSpliced(dim, 1);
  if (!sameShape(target.shape, targetShape)) {
    throw new ShapeError(`${name}: input ${printShape(shape)} needs targets ${printShape(targetShape)}, got ${printShape(target.shape)}`);
  }
  const samples = dim === 0 ? 1 : shape[0];
  target.checkAlive();
  weight?.checkAlive();
  const indices = target.storage.current();
  const weights = weight === null ? null : weight.storage.current();
  let totalWeight = 0;
  for (let position = 0; position < indices.length; position++) {
    const index = indices[position];
    if (index === ignoreIndex) continue;
    if (index < 0 || index >= classes) {
      throw new IndexError(
        `${name}: target ${index} at position ${position} is out of range for the ${classes} classes of input ${printShape(shape)}`,
      );
    }
    totalWeight += weights === null ? 1 : weights[index];
  }
  const positions = samples === 0 ? 0 : indices.length / samples;
  return { shape, targetShape, samples, classes, positions, ignoreIndex, totalWeight };
}

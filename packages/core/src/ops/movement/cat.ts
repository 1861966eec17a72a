import { checkFinite } from '../../autograd/anomaly.ts';
import { apply, beginInputs, compute, defineFunction, type Gradients, record } from '../../autograd/function.ts';
import { GraphNode, Tensor } from '../../autograd/graph.ts';
import { isAnomalyEnabled } from '../../autograd/mode.ts';
import { ArgumentError, DTypeError, ShapeError } from '../../errors.ts';
import { bytesPerElement } from '../../kernels/dtype.ts';
import { copy } from '../../kernels/movement.ts';
import { readable, writable } from '../../memory/staging.ts';
import { createArray, Storage } from '../../memory/storage.ts';
import { printShape, type Shape, sizeOf } from '../../shape.ts';
import { along, resolveDim } from '../dims.ts';
import { resolveOwnDim } from './slice.ts';
import { viewAs } from './view.ts';

/*
 * Cat and split, each the adjoint of the other:
 *
 *   y = [x_1, x_2, ..] along a dimension          dx_i = the part of dy that x_i became
 *   y_i = the i-th part of x along it             dx = [dy_1, dy_2, ..], with zeros for parts that got no gradient
 */

interface CatOptions {
  readonly dim: number;
  readonly lengths: readonly number[];
}

const catFunction = defineFunction<readonly Tensor[], CatOptions>({
  name: 'cat',
  forward(call, tensors, { dim, lengths }) {
    const [{ shape, dtype }] = tensors;
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const y = call.output(shape.with(dim, total), dtype);
    const { outer, inner } = along(shape, dim);
    if (outer === 1) {
      joinStorages(y, tensors);
      return y;
    }
    let target = writable(y.storage);
    tensors.forEach((tensor, index) => {
      const part = lengths[index] * inner;
      copy(dtype, readable(tensor.storage), target, [outer, part], [part, 1], [total * inner, 1]);
      target += part * bytesPerElement[dtype];
    });
    return y;
  },
  backward(call, gradOutput, { dim, lengths }) {
    return splitAlong(gradOutput, dim, lengths).map((part, index) => (call.needsGrad(index) ? part : null));
  },
});

/** Whole tensors one behind the other need no kernel, and ordinary arrays no loan. */
function joinStorages(y: Tensor, tensors: readonly Tensor[]): void {
  const numbers = y.storage.current();
  let at = 0;
  for (const tensor of tensors) {
    numbers.set(tensor.storage.current(), at);
    at += tensor.size;
  }
}

/** Tensors one after the other along a dimension of theirs. */
function catAlong(tensors: readonly Tensor[], dim: number): Tensor {
  return apply(catFunction, tensors, { dim, lengths: tensors.map((tensor) => tensor.shape[dim]) });
}

/** One call of split: it has as many outputs as parts. */
class SplitCall extends GraphNode {
  private readonly dim: number;
  private readonly shapes: readonly Shape[];

  constructor(x: Tensor, dim: number, lengths: readonly number[], recorded: boolean) {
    super('split', [x], recorded);
    this.dim = dim;
    this.shapes = lengths.map((length) => x.shape.with(dim, length));
  }

  forward(x: Tensor): Tensor[] {
    const { outer, length, inner } = along(x.shape, this.dim);
    if (outer === 1) return this.cutStorage(x);
    let source = readable(x.storage);
    return this.shapes.map((shape) => {
      const y = this.output(shape, x.dtype);
      const part = shape[this.dim] * inner;
      copy(x.dtype, source, writable(y.storage), [outer, part], [length * inner, 1], [part, 1]);
      source += part * bytesPerElement[x.dtype];
      return y;
    });
  }

  private cutStorage(x: Tensor): Tensor[] {
    let at = 0;
    return this.shapes.map((shape) => {
      const y = this.output(shape, x.dtype);
      y.storage.current().set(x.storage.current().subarray(at, at + y.size));
      at += y.size;
      return y;
    });
  }

  override backward(gradOutputs: readonly (Tensor | null)[]): Gradients {
    const dtype = gradOutputs.find((gradient) => gradient !== null)?.dtype ?? 'float32';
    const parts = gradOutputs.map((gradient, index) => gradient ?? zeros(this.shapes[index], dtype));
    return [catAlong(parts, this.dim)];
  }
}

function zeros(shape: Shape, dtype: Tensor['dtype']): Tensor {
  return new Tensor(Storage.ofArray(dtype, createArray(dtype, sizeOf(shape))), shape);
}

/** The tensor cut into parts of `lengths`, which add up to the dimension's length. */
function splitAlong(x: Tensor, dim: number, lengths: readonly number[]): Tensor[] {
  const recorded = beginInputs([x]);
  const call = new SplitCall(x, dim, lengths, recorded);
  const outputs = compute(() => call.forward(x));
  if (recorded) record(call, outputs);
  if (isAnomalyEnabled()) checkFinite(call, outputs, 'forward');
  return outputs;
}

function checkTensors(name: string, tensors: readonly Tensor[]): void {
  if (!Array.isArray(tensors) || tensors.length === 0) throw new ArgumentError(`${name}: expected a list of at least one tensor`);
  const [{ dtype }] = tensors;
  tensors.forEach((tensor, index) => {
    if (tensor.dtype !== dtype) {
      throw new DTypeError(`${name}: tensor 0 is ${dtype}, but tensor ${index} is ${tensor.dtype}; convert one, as in x.to('${dtype}')`);
    }
  });
}

/**
 * Tensors one after the other along a dimension; the other dimensions must agree.
 *
 * x_i [.., L_i, ..] -> [.., sum of L_i, ..]
 *
 * @throws ShapeError if shapes do not fit or the dimension does not exist; DTypeError if dtypes differ; ArgumentError if there is no tensor
 * @example cat([tensor([[1], [2]]), tensor([[3], [4]])], 1) // [[1, 3], [2, 4]]
 */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  checkTensors('cat', tensors);
  const [{ shape }] = tensors;
  const at = resolveOwnDim('cat', tensors[0], dim);
  tensors.forEach((tensor, index) => {
    const fits = tensor.ndim === shape.length && tensor.shape.every((length, other) => other === at || length === shape[other]);
    if (!fits) {
      throw new ShapeError(
        `cat: shapes must agree in all dimensions but ${at}: tensor 0 is ${printShape(shape)}, but tensor ${index} is ${printShape(tensor.shape)}`,
      );
    }
  });
  return catAlong(tensors, at);
}

/**
 * Tensors of one shape, one after the other along a new dimension.
 *
 * n of [..] -> [.., n, ..]
 *
 * @throws ShapeError if shapes differ or `dim` is not in [-ndim - 1, ndim]; DTypeError if dtypes differ; ArgumentError if there is no tensor
 * @example stack([tensor([1, 2]), tensor([3, 4])]) // [[1, 2], [3, 4]]
 */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  checkTensors('stack', tensors);
  const [{ shape }] = tensors;
  const at = resolveDim('stack', dim, shape.length + 1);
  tensors.forEach((tensor, index) => {
    if (printShape(tensor.shape) !== printShape(shape)) {
      throw new ShapeError(`stack: tensor 0 has shape ${printShape(shape)}, but tensor ${index} has ${printShape(tensor.shape)}`);
    }
  });
  const rows = tensors.map((tensor) => viewAs(tensor, shape.toSpliced(at, 0, 1)));
  return catAlong(rows, at);
}

/**
 * A tensor cut along a dimension: into parts of `size` (the last one may be smaller), or into parts of the given sizes.
 *
 * @throws ShapeError if the dimension does not exist or the sizes do not add up to its length; ArgumentError if a size is no whole number
 * @example split(arange(5), 2) // [0, 1], [2, 3], [4]
 */
export function split(x: Tensor, size: number | readonly number[], dim = 0): Tensor[] {
  const at = resolveOwnDim('split', x, dim);
  const length = x.shape[at];
  if (typeof size === 'number') {
    if (!Number.isInteger(size) || size < 1)
      throw new ArgumentError(`split: the size of a part must be a whole number of at least 1, got ${size}`);
    return splitAlong(x, at, evenLengths(length, size));
  }
  if (!size.every((part) => Number.isInteger(part) && part >= 0)) {
    throw new ArgumentError(`split: sizes must be whole numbers of at least 0, got [${size.join(', ')}]`);
  }
  if (size.reduce((sum, part) => sum + part, 0) !== length) {
    throw new ShapeError(
      `split: sizes [${size.join(', ')}] do not add up to ${length}, the length of dimension ${at} of shape ${printShape(x.shape)}`,
    );
  }
  return splitAlong(x, at, size);
}

function evenLengths(length: number, size: number): number[] {
  return Array.from({ length: Math.max(1, Math.ceil(length / size)) }, (_, part) => Math.min(size, length - part * size));
}

/**
 * A tensor cut into at most `chunks` parts along a dimension, all of ceil(length / chunks) but the last. It may take fewer parts.
 *
 * @throws ShapeError if the dimension does not exist; ArgumentError if chunks is not a whole number of at least 1
 * @example chunk(arange(5), 2) // [0, 1, 2], [3, 4]
 */
export function chunk(x: Tensor, chunks: number, dim = 0): Tensor[] {
  const at = resolveOwnDim('chunk', x, dim);
  if (!Number.isInteger(chunks) || chunks < 1) throw new ArgumentError(`chunk: chunks must be a whole number of at least 1, got ${chunks}`);
  const length = x.shape[at];
  return splitAlong(x, at, length === 0 ? new Array<number>(chunks).fill(0) : evenLengths(length, Math.ceil(length / chunks)));
}

/**
 * The elements of a dimension as tensors without it.
 *
 * [.., n, ..] -> n of [.., ..]
 *
 * @throws ShapeError if the dimension does not exist
 * @example unbind(tensor([[1, 2], [3, 4]])) // [1, 2], [3, 4]
 */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  const at = resolveOwnDim('unbind', x, dim);
  if (x.shape[at] === 0) return [];
  return splitAlong(x, at, new Array<number>(x.shape[at]).fill(1)).map((part) => viewAs(part, x.shape.toSpliced(at, 1)));
}

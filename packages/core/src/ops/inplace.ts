import type { Tensor } from '../autograd/graph.ts';
import { isGradEnabled } from '../autograd/mode.ts';
import { DTypeError, GradientError, ShapeError } from '../errors.ts';
import { type DType, isFloat } from '../kernels/dtype.ts';
import { binary } from '../kernels/pointwise.ts';
import { readable, updatable } from '../memory/staging.ts';
import { contiguousStrides, printShape, type Shape } from '../shape.ts';
import { cast } from './cast.ts';
import { clone } from './clone.ts';
import { constant } from './constant.ts';
import { checkElement } from './creation/element.ts';
import { type IndexItem, resolveIndex } from './movement/basic_index.ts';
import { type Places, writePlaces } from './movement/places.ts';
import { broadcastStrides, type Operand } from './operands.ts';
import { plain } from './plain.ts';
import { add, mul } from './pointwise/arithmetic.ts';

/*
 * Writes in place. They are not recorded, so they are for leaves only, and not where gradients of the leaf are being recorded. Each
 * counts up the storage's version, by which a backward that needs an overwritten value notices.
 */

function checkWritable(name: string, target: Tensor): void {
  target.checkAlive();
  if (target.node !== null) {
    throw new GradientError(
      `${name}: the tensor of shape ${printShape(target.shape)} was made by a recorded operation (${target.node.name}); ` +
        'only leaves are written in place. Write a copy: x.detach().clone()',
    );
  }
  if (target.requiresGrad && isGradEnabled()) {
    throw new GradientError(
      `${name}: the tensor of shape ${printShape(target.shape)} is a leaf that requires gradients; write it inside noGrad(() => ...)`,
    );
  }
}

/** The source as a tensor of the target's dtype that broadcasts to `shape`. Integers become floats; nothing else is converted. */
function sourceFor(name: string, target: Tensor, shape: Shape, source: Operand): Tensor {
  if (typeof source === 'number') {
    checkElement(name, source, target.dtype);
    return constant(source, target.dtype);
  }
  if (source.requiresGrad && isGradEnabled()) {
    throw new GradientError(
      `${name}: the source of shape ${printShape(source.shape)} requires gradients, and writing in place does not record them; ` +
        'use source.detach(), or noGrad(() => ...)',
    );
  }
  if (source.dtype !== target.dtype && !widens(source.dtype, target.dtype)) {
    throw new DTypeError(
      `${name}: the target is ${target.dtype}, but the source is ${source.dtype}; convert it with to('${target.dtype}')`,
    );
  }
  const added = shape.length - source.ndim;
  if (added < 0 || source.shape.some((length, dim) => length !== 1 && length !== shape[dim + added])) {
    throw new ShapeError(`${name}: a source of shape ${printShape(source.shape)} does not broadcast to ${printShape(shape)}`);
  }
  return cast(source, target.dtype);
}

function widens(from: DType, to: DType): boolean {
  return isFloat(to) ? !isFloat(from) : to === 'int32' && from === 'uint8';
}

function write(target: Tensor, places: Places, source: Tensor): void {
  plain([source], () => writePlaces(target.storage, places, source.storage, broadcastStrides(source.shape, places.shape)));
  target.storage.version++;
}

function wholeOf(target: Tensor): Places {
  return { offset: 0, shape: target.shape, strides: contiguousStrides(target.shape) };
}

/**
 * Overwrites the target with `source`, a number or a tensor that broadcasts to it.
 *
 * @throws GradientError if the target was recorded, or requires gradients outside noGrad, or the source's gradients would be lost; ShapeError
 * if the source does not broadcast to the target; DTypeError if it is not of the target's dtype, nor integers for floats
 */
export function copyInto(target: Tensor, source: Operand): void {
  checkWritable('copy_', target);
  const values = sourceFor('copy_', target, target.shape, source);
  // A view of the target that broadcasts to it is the target.
  if (values.storage !== target.storage) write(target, wholeOf(target), values);
}

/** Sets every element of the target to `value`. Throws as `copyInto`, and an ArgumentError if the dtype does not hold the value. */
export function fillWith(name: string, target: Tensor, value: number): void {
  checkWritable(name, target);
  checkElement(name, value, target.dtype);
  target.storage.current().fill(value);
  target.storage.version++;
}

/** Overwrites the places of the target that an index names, as for `index`, with `source`. Throws as `index` and `copyInto`. */
export function setPlaces(target: Tensor, items: readonly IndexItem[], source: Operand): void {
  checkWritable('set_', target);
  const places = resolveIndex('set_', target.shape, items);
  const values = sourceFor('set_', target, places.shape, source);
  // A view of the target would be read while it is written.
  write(target, places, values.storage === target.storage ? clone(values) : values);
}

/** target += other, or target *= other. Throws as `copyInto`. */
export function accumulate(op: 'add' | 'mul', target: Tensor, other: Operand): void {
  const name = `${op}_`;
  checkWritable(name, target);
  const source = sourceFor(name, target, target.shape, other);
  if (target.dtype === 'uint8') write(target, wholeOf(target), op === 'add' ? add(target, source) : mul(target, source));
  else accumulateInto(op, target, source);
}

function accumulateInto(op: 'add' | 'mul', target: Tensor, source: Tensor): void {
  const { shape, dtype, storage } = target;
  // Not reachable: uint8 goes another way in `accumulate`, and has no gradients to add up.
  if (dtype === 'uint8') throw new DTypeError('arithmetic on uint8 is done in int32');
  plain([source], () => {
    const y = updatable(storage);
    binary(op, dtype, y, readable(source.storage), y, shape, contiguousStrides(shape), broadcastStrides(source.shape, shape));
  });
  storage.version++;
}

/** target += x, of one shape and dtype, without a check: how the engine adds up gradients. */
export function addInto(target: Tensor, x: Tensor): void {
  accumulateInto('add', target, x);
}

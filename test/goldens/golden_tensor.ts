import { type DType, expand, isFloat, permute, printShape, type Shape, sizeOf, slice, type Tensor, tensor } from '@convgrad/core';
import { CaseError, Fields } from './fields.ts';

/** What a case is calculated in; the stored numbers are float64. */
export type Precision = 'float64' | 'float32';

/** A tensor of a golden file. */
export interface GoldenTensor {
  readonly shape: Shape;
  readonly dtype: 'float64' | 'int64';
  readonly data: Float64Array;
  /** Turns the stored tensor into what the op is given. */
  readonly view: readonly Fields[];
}

const special: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** Reads a tensor of a case. */
export function readTensor(name: string, value: unknown): GoldenTensor {
  const fields = new Fields(name, value);
  const shape = fields.numbers('shape');
  const dtype = fields.oneOf('dtype', ['float64', 'int64']);
  const data = Float64Array.from(fields.list('data'), (number) => readNumber(name, number));
  if (data.length !== sizeOf(shape)) throw new CaseError(`${name}: ${data.length} numbers for shape ${printShape(shape)}`);
  const view = fields.has('view') ? fields.fieldsList('view') : [];
  fields.requireAllRead();
  return { shape, dtype, data, view };
}

/** Reads tensors by name. */
export function readTensors(fields: Fields): Record<string, GoldenTensor> {
  return Object.fromEntries(fields.keys.map((key) => [key, readTensor(key, fields.raw(key))]));
}

function readNumber(name: string, value: unknown): number {
  const number = typeof value === 'string' ? special[value] : value;
  if (typeof number !== 'number') throw new CaseError(`${name}: ${JSON.stringify(value)} is not a number`);
  return number;
}

/** The stored tensor: of floats in the precision asked for, of integers in int32. */
export function toTensor(golden: GoldenTensor, precision: Precision): Tensor {
  const dtype: DType = golden.dtype === 'int64' ? 'int32' : precision;
  return tensor(isFloat(dtype) ? golden.data : Int32Array.from(golden.data), { shape: golden.shape, dtype });
}

/** Applies the view's steps to the stored tensor. */
export function applyView(stored: Tensor, view: readonly Fields[]): Tensor {
  return view.reduce((x, step) => {
    const op = step.oneOf('op', ['permute', 'slice', 'expand']);
    const next = applyStep(x, op, step);
    step.requireAllRead();
    return next;
  }, stored);
}

function applyStep(x: Tensor, op: 'permute' | 'slice' | 'expand', step: Fields): Tensor {
  switch (op) {
    case 'permute':
      return permute(x, step.numbers('dims'));
    case 'slice':
      return slice(x, step.number('dim'), step.numberOr('start', null), step.numberOr('stop', null), step.numberOr('step', 1));
    case 'expand':
      return expand(x, step.numbers('shape'));
  }
}

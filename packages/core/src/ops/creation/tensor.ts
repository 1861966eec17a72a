import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError, DTypeError, ShapeError } from '../../errors.ts';
import type { DType, DTypeArray } from '../../kernels/dtype.ts';
import { printShape, type Shape, sizeOf } from '../../shape.ts';
import { checkDType, create, type TensorOptions } from './create.ts';
import { elementError, holdsElement } from './element.ts';

/** What `tensor` takes: a number or boolean, a typed array, or arrays of these, nested to any depth. */
export type TensorData = number | boolean | DTypeArray | Uint8ClampedArray | readonly TensorData[];

/** Options of `tensor`. */
export interface TensorDataOptions extends TensorOptions {
  /** Default: the nesting of the data. Otherwise as many elements in another shape. */
  readonly shape?: Shape;
}

/**
 * A tensor with a copy of the numbers of nested arrays, of a typed array, or of one number.
 *
 * Its dtype, unless said otherwise: that of typed arrays, uint8 for booleans, else float32.
 *
 * @throws ShapeError if rows of one level differ in length or `shape` has another size; ArgumentError for what is no number, or what an
 * integer dtype cannot hold; DTypeError for typed arrays other than Float32Array, Float64Array, Int32Array and Uint8(Clamped)Array
 * @example tensor([[1, 2], [3, 4]], { dtype: 'float64', requiresGrad: true }) // [[1, 2], [3, 4]]
 * @example tensor(new Uint8Array(28 * 28), { shape: [28, 28] }) // shape [28, 28], all 0
 */
export function tensor(data: TensorData, { dtype, shape, ...options }: TensorDataOptions = {}): Tensor {
  const nesting = shapeOf(data);
  const type = dtype ?? dtypeOf(data);
  checkDType('tensor', type);
  if (shape !== undefined && sizeOf(shape) !== sizeOf(nesting)) {
    throw new ShapeError(
      `tensor: data of shape ${printShape(nesting)} (${sizeOf(nesting)} elements) cannot have shape ${printShape(shape)}`,
    );
  }
  return create('tensor', shape ?? nesting, type, options, (array) => {
    if (isTypedArray(data) && dtypeOf(data) === type) array.set(data);
    else new Reader(array, type, nesting).read(data);
  });
}

function isTypedArray(data: TensorData): data is DTypeArray | Uint8ClampedArray {
  return ArrayBuffer.isView(data);
}

function isNested(data: TensorData): data is readonly TensorData[] {
  return Array.isArray(data);
}

/** The lengths of the first row of every level, which all others must have. */
function shapeOf(data: TensorData): number[] {
  const shape: number[] = [];
  let level = data;
  while (isNested(level)) {
    shape.push(level.length);
    if (level.length === 0) return shape;
    level = level[0];
  }
  if (isTypedArray(level)) shape.push(level.length);
  return shape;
}

/** The dtype of the first row's elements. */
function dtypeOf(data: TensorData): DType {
  let first = data;
  while (isNested(first)) {
    if (first.length === 0) return 'float32';
    first = first[0];
  }
  if (typeof first === 'boolean') return 'uint8';
  if (!isTypedArray(first) || first instanceof Float32Array) return 'float32';
  if (first instanceof Float64Array) return 'float64';
  if (first instanceof Int32Array) return 'int32';
  if (first instanceof Uint8Array || first instanceof Uint8ClampedArray) return 'uint8';
  throw unknownArray(first);
}

function unknownArray(array: object): DTypeError {
  return new DTypeError(
    `tensor: expected a Float32Array, Float64Array, Int32Array, Uint8Array or Uint8ClampedArray, got ${array.constructor.name}; ` +
      'convert it, as in Float32Array.from(data, Number)',
  );
}

/** Copies nested data into an array, checking each level against the shape. */
class Reader {
  private readonly array: DTypeArray;
  private readonly dtype: DType;
  private readonly shape: Shape;
  /** The indices of the row that is being read. */
  private readonly path: number[] = [];
  private at = 0;

  constructor(array: DTypeArray, dtype: DType, shape: Shape) {
    this.array = array;
    this.dtype = dtype;
    this.shape = shape;
  }

  read(data: TensorData): void {
    const depth = this.path.length;
    if (depth === this.shape.length) {
      this.readElement(data);
      return;
    }
    if (!isNested(data) && !isTypedArray(data)) {
      throw new ShapeError(`tensor: ${this.place()} is ${String(data)}, expected a row of ${this.shape[depth]} as ${this.firstPlace()} is`);
    }
    if (data.length !== this.shape[depth]) {
      throw new ShapeError(`tensor: ${this.place()} has length ${data.length}, but ${this.firstPlace()} has length ${this.shape[depth]}`);
    }
    if (isTypedArray(data)) dtypeOf(data);
    for (let index = 0; index < data.length; index++) {
      this.path[depth] = index;
      this.read(data[index]);
    }
    this.path.length = depth;
  }

  private readElement(value: TensorData): void {
    if (typeof value === 'object' && (isNested(value) || isTypedArray(value))) {
      throw new ShapeError(`tensor: ${this.place()} is a row of ${value.length}, but ${this.firstPlace()} is a number`);
    }
    const number = typeof value === 'boolean' ? Number(value) : value;
    if (typeof number !== 'number') throw new ArgumentError(`tensor: ${this.place()} is ${String(value)}, expected a number or a boolean`);
    if (!holdsElement(this.dtype, number)) throw elementError('tensor', number, this.dtype === 'uint8' ? 'uint8' : 'int32', this.place());
    this.array[this.at++] = number;
  }

  private place(): string {
    return `data${this.path.map((index) => `[${index}]`).join('')}`;
  }

  private firstPlace(): string {
    return `data${'[0]'.repeat(this.path.length)}`;
  }
}

import type { Tensor } from '../../autograd/graph.ts';
import { ArgumentError } from '../../errors.ts';
import type { DType } from '../../kernels/dtype.ts';
import { checkFiniteNumber, create, type TensorOptions } from './create.ts';
import { checkElement } from './element.ts';

/**
 * The numbers start, start + step, .. up to `end` (exclusive), float32 unless said otherwise.
 *
 * -> [ceil((end - start) / step)]
 *
 * @param start default 0
 * @param step default 1; may be negative
 * @throws ArgumentError if step is 0 or points away from `end`, or the dtype does not hold the numbers;
 *   DTypeError for integers that are to have gradients
 * @example arange(3) // [0, 1, 2]
 * @example arange(1, 0, -0.5) // [1, 0.5]
 */
export function arange(end: number, options?: TensorOptions): Tensor;
export function arange(start: number, end: number, options?: TensorOptions): Tensor;
export function arange(start: number, end: number, step: number, options?: TensorOptions): Tensor;
export function arange(...args: readonly (number | TensorOptions | undefined)[]): Tensor {
  const numbers = args.filter((arg) => typeof arg === 'number');
  const { dtype = 'float32', ...options } = args.find((arg) => typeof arg === 'object') ?? {};
  const [start, end, step = 1] = numbers.length === 1 ? [0, ...numbers] : numbers;
  for (const [what, value] of Object.entries({ start, end, step })) checkFiniteNumber('arange', what, value);
  if (step === 0 || (end - start) / step < 0) throw new ArgumentError(`arange: a step of ${step} does not lead from ${start} to ${end}`);
  const length = Math.ceil((end - start) / step);
  if (length > 0) checkSteps('arange', dtype, [start, step, start + (length - 1) * step]);
  return create('arange', [length], dtype, options, (array) => {
    for (let i = 0; i < length; i++) array[i] = start + i * step;
  });
}

/** Integer tensors take whole starts and steps: anything else would be rounded in secret. */
function checkSteps(name: string, dtype: DType, [start, step, last]: readonly [number, number, number]): void {
  checkElement(name, start, dtype, 'start');
  checkElement(name, last, dtype, 'the last number');
  if (dtype === 'int32' || dtype === 'uint8') checkElement(name, step, 'int32', 'step');
}

/**
 * `steps` evenly spaced numbers from `start` to `end`, both included; float32 unless said otherwise.
 *
 * -> [steps]
 *
 * @throws ArgumentError if steps is not a whole number of at least 0, or the dtype does not hold the numbers;
 *   DTypeError for integers that are to have gradients
 * @example linspace(0, 1, 5) // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(start: number, end: number, steps: number, { dtype = 'float32', ...options }: TensorOptions = {}): Tensor {
  checkFiniteNumber('linspace', 'start', start);
  checkFiniteNumber('linspace', 'end', end);
  if (!Number.isInteger(steps) || steps < 0)
    throw new ArgumentError(`linspace: steps must be a whole number of at least 0, got ${String(steps)}`);
  const step = steps > 1 ? (end - start) / (steps - 1) : 0;
  checkSteps('linspace', dtype, [start, step, steps > 1 ? end : start]);
  return create('linspace', [steps], dtype, options, (array) => {
    // From both ends, so that both are exact.
    for (let i = 0; i < steps; i++) array[i] = i < steps / 2 ? start + i * step : end - (steps - 1 - i) * step;
  });
}

/**
 * Ones on the diagonal and zeros elsewhere, float32 unless said otherwise.
 *
 * -> [rows, columns]
 *
 * @param columns default: as many as rows
 * @throws ShapeError unless rows and columns are whole numbers of at least 0; DTypeError for integers that are to have gradients
 * @example eye(2) // [[1, 0], [0, 1]]
 */
export function eye(rows: number, options?: TensorOptions): Tensor;
export function eye(rows: number, columns: number, options?: TensorOptions): Tensor;
export function eye(rows: number, second?: number | TensorOptions, third?: TensorOptions): Tensor {
  const columns = typeof second === 'number' ? second : rows;
  const { dtype = 'float32', ...options } = (typeof second === 'number' ? third : second) ?? {};
  return create('eye', [rows, columns], dtype, options, (array) => {
    array.fill(0);
    for (let i = 0; i < Math.min(rows, columns); i++) array[i * columns + i] = 1;
  });
}

import { ArgumentError, GradientError } from '../errors.ts';
import { createArray, Storage } from '../memory/storage.ts';
import { Generator } from '../random/generator.ts';
import { printShape, type Shape, sizeOf } from '../shape.ts';
import { grad } from './backward.ts';
import { Tensor } from './graph.ts';
import { enableGrad, noGrad } from './mode.ts';

/** A function whose gradients are checked: tensors in, one or more tensors out. Its result must depend on its inputs only. */
export type CheckedFunction = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** Options of `gradcheck` and `gradgradcheck`. */
export interface GradcheckOptions {
  /** Step of the central differences. Default 1e-6. */
  readonly eps?: number;
  /** Largest absolute error allowed. Default 1e-5. */
  readonly atol?: number;
  /** Largest error allowed relative to the numeric derivative. Default 1e-3. */
  readonly rtol?: number;
  /** Compare one random projection of the Jacobian instead of all its entries. Default false. */
  readonly fast?: boolean;
  /** Seed of the projections and cotangents. Default 0. */
  readonly seed?: number;
}

type Settings = Required<GradcheckOptions>;

const defaults: Settings = { eps: 1e-6, atol: 1e-5, rtol: 1e-3, fast: false, seed: 0 };

/**
 * Checks the gradients of a function against central differences in float64, by every input that requires gradients.
 *
 * It also checks that two runs agree to the last bit and that a cotangent of zeros gives zeros; an absent gradient counts as zero.
 * Keep away from kinks (ReLU at 0, ties of max): the differences lie there.
 *
 * @param inputs float64 tensors; those that require gradients are leaves and are checked
 * @returns true
 * @throws GradientError that names the input, the index, both numbers and the largest error; ArgumentError if nothing can be checked
 * @example gradcheck((x) => x.square().sum(), [tensor([1, 2], { dtype: 'float64', requiresGrad: true })])
 */
export function gradcheck(fn: CheckedFunction, inputs: readonly Tensor[], options: GradcheckOptions = {}): true {
  const settings = { ...defaults, ...options };
  const checked = inputs.filter((input) => input.requiresGrad);
  checkInputs('gradcheck', inputs, checked);
  const outputs = run(fn, inputs);
  checkRepeats(outputs, run(fn, inputs));
  checkZeroCotangent(outputs, checked);
  const generator = new Generator(settings.seed);
  const random = () => generator.uniform();
  outputs.forEach((output, index) => {
    if (!output.requiresGrad) {
      if (output.dtype === 'float64') checkConstant(fn, inputs, checked, index, settings);
      return;
    }
    if (settings.fast) checkProjection(fn, inputs, checked, output, index, settings, random);
    else checkJacobian(fn, inputs, checked, output, index, settings);
  });
  return true;
}

/**
 * Checks the second derivatives of a function: gradchecks its gradients as functions of the inputs and of random cotangents.
 *
 * @returns true
 * @throws as `gradcheck`
 * @example gradgradcheck((x) => x.square().sum(), [tensor([1, 2], { dtype: 'float64', requiresGrad: true })])
 */
export function gradgradcheck(fn: CheckedFunction, inputs: readonly Tensor[], options: GradcheckOptions = {}): true {
  const settings = { ...defaults, ...options };
  const checked = inputs.filter((input) => input.requiresGrad);
  checkInputs('gradgradcheck', inputs, checked);
  const generator = new Generator(settings.seed + 1);
  const differentiable = run(fn, inputs).map((output) => output.requiresGrad);
  const cotangents = run(fn, inputs)
    .filter((output) => output.requiresGrad)
    .map((output) => fromArray(output.shape, () => 2 * generator.uniform() - 1).requiresGrad_());
  const first: CheckedFunction = (...all) => {
    const own = all.slice(0, inputs.length);
    const outputs = run(fn, own).filter((_, index) => differentiable[index]);
    const targets = own.filter((_, index) => inputs[index].requiresGrad);
    const gradients = grad(outputs, targets, { gradOutputs: all.slice(inputs.length), createGraph: true, allowUnused: true });
    return gradients.map((gradient, index) => gradient ?? fromArray(targets[index].shape, () => 0));
  };
  return gradcheck(first, [...inputs, ...cotangents], options);
}

function checkInputs(name: string, inputs: readonly Tensor[], checked: readonly Tensor[]): void {
  if (checked.length === 0) throw new ArgumentError(`${name}: none of the ${inputs.length} inputs requires gradients`);
  for (const input of checked) {
    const index = inputs.indexOf(input);
    if (input.dtype !== 'float64') {
      throw new ArgumentError(`${name}: input ${index} is ${input.dtype}; differences need float64`);
    }
    if (!input.isLeaf)
      throw new ArgumentError(`${name}: input ${index} was made by ${input.node?.name}; pass a leaf, as detach().requiresGrad_()`);
  }
}

function run(fn: CheckedFunction, inputs: readonly Tensor[]): readonly Tensor[] {
  return enableGrad(() => {
    const result = fn(...inputs);
    return result instanceof Tensor ? [result] : result;
  });
}

/** The numbers of output `index`, without recording. */
function valuesOf(fn: CheckedFunction, inputs: readonly Tensor[], index: number): ArrayLike<number> {
  const outputs = noGrad(() => {
    const result = fn(...inputs);
    return result instanceof Tensor ? [result] : result;
  });
  return outputs[index].storage.current().slice();
}

function checkRepeats(first: readonly Tensor[], second: readonly Tensor[]): void {
  first.forEach((output, index) => {
    const [a, b] = [output.storage.current(), second[index].storage.current()];
    const position = a.findIndex((value: number, at: number) => !Object.is(value, b[at]));
    if (position >= 0) {
      throw new GradientError(
        `gradcheck: two runs disagree in output ${index} at ${position}: ${a[position]} and ${b[position]}; is the function random?`,
      );
    }
  });
}

function checkZeroCotangent(outputs: readonly Tensor[], checked: readonly Tensor[]): void {
  const differentiable = outputs.filter((output) => output.requiresGrad);
  if (differentiable.length === 0) return;
  const gradOutputs = differentiable.map((output) => fromArray(output.shape, () => 0, output.dtype));
  const gradients = grad(differentiable, [...checked], { gradOutputs, retainGraph: true, allowUnused: true });
  gradients.forEach((gradient, index) => {
    const numbers = gradient?.storage.current() ?? [];
    for (let at = 0; at < numbers.length; at++) {
      if (numbers[at] !== 0)
        throw new GradientError(`gradcheck: a cotangent of zeros gives ${numbers[at]} for input ${index} at ${at}, not 0`);
    }
  });
}

/** An output that says it does not depend on the inputs must not. */
function checkConstant(
  fn: CheckedFunction,
  inputs: readonly Tensor[],
  checked: readonly Tensor[],
  index: number,
  settings: Settings,
): void {
  checked.forEach((input, which) => {
    for (let at = 0; at < input.size; at++) {
      const slope = difference(fn, inputs, index, input, (array, sign) => {
        array[at] += sign * settings.eps;
      });
      slope.forEach((value, position) => {
        compare(`output ${index} at ${position} requires no gradient, but by input ${which}`, at, 0, value / (2 * settings.eps), settings);
      });
    }
  });
}

function checkJacobian(
  fn: CheckedFunction,
  inputs: readonly Tensor[],
  checked: readonly Tensor[],
  output: Tensor,
  index: number,
  settings: Settings,
): void {
  const numeric = checked.map((input) =>
    Array.from({ length: input.size }, (_, at) =>
      difference(fn, inputs, index, input, (array, sign) => {
        array[at] += sign * settings.eps;
      }),
    ),
  );
  const worst = { error: 0, excess: 0, message: '' };
  for (let position = 0; position < output.size; position++) {
    const cotangent = fromArray(output.shape, (at) => (at === position ? 1 : 0));
    const gradients = grad(output, [...checked], { gradOutputs: cotangent, retainGraph: true, allowUnused: true });
    checked.forEach((input, which) => {
      const analytic = gradients[which]?.storage.current();
      for (let at = 0; at < input.size; at++) {
        const expected = numeric[which][at][position] / (2 * settings.eps);
        note(worst, analytic?.[at] ?? 0, expected, settings, () => {
          const where = `output ${index} at ${position} by input ${inputs.indexOf(input)} of shape ${printShape(input.shape)} at flat index ${at}`;
          return `${where}: analytic ${analytic?.[at] ?? 0}, numeric ${expected}`;
        });
      }
    });
  }
  if (worst.excess > 0) throw new GradientError(`gradcheck: the largest error is ${worst.error}: ${worst.message}`);
}

/** v^T J u for a random direction u and a random cotangent v, both ways. */
function checkProjection(
  fn: CheckedFunction,
  inputs: readonly Tensor[],
  checked: readonly Tensor[],
  output: Tensor,
  index: number,
  settings: Settings,
  random: () => number,
): void {
  const cotangent = fromArray(output.shape, () => 2 * random() - 1);
  const gradients = grad(output, [...checked], { gradOutputs: cotangent, retainGraph: true, allowUnused: true });
  const v = cotangent.storage.current();
  checked.forEach((input, which) => {
    const direction = Float64Array.from({ length: input.size }, () => 2 * random() - 1);
    const slope = difference(fn, inputs, index, input, (array, sign) => {
      for (let at = 0; at < array.length; at++) array[at] += sign * settings.eps * direction[at];
    });
    let numeric = 0;
    for (let at = 0; at < slope.length; at++) numeric += (v[at] * slope[at]) / (2 * settings.eps);
    const own = gradients[which]?.storage.current();
    let analytic = 0;
    for (let at = 0; at < input.size; at++) analytic += (own?.[at] ?? 0) * direction[at];
    compare(
      `output ${index} by input ${inputs.indexOf(input)} of shape ${printShape(input.shape)}, projected`,
      0,
      analytic,
      numeric,
      settings,
    );
  });
}

interface Worst {
  error: number;
  /** How far the error is past what is allowed. */
  excess: number;
  message: string;
}

function note(worst: Worst, analytic: number, numeric: number, { atol, rtol }: Settings, message: () => string): void {
  if (Object.is(analytic, numeric)) return;
  const error = Math.abs(analytic - numeric);
  const excess = error - (atol + rtol * Math.abs(numeric));
  if (excess <= 0 || error <= worst.error) return;
  worst.error = error;
  worst.excess = Number.isNaN(excess) ? Number.POSITIVE_INFINITY : excess;
  worst.message = message();
}

function compare(what: string, at: number, analytic: number, numeric: number, settings: Settings): void {
  const worst: Worst = { error: 0, excess: 0, message: '' };
  note(worst, analytic, numeric, settings, () => '');
  if (worst.excess > 0) {
    throw new GradientError(
      `gradcheck: ${what} at flat index ${at}: analytic ${analytic}, numeric ${numeric}; the largest error is ${worst.error}`,
    );
  }
}

/** fn(x + d) - fn(x - d), the numbers of one output, where `shift` adds d (times a sign) to the input's numbers. */
function difference(
  fn: CheckedFunction,
  inputs: readonly Tensor[],
  index: number,
  input: Tensor,
  shift: (array: Float64Array, sign: number) => void,
): Float64Array {
  const array = input.data;
  // Not reachable: checkInputs has seen to it.
  if (!(array instanceof Float64Array)) throw new ArgumentError('gradcheck: inputs must be float64');
  const original = array.slice();
  try {
    shift(array, 1);
    const above = valuesOf(fn, inputs, index);
    array.set(original);
    shift(array, -1);
    const below = valuesOf(fn, inputs, index);
    return Float64Array.from({ length: above.length }, (_, at) => above[at] - below[at]);
  } finally {
    array.set(original);
  }
}

function fromArray(shape: Shape, value: (at: number) => number, dtype: 'float32' | 'float64' | 'int32' | 'uint8' = 'float64'): Tensor {
  const array = createArray(dtype, sizeOf(shape));
  for (let at = 0; at < array.length; at++) array[at] = value(at);
  return new Tensor(Storage.ofArray(dtype, array), shape);
}

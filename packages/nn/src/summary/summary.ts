import { ArgumentError, type FloatDType, inspectSymbol, isFloat, printShape, type Shape, Tensor, zeros } from '@convgrad/core';
import { bytesPerElement } from '@convgrad/core/kernels';
import type { Module } from '../modules/module.ts';
import { alignColumns, printBytes, printCount } from './table.ts';
import { type LayerSummary, traceCalls } from './trace.ts';

/**
 * What a model consists of and costs; printed as a table.
 *
 * @example summary(new Linear(20, 10), [1, 20]).multiplyAdds // 200
 */
export class ModelSummary {
  /** One entry a call of a module, in the order in which they begin. */
  readonly layers: readonly LayerSummary[];
  /** Numbers in all parameters of the model, each once. */
  readonly parameters: number;
  /** Those that ask for gradients. */
  readonly trainableParameters: number;
  readonly parameterBytes: number;
  /** Multiplications, each with its addition, of all layers that know theirs: convolutions and linear layers. */
  readonly multiplyAdds: number;
  /** Bytes of what all modules give, which is about what training holds until `backward()`. */
  readonly activationBytes: number;

  constructor(model: Module, layers: readonly LayerSummary[]) {
    const parameters = model.parameters();
    this.layers = layers;
    this.parameters = sumOf(parameters, ({ size }) => size);
    this.trainableParameters = sumOf(
      parameters.filter(({ requiresGrad }) => requiresGrad),
      ({ size }) => size,
    );
    this.parameterBytes = sumOf(parameters, ({ size, dtype }) => size * bytesPerElement[dtype]);
    this.multiplyAdds = sumOf(layers, ({ multiplyAdds }) => multiplyAdds ?? 0);
    this.activationBytes = sumOf(layers, ({ activationBytes }) => activationBytes);
  }

  toString(): string {
    const rows = this.layers.map(({ name, type, depth, outputShapes, parameters, multiplyAdds, activationBytes }) => [
      `${'  '.repeat(depth)}${name === '' ? '' : `(${name}) `}${type}`,
      outputShapes.map(printShape).join(' '),
      blankZero(parameters, printCount),
      blankZero(multiplyAdds ?? 0, printCount),
      blankZero(activationBytes, printBytes),
    ]);
    const header = ['layer', 'output shape', 'parameters', 'multiply-adds', 'activations'];
    const total = ['total', '', printCount(this.parameters), printCount(this.multiplyAdds), printBytes(this.activationBytes)];
    const lines = alignColumns(header, [...rows, total], ['left', 'left', 'right', 'right', 'right']);
    const frozen = this.parameters - this.trainableParameters;
    const called = sumOf(this.layers, ({ parameters }) => parameters);
    return [
      ...lines.toSpliced(-1, 0, lines[1]),
      `parameters: ${printBytes(this.parameterBytes)}${frozen > 0 ? `, ${printCount(frozen)} numbers frozen` : ''}`,
      ...(called < this.parameters ? [`in modules that were not called: ${printCount(this.parameters - called)} parameters`] : []),
    ].join('\n');
  }

  [inspectSymbol](): string {
    return this.toString();
  }
}

function sumOf<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((sum, item) => sum + amount(item), 0);
}

function blankZero(amount: number, print: (amount: number) => string): string {
  return amount === 0 ? '' : print(amount);
}

/**
 * Runs a model once, in evaluation and without recording, and lists what its modules give and cost.
 *
 * Only modules are seen: what a `forward` does with functions has no line. Multiply-adds are known of convolutions, of linear layers, and
 * of modules with a method `multiplyAdds(inputShape)`.
 *
 * @param input shape of an input of zeros in the model's dtype, or the inputs themselves
 * @throws ArgumentError for neither; whatever the model throws
 * @example console.log(summary(new Sequential(new Conv2d(1, 6, 5), new ReLU()), [1, 1, 28, 28]));
 */
export function summary(model: Module, input: Shape | Tensor | readonly Tensor[]): ModelSummary {
  return new ModelSummary(model, traceCalls(model, inputsOf(model, input)));
}

function inputsOf(model: Module, input: Shape | Tensor | readonly Tensor[]): readonly Tensor[] {
  if (input instanceof Tensor) return [input];
  if (isShape(input)) return [zeros(input, { dtype: floatDTypeOf(model) })];
  const tensors = input.filter((entry) => entry instanceof Tensor);
  if (tensors.length !== input.length) throw new ArgumentError(`summary: the input must be a shape, or tensors, got ${String(input)}`);
  return tensors;
}

function isShape(input: readonly unknown[]): input is Shape {
  return input.length > 0 && input.every((length) => typeof length === 'number');
}

function floatDTypeOf(model: Module): FloatDType {
  for (const { dtype } of model.parameters()) if (isFloat(dtype)) return dtype;
  return 'float32';
}

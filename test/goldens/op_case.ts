import { ConvgradError, grad, type Tensor } from '@convgrad/core';
import { expectClose, Mismatch, type Order, toleranceOf } from './comparison.ts';
import { expectedErrors } from './expected_errors.ts';
import { CaseError, Fields } from './fields.ts';
import { applyView, type GoldenTensor, type Precision, readTensor, readTensors, toTensor } from './golden_tensor.ts';
import { type OpAdapters, OpCall, type OpResult } from './op_adapter.ts';

/** One call of an op, as FORMAT.md describes it. */
interface OpCase {
  readonly name: string;
  readonly op: string;
  readonly attrs: unknown;
  readonly inputs: Readonly<Record<string, GoldenTensor>>;
  /** PyTorch's error message, if the call must fail. */
  readonly error: string | null;
}

/** What the call must give. */
interface Expected {
  readonly output: GoldenTensor;
  readonly extra: Readonly<Record<string, GoldenTensor>>;
  readonly cotangent: GoldenTensor;
  readonly gradients: Readonly<Record<string, GoldenTensor>>;
  readonly second: {
    readonly directions: Readonly<Record<string, GoldenTensor>>;
    readonly gradients: Readonly<Record<string, GoldenTensor>>;
  } | null;
}

/** Runs a case and throws a Mismatch where it gives something else than it must. */
export function runOpCase(adapters: OpAdapters, fields: Fields, precision: Precision): void {
  const golden = readCase(fields);
  if (golden.error !== null) {
    fields.requireAllRead();
    expectError(adapters, golden, golden.error, precision);
    return;
  }
  const expected = readExpected(fields);
  fields.requireAllRead();
  new OpCheck(adapters, golden, expected, precision).run();
}

function readCase(fields: Fields): OpCase {
  fields.stringOr('note', null);
  return {
    name: fields.string('name'),
    op: fields.string('op'),
    attrs: fields.raw('attrs'),
    inputs: readTensors(fields.fields('inputs')),
    error: fields.has('error') ? fields.fields('error').string('message') : null,
  };
}

function readExpected(fields: Fields): Expected {
  return {
    output: readTensor('output', fields.raw('output')),
    extra: fields.has('extra_outputs') ? readTensors(fields.fields('extra_outputs')) : {},
    cotangent: readTensor('cotangent', fields.raw('cotangent')),
    gradients: readTensors(fields.fields('grads')),
    second: fields.has('gradgrads') ? readSecond(fields.fields('gradgrads')) : null,
  };
}

function readSecond(fields: Fields): Expected['second'] {
  const second = { directions: readTensors(fields.fields('v')), gradients: readTensors(fields.fields('wrt')) };
  fields.requireAllRead();
  return second;
}

/** The leaves that hold the stored inputs, and the op's result on them. */
interface Evaluation {
  readonly leaves: Readonly<Record<string, Tensor>>;
  readonly result: OpResult;
}

function evaluate(
  adapters: OpAdapters,
  { op, attrs, inputs }: OpCase,
  differentiable: ReadonlySet<string>,
  precision: Precision,
): Evaluation {
  const adapter = Object.hasOwn(adapters, op) ? adapters[op] : undefined;
  if (adapter === undefined) throw new CaseError(`convgrad has no ${op}, or the runner has no adapter for it`);
  const leaves: Record<string, Tensor> = {};
  const viewed: Record<string, Tensor> = {};
  for (const [name, golden] of Object.entries(inputs)) {
    leaves[name] = toTensor(golden, precision).requiresGrad_(differentiable.has(name));
    viewed[name] = applyView(leaves[name], golden.view);
  }
  const call = new OpCall(viewed, new Fields('attrs', attrs));
  const result = adapter(call);
  call.requireAllUsed();
  return { leaves, result: 'output' in result ? result : { output: result, extra: {} } };
}

function expectError(adapters: OpAdapters, golden: OpCase, message: string, precision: Precision): void {
  const allowed = expectedErrors(golden.name, message);
  const names = allowed.map((type) => type.name).join(' or ');
  try {
    evaluate(adapters, golden, new Set(), precision);
  } catch (error) {
    if (allowed.some((type) => error instanceof type)) return;
    if (error instanceof ConvgradError) throw new Mismatch(`must fail with ${names}, but failed with ${error.name}: ${error.message}`);
    throw error;
  }
  throw new Mismatch(`must fail with ${names} (PyTorch: ${message}), but did not fail`);
}

/** Compares a call's results, and its gradients of the first and, where they are given, the second order. */
class OpCheck {
  private readonly adapters: OpAdapters;
  private readonly golden: OpCase;
  private readonly expected: Expected;
  private readonly precision: Precision;

  constructor(adapters: OpAdapters, golden: OpCase, expected: Expected, precision: Precision) {
    this.adapters = adapters;
    this.golden = golden;
    this.expected = expected;
    this.precision = precision;
  }

  run(): void {
    const plain = this.evaluate();
    this.compare('output', plain.result.output, this.expected.output);
    this.compareExtra(plain.result.extra);
    if (Object.keys(this.expected.gradients).length === 0) return;
    const cotangent = toTensor(this.expected.cotangent, this.precision);
    this.compareAll('gradient by', this.gradients(plain, cotangent, false), this.expected.gradients, 'first');

    const recorded = this.evaluate();
    cotangent.requiresGrad_();
    const first = this.gradients(recorded, cotangent, true);
    this.compareAll('gradient (createGraph) by', first, this.expected.gradients, 'first');
    if (this.expected.second !== null) this.checkSecond(recorded, cotangent, first, this.expected.second);
  }

  private evaluate(): Evaluation {
    return evaluate(this.adapters, this.golden, new Set(Object.keys(this.expected.gradients)), this.precision);
  }

  private gradients({ leaves, result }: Evaluation, cotangent: Tensor, createGraph: boolean): Record<string, Tensor | null> {
    const names = Object.keys(this.expected.gradients);
    if (!result.output.requiresGrad) return Object.fromEntries(names.map((name) => [name, null]));
    const found = grad(
      result.output,
      names.map((name) => inputOf(leaves, name)),
      { gradOutputs: cotangent, createGraph, allowUnused: true },
    );
    return Object.fromEntries(names.map((name, index) => [name, found[index]]));
  }

  /** With g the first gradients: the gradients of sum_i sum(v_i g_i) by every input and by the cotangent. */
  private checkSecond(
    { leaves }: Evaluation,
    cotangent: Tensor,
    first: Readonly<Record<string, Tensor | null>>,
    { directions, gradients }: NonNullable<Expected['second']>,
  ): void {
    let total: Tensor | null = null;
    for (const [name, direction] of Object.entries(directions)) {
      const gradient = first[name];
      if (gradient === null || gradient === undefined) continue;
      const term = gradient.mul(toTensor(direction, this.precision)).sum();
      total = total === null ? term : total.add(term);
    }
    const names = Object.keys(gradients);
    const targets = names.map((name) => (name === 'cotangent' ? cotangent : inputOf(leaves, name)));
    const found = total === null || !total.requiresGrad ? names.map(() => null) : grad(total, targets, { allowUnused: true });
    this.compareAll('second gradient by', Object.fromEntries(names.map((name, index) => [name, found[index]])), gradients, 'second');
  }

  private compareExtra(extra: Readonly<Record<string, Tensor>>): void {
    for (const [name, want] of Object.entries(this.expected.extra)) {
      const got = extra[name];
      if (got === undefined) throw new CaseError(`the adapter gives no ${name}`);
      this.compare(name, got, want);
    }
  }

  /** A gradient that is absent stands for zeros. */
  private compareAll(
    what: string,
    got: Readonly<Record<string, Tensor | null>>,
    want: Readonly<Record<string, GoldenTensor>>,
    order: Order,
  ): void {
    for (const [name, golden] of Object.entries(want)) {
      const gradient = got[name] ?? toTensor({ ...golden, data: new Float64Array(golden.data.length) }, this.precision);
      this.compare(`${what} ${name}`, gradient, golden, order);
    }
  }

  private compare(what: string, got: Tensor, want: GoldenTensor, order: Order = 'first'): void {
    if (want.dtype === 'float64' && got.dtype !== this.precision) throw new Mismatch(`${what} is ${got.dtype}, expected ${this.precision}`);
    expectClose(what, got, want, toleranceOf(this.golden.name, this.precision, order));
  }
}

function inputOf(leaves: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const leaf = leaves[name];
  if (leaf === undefined) throw new CaseError(`there is a gradient by ${name}, but no such input`);
  return leaf;
}

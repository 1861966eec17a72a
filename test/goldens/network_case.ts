import { flatten, type Parameter, type Tensor } from '@convgrad/core';
import { crossEntropy, mseLoss } from '@convgrad/nn';
import { optimizerAdapter } from './adapters/optim.ts';
import { expectClose, expectCloseNumbers, toleranceOf } from './comparison.ts';
import { CaseError, type Fields } from './fields.ts';
import { type Precision, readTensor, readTensors, toTensor } from './golden_tensor.ts';
import { type OpAdapters, OpCall } from './op_adapter.ts';
import { readParameters } from './optimizer_case.ts';

/** What training amplifies rounding to. */
const trainedTolerance = 1e-8;

/** Tensors that a layer refers to by a name of the case: parameters and buffers. */
type State = Record<string, Tensor>;

const referenced: readonly string[] = ['weight', 'bias', 'offset_weight', 'offset_bias', 'running_mean', 'running_var'];

/** Trains a small network for a few steps and compares losses, the first step's output and gradients, and what comes out in the end. */
export function runNetworkCase(adapters: OpAdapters, fields: Fields, precision: Precision): void {
  fields.stringOr('note', null);
  fields.string('op');
  const tolerance = toleranceOf(fields.string('name'), precision);
  const inputs = readTensors(fields.fields('inputs'));
  const [x, target] = [toTensor(inputs.x, precision), toTensor(inputs.target, precision)];
  const params = readParameters(fields.fields('initial_params'), precision);
  const state: State = { ...params };
  for (const [key, golden] of Object.entries(readTensors(fields.fields('initial_buffers')))) state[key] = toTensor(golden, precision);
  const lossOf = lossFunction(fields.oneOf('loss', ['cross_entropy', 'mse']));
  const optimizerFields = fields.fields('optimizer');
  const optimizer = optimizerAdapter(optimizerFields.string('op'))(
    [{ params: Object.values(params), attrs: null }],
    optimizerFields.fields('attrs'),
  );

  fields.numbers('losses').forEach((want, step) => {
    optimizer.zeroGrad();
    const output = forward(adapters, fields.fieldsList('layers'), x, state);
    if (step === 0) expectClose('output of step 0', output, readTensor('first_output', fields.raw('first_output')), tolerance);
    const loss = lossOf(output, target);
    expectCloseNumbers(`loss before step ${step}`, [loss.item()], [want], step === 0 ? tolerance : trainedTolerance);
    loss.backward();
    if (step === 0) compareGradients(params, fields.fields('first_grads'), tolerance);
    optimizer.step();
  });
  for (const key of ['final_params', 'final_buffers']) {
    for (const [name, golden] of Object.entries(readTensors(fields.fields(key))))
      expectClose(`${name} in the end`, state[name], golden, trainedTolerance);
  }
  fields.requireAllRead();
}

function lossFunction(name: 'cross_entropy' | 'mse'): (output: Tensor, target: Tensor) => Tensor {
  return name === 'mse' ? (output, target) => mseLoss(output, target) : (output, target) => crossEntropy(output, target);
}

function compareGradients(params: Readonly<Record<string, Parameter>>, fields: Fields, tolerance: number): void {
  for (const [key, golden] of Object.entries(readTensors(fields))) {
    const gradient = params[key]?.grad;
    if (!gradient) throw new CaseError(`${key} has no gradient`);
    expectClose(`gradient by ${key} in step 0`, gradient, golden, tolerance);
  }
}

function forward(adapters: OpAdapters, layers: readonly Fields[], x: Tensor, state: State): Tensor {
  return layers.reduce((y, layer) => applyLayer(adapters, layer, y, state), x);
}

function applyLayer(adapters: OpAdapters, layer: Fields, x: Tensor, state: State): Tensor {
  const op = layer.string('op');
  if (op === 'flatten') return flatten(x, 1);
  const adapter = Object.hasOwn(adapters, op) ? adapters[op] : undefined;
  if (adapter === undefined) throw new CaseError(`convgrad has no ${op}, or the runner has no adapter for it`);
  const tensors: State = { x };
  for (const name of referenced) {
    const key = layer.stringOr(name, null);
    if (key !== null) tensors[name] = state[key];
  }
  const result = adapter(new OpCall(tensors, layer));
  return 'output' in result ? result.output : result;
}

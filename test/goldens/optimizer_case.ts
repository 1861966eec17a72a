import { grad, Parameter, type Tensor } from '@convgrad/core';
import { type GoldenGroup, optimizerAdapter } from './adapters/optim.ts';
import { expectClose, expectCloseNumbers, toleranceOf } from './comparison.ts';
import { CaseError, type Fields } from './fields.ts';
import { type Precision, readTensor, readTensors, toTensor } from './golden_tensor.ts';

/**
 * Follows an optimizer's trajectory: before each step the loss and its gradients are compared, then the step is given the stored
 * gradients, and the parameters after it are compared.
 */
export function runOptimizerCase(fields: Fields, precision: Precision): void {
  fields.stringOr('note', null);
  const tolerance = toleranceOf(fields.string('name'), precision);
  const adapter = optimizerAdapter(fields.string('op'));
  const params = readParameters(fields.fields('initial_params'), precision);
  const loss = readProblem(fields.fields('problem'), params, precision);
  const attrs = fields.fields('attrs');
  const groups = readGroups(fields, params);
  const optimizer = adapter(groups, attrs);
  attrs.requireAllRead();
  for (const group of groups) group.attrs?.requireAllRead();

  fields.fieldsList('steps').forEach((step, index) => {
    const before = loss();
    expectCloseNumbers(`loss before step ${index}`, [before.item()], [step.number('loss')], tolerance);
    const gradients = step.fields('grads');
    const present = gradients.keys.filter((key) => gradients.raw(key) !== null);
    const found = grad(
      before,
      present.map((key) => parameterOf(params, key)),
    );
    optimizer.zeroGrad();
    present.forEach((key, position) => {
      const golden = readTensor(key, gradients.raw(key));
      expectClose(`gradient by ${key} before step ${index}`, found[position], golden, tolerance);
      parameterOf(params, key).grad = toTensor(golden, precision);
    });
    optimizer.step();
    for (const [key, golden] of Object.entries(readTensors(step.fields('params')))) {
      expectClose(`${key} after step ${index}`, parameterOf(params, key), golden, tolerance);
    }
    step.requireAllRead();
  });
  fields.requireAllRead();
}

/** The parameters of a case by name. */
export function readParameters(fields: Fields, precision: Precision): Record<string, Parameter> {
  return Object.fromEntries(Object.entries(readTensors(fields)).map(([key, golden]) => [key, new Parameter(toTensor(golden, precision))]));
}

/** loss(w, b) = mean((tanh(X w + b) - Y)^2) */
function readProblem(problem: Fields, params: Readonly<Record<string, Parameter>>, precision: Precision): () => Tensor {
  problem.string('loss');
  const x = toTensor(readTensor('X', problem.raw('X')), precision);
  const y = toTensor(readTensor('Y', problem.raw('Y')), precision);
  const [w, b] = [parameterOf(params, 'w'), parameterOf(params, 'b')];
  return () => x.matmul(w).add(b).tanh().sub(y).square().mean();
}

function readGroups(fields: Fields, params: Readonly<Record<string, Parameter>>): GoldenGroup[] {
  if (fields.raw('groups') === null) return [{ params: Object.values(params), attrs: null }];
  return fields.fieldsList('groups').map((attrs) => ({ params: attrs.strings('params').map((key) => parameterOf(params, key)), attrs }));
}

function parameterOf(params: Readonly<Record<string, Parameter>>, key: string): Parameter {
  const parameter = params[key];
  if (parameter === undefined) throw new CaseError(`there is no parameter ${key}`);
  return parameter;
}

import { noGrad, type Parameter, type Removable, type Shape, Tensor, tensorsIn } from '@convgrad/core';
import { bytesPerElement } from '@convgrad/core/kernels';
import type { Module } from '../modules/module.ts';
import { multiplyAddsOf } from './multiply_adds.ts';

/** One call of a module. */
export interface LayerSummary {
  /** Path from the model, '' for the model itself. */
  readonly path: string;
  /** Its path from the module whose call it lies inside, where that contains it. */
  readonly name: string;
  /** Name of the class. */
  readonly type: string;
  /** Calls that it lies inside. */
  readonly depth: number;
  readonly outputShapes: readonly Shape[];
  /** Numbers in the module's own parameters, not those of modules inside; 0 where an earlier call has them. */
  readonly parameters: number;
  /** The module's own, not those of modules inside; null where nothing is known of it. */
  readonly multiplyAdds: number | null;
  /** Bytes of the results that are new memory: none for a reshaped tensor, or one that a module inside gave. */
  readonly activationBytes: number;
}

/** A call that is running. */
interface OpenCall {
  readonly row: number;
  /** Multiply-adds of the calls directly inside. */
  inside: number;
}

/**
 * Calls the model without recording, in evaluation, and lists the calls of all modules in the order in which they begin.
 *
 * Not in `inferenceMode`, whose memory is freed when all is done: results of `noGrad` go as soon as nothing in the model holds them.
 */
export function traceCalls(model: Module, inputs: readonly Tensor[]): readonly LayerSummary[] {
  const rows: LayerSummary[] = [];
  const open: OpenCall[] = [];
  const known = new WeakSet<object>(inputs.map(({ storage }) => storage));
  const counted = new Set<Parameter>();
  const hooks: Removable[] = [];

  const enter = (path: string, module: Module): void => {
    const outer = open.at(-1);
    const around = outer === undefined || rows[outer.row].path === '' ? '' : `${rows[outer.row].path}.`;
    const name = path.startsWith(around) ? path.slice(around.length) : path;
    const type = module.constructor.name;
    open.push({ row: rows.length, inside: 0 });
    rows.push({ path, name, type, depth: open.length - 1, outputShapes: [], parameters: 0, multiplyAdds: null, activationBytes: 0 });
  };
  const leave = (module: Module, given: readonly unknown[], output: unknown): void => {
    const call = open.pop();
    if (call === undefined) return;
    const [first] = given;
    const total = first instanceof Tensor ? multiplyAddsOf(module, first.shape) : null;
    const outer = open.at(-1);
    if (outer !== undefined) outer.inside += total ?? call.inside;
    const outputs = tensorsIn(output);
    rows[call.row] = {
      ...rows[call.row],
      outputShapes: outputs.map(({ shape }) => shape),
      parameters: countNew(counted, ownParameters(module)),
      multiplyAdds: total === null ? null : total - call.inside,
      activationBytes: bytesOfNew(known, outputs),
    };
  };

  const modes = model.modules().map((module) => [module, module.training] as const);
  try {
    for (const [path, module] of model.namedModules()) {
      hooks.push(
        module.registerForwardPreHook(() => {
          enter(path, module);
          return undefined;
        }),
        module.registerForwardHook((_module, given, output) => {
          leave(module, given, output);
          return undefined;
        }),
      );
    }
    model.eval();
    noGrad(() => {
      Reflect.apply(model.forward, model, inputs);
    });
  } finally {
    for (const hook of hooks) hook.remove();
    for (const [module, training] of modes) module.training = training;
  }
  return rows;
}

function ownParameters(module: Module): readonly Parameter[] {
  const inside = new Set(module.children().flatMap((child) => child.parameters()));
  return module.parameters().filter((parameter) => !inside.has(parameter));
}

function countNew(counted: Set<Parameter>, parameters: readonly Parameter[]): number {
  let numbers = 0;
  for (const parameter of parameters) {
    if (!counted.has(parameter)) numbers += parameter.size;
    counted.add(parameter);
  }
  return numbers;
}

function bytesOfNew(known: WeakSet<object>, outputs: readonly Tensor[]): number {
  let bytes = 0;
  for (const { storage, size, dtype } of outputs) {
    if (!known.has(storage)) bytes += size * bytesPerElement[dtype];
    known.add(storage);
  }
  return bytes;
}

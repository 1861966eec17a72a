import { interfaceVersion, type KernelInstance, kernelDeclarations, kernelInstances } from '../src/kernels/layout.ts';
import type { Scalar } from '../src/kernels/table/declaration.ts';
import { argumentStruct } from './header.ts';

/** What one object is compiled from: the kernels of one source, for one scalar. */
export interface Unit {
  readonly source: string;
  readonly scalar: Scalar;
  readonly kernels: readonly string[];
  readonly text: string;
}

/** Every unit of the table; `suffix` goes to the names of the functions. */
export function listUnits(suffix = ''): Unit[] {
  const units = new Map<string, { source: string; scalar: Scalar; kernels: string[] }>();
  for (const { kernel, scalar } of kernelInstances) {
    const source = kernelDeclarations.get(kernel)?.source ?? kernel;
    const key = `${source} ${scalar}`;
    const unit = units.get(key) ?? { source, scalar, kernels: [] };
    unit.kernels.push(kernel);
    units.set(key, unit);
  }
  return [...units.values()].map((unit) => ({ ...unit, text: unitText(unit, suffix) }));
}

// The translation unit that instantiates a source's templates for one scalar under the names the dispatch table knows.
function unitText(unit: Omit<Unit, 'text'>, suffix: string): string {
  const functions = unit.kernels.map(
    (kernel) =>
      `extern "C" void ${kernel}_${unit.scalar}${suffix}(const void* args, convgrad::i32 index, convgrad::i32 count, convgrad::i32 worker) {\n` +
      `  convgrad::${kernel}<convgrad::${unit.scalar}>(\n` +
      `      *static_cast<const convgrad::${argumentStruct(kernel)}<convgrad::${unit.scalar}>*>(args), convgrad::Task{index, count, worker});\n` +
      '}\n',
  );
  return `#include "kernel.h"\n#include "${unit.source}.cc"\n\n${functions.join('\n')}`;
}

/** Functions of `launch.h` that the loader calls besides `run` and `publish`: what they return, their name, their parameters. */
const launchFunctions = [
  ['int', 'share', 'int worker, int most'],
  ['int', 'join', ''],
  ['void', 'cancel', ''],
  ['void', 'fail', 'int worker'],
  ['int', 'attend', 'int worker, int spins'],
  ['void', 'rest', 'int worker'],
  ['void', 'wake', 'int count'],
  ['void', 'alarm', ''],
  ['int', 'tasksRun', 'int worker'],
] as const;

/** A list of every kernel's function, by kernel number, declared as `list`; kernels outside `units` get an empty row. */
export function kernelListText(units: readonly Unit[], list: string, suffix = ''): string {
  const compiled = new Set(units.flatMap((unit) => unit.kernels.map((kernel) => symbolOf({ kernel, scalar: unit.scalar }))));
  const symbols = kernelInstances.map(symbolOf);
  return [
    'using Kernel = void(const void* args, int index, int count, int worker);',
    ...symbols.filter((symbol) => compiled.has(symbol)).map((symbol) => `extern "C" Kernel ${symbol}${suffix};`),
    `${list} = {`,
    ...symbols.map((symbol) => `    ${compiled.has(symbol) ? `${symbol}${suffix}` : 'nullptr'},`),
    '};',
    '',
  ].join('\n');
}

/** The dispatch table of the WebAssembly binary, and the functions that the loader calls. */
export function dispatchText(units: readonly Unit[]): string {
  return [
    '#include "launch.h"',
    '',
    kernelListText(units, 'static Kernel* const kernels[]'),
    // Not to be constructed at run time: the linker would do that anew at every call of an export.
    'static constinit convgrad::Team team{};',
    '',
    ...exported('int', 'interfaceVersion', '', `return ${interfaceVersion};`),
    ...exported('void', 'run', 'int kernel, const void* args, int tasks', 'team.run(kernels[kernel], args, tasks);'),
    ...exported(
      'int',
      'publish',
      'int kernel, const void* args, int tasks, int threads',
      'return team.publish(kernels[kernel], args, tasks, threads);',
    ),
    ...launchFunctions.flatMap(([result, name, parameters]) => {
      const names = parameters.split(', ').map((parameter) => parameter.split(' ').at(-1));
      return exported(result, name, parameters, `return team.${name}(${names.join(', ')});`);
    }),
    '',
  ].join('\n');
}

function exported(result: string, name: string, parameters: string, body: string): string[] {
  return [`extern "C" __attribute__((export_name("${name}"))) ${result} ${name}(${parameters}) { ${body} }`];
}

function symbolOf({ kernel, scalar }: { kernel: string; scalar: KernelInstance['scalar'] }): string {
  return `${kernel}_${scalar}`;
}

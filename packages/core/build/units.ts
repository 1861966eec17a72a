import { interfaceVersion, type KernelInstance, kernelDeclarations, kernelInstances } from '../src/kernels/layout.ts';
import type { Scalar } from '../src/kernels/table.ts';
import { argumentStruct } from './header.ts';

/** What one object is compiled from: the kernels of one source, for one scalar. */
export interface Unit {
  readonly source: string;
  readonly scalar: Scalar;
  readonly kernels: readonly string[];
  readonly text: string;
}

/** Every unit of the table. */
export function listUnits(): Unit[] {
  const units = new Map<string, { source: string; scalar: Scalar; kernels: string[] }>();
  for (const { kernel, scalar } of kernelInstances) {
    const source = kernelDeclarations.get(kernel)?.source ?? kernel;
    const key = `${source} ${scalar}`;
    const unit = units.get(key) ?? { source, scalar, kernels: [] };
    unit.kernels.push(kernel);
    units.set(key, unit);
  }
  return [...units.values()].map((unit) => ({ ...unit, text: unitText(unit) }));
}

// The translation unit that instantiates a source's templates for one scalar under the names the dispatch table knows.
function unitText(unit: Omit<Unit, 'text'>): string {
  const functions = unit.kernels.map(
    (kernel) =>
      `extern "C" void ${kernel}_${unit.scalar}(const void* args, convgrad::i32 index, convgrad::i32 count, convgrad::i32 worker) {\n` +
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

/** The dispatch table by kernel number, and the functions that the loader calls; kernels outside `units` get an empty row. */
export function dispatchText(units: readonly Unit[]): string {
  const compiled = new Set(units.flatMap((unit) => unit.kernels.map((kernel) => symbolOf({ kernel, scalar: unit.scalar }))));
  const symbols = kernelInstances.map(symbolOf);
  return [
    '#include "launch.h"',
    '',
    'using convgrad::Kernel;',
    ...symbols.filter((symbol) => compiled.has(symbol)).map((symbol) => `extern "C" Kernel ${symbol};`),
    'static Kernel* const kernels[] = {',
    ...symbols.map((symbol) => `    ${compiled.has(symbol) ? symbol : 'nullptr'},`),
    '};',
    '',
    ...exported('int', 'interfaceVersion', '', `return ${interfaceVersion};`),
    ...exported('void', 'run', 'int kernel, const void* args, int tasks', 'convgrad::run(kernels[kernel], args, tasks);'),
    ...exported(
      'int',
      'publish',
      'int kernel, const void* args, int tasks, int threads',
      'return convgrad::publish(kernels[kernel], args, tasks, threads);',
    ),
    ...launchFunctions.flatMap(([result, name, parameters]) => {
      const names = parameters.split(', ').map((parameter) => parameter.split(' ').at(-1));
      return exported(result, name, parameters, `return convgrad::${name}(${names.join(', ')});`);
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

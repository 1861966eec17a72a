import type { Tensor } from '@convgrad/core';
import { Adam, type AdamOptions, AdamW, type GroupSpec, type Optimizer, SGD, type SGDOptions } from '@convgrad/optim';
import { CaseError, type Fields } from '../fields.ts';

/** Parameters with the options of their own, as the case spells them. */
export interface GoldenGroup {
  readonly params: readonly Tensor[];
  /** Null: none. */
  readonly attrs: Fields | null;
}

/** Makes an optimizer of a case's groups and options. */
export type OptimizerAdapter = (groups: readonly GoldenGroup[], attrs: Fields) => Pick<Optimizer<object>, 'step' | 'zeroGrad'>;

/** How an option is found among a case's: its name there, and its kind. */
interface OptionReader<Value> {
  readonly field: string;
  read(fields: Fields): Value;
}

function number(field: string): OptionReader<number> {
  return { field, read: (fields) => fields.number(field) };
}

function boolean(field: string): OptionReader<boolean> {
  return { field, read: (fields) => fields.boolean(field) };
}

function pair(field: string): OptionReader<readonly [number, number]> {
  return {
    field,
    read(fields) {
      const numbers = fields.numbers(field);
      if (numbers.length !== 2) throw new CaseError(`${field} must be two numbers`);
      return [numbers[0], numbers[1]];
    },
  };
}

type OptionReaders<Options> = { readonly [K in keyof Options]: OptionReader<Options[K]> };

function optimizer<Options extends object, Slot extends string>(
  Class: new (params: readonly GroupSpec<Options>[], options: Partial<Options>) => Optimizer<Options, Slot>,
  readers: OptionReaders<Options>,
): OptimizerAdapter {
  function readOptions(fields: Fields | null): Partial<Options> {
    const options: Partial<Options> = {};
    if (fields === null) return options;
    for (const key in readers) if (fields.has(readers[key].field)) options[key] = readers[key].read(fields);
    return options;
  }
  return (groups, attrs) => {
    const specs = groups.map(({ params, attrs: own }) => ({ ...readOptions(own), params }));
    return new Class(specs, readOptions(attrs));
  };
}

const sgdOptions: OptionReaders<SGDOptions> = {
  lr: number('lr'),
  momentum: number('momentum'),
  dampening: number('dampening'),
  weightDecay: number('weight_decay'),
  nesterov: boolean('nesterov'),
  maximize: boolean('maximize'),
};

const adamOptions: OptionReaders<AdamOptions> = {
  lr: number('lr'),
  betas: pair('betas'),
  eps: number('eps'),
  weightDecay: number('weight_decay'),
  amsgrad: boolean('amsgrad'),
  maximize: boolean('maximize'),
};

/** `optim`: optimizers by their class names in PyTorch. */
export const optimizerAdapters: Readonly<Record<string, OptimizerAdapter>> = {
  SGD: optimizer(SGD, sgdOptions),
  Adam: optimizer(Adam, adamOptions),
  AdamW: optimizer(AdamW, adamOptions),
};

/** The adapter of an optimizer. */
export function optimizerAdapter(op: string): OptimizerAdapter {
  const adapter = Object.hasOwn(optimizerAdapters, op) ? optimizerAdapters[op] : undefined;
  if (adapter === undefined) throw new CaseError(`convgrad has no optimizer ${op}, or the runner has no adapter for it`);
  return adapter;
}

import { ArgumentError, clone, printShape, StateError, sameShape, Tensor } from '@convgrad/core';
import { resolveOptions } from './options.ts';
import type { ParameterGroup } from './parameter_group.ts';
import { ParameterState, type UpdateRule } from './update_rule.ts';

/** What is remembered of one parameter: the number of its steps, and tensors of its shape. */
export type SavedParameter = Readonly<Record<string, number | Tensor>> & { readonly step: number };

/** The options of a group, and the numbers of its parameters, counted through all groups. */
export type SavedGroup<Options> = Options & {
  readonly params: readonly number[];
  readonly paramNames: readonly string[] | null;
};

/** The state of an optimizer, laid out as PyTorch does. */
export interface OptimizerState<Options> {
  /** By the number of the parameter; those that never took a step are missing. */
  readonly state: Readonly<Record<number, SavedParameter>>;
  readonly paramGroups: readonly SavedGroup<Options>[];
}

/** Copies an optimizer's state. */
export function writeState<Options extends object, Slot extends string>(
  groups: readonly ParameterGroup<Options>[],
  states: ReadonlyMap<Tensor, ParameterState<Slot>>,
  rule: UpdateRule<Options, Slot>,
  defaults: Options,
): OptimizerState<Options> {
  const state: Record<number, SavedParameter> = {};
  let next = 0;
  const paramGroups = groups.map((group) => {
    const params = group.params.map((parameter) => {
      const remembered = states.get(parameter);
      if (remembered !== undefined && remembered.step > 0) state[next] = writeParameter(remembered, rule.slots);
      return next++;
    });
    return { ...resolveOptions(rule.name, defaults, group), params, paramNames: group.paramNames };
  });
  return { state, paramGroups };
}

function writeParameter<Slot extends string>(state: ParameterState<Slot>, slots: readonly Slot[]): SavedParameter {
  const tensors: Record<string, Tensor> = {};
  for (const slot of slots) {
    const buffer = state.peek(slot);
    if (buffer !== undefined) tensors[slot] = clone(buffer).keep();
  }
  return { step: state.step, ...tensors };
}

/** Checks that a saved state fits the groups, and returns what they become by it: the options of each, and the new states. */
export function readState<Options extends object, Slot extends string>(
  saved: OptimizerState<Options>,
  groups: readonly ParameterGroup<Options>[],
  rule: UpdateRule<Options, Slot>,
  defaults: Options,
): { readonly options: readonly Options[]; readonly states: Map<Tensor, ParameterState<Slot>> } {
  const { name } = rule;
  if (typeof saved !== 'object' || saved === null || !Array.isArray(saved.paramGroups) || typeof saved.state !== 'object') {
    throw new StateError(`${name}: expected a state as stateDict() gives it, { state, paramGroups }`);
  }
  if (saved.paramGroups.length !== groups.length) {
    throw new StateError(`${name}: the state has ${saved.paramGroups.length} parameter groups, but the optimizer has ${groups.length}`);
  }
  const options: Options[] = [];
  const states = new Map<Tensor, ParameterState<Slot>>();
  const numbers = new Set<string>();
  saved.paramGroups.forEach((savedGroup, index) => {
    const group = groups[index];
    options.push(readOptions(savedGroup, index, rule, defaults));
    checkMembers(name, savedGroup, group, index);
    group.params.forEach((parameter, place) => {
      const number = savedGroup.params[place];
      numbers.add(String(number));
      const label = `${name}: parameter ${number}${group.paramNames === null ? '' : ` (${group.paramNames[place]})`}`;
      states.set(parameter, readParameter(label, parameter, saved.state[number], rule));
    });
  });
  const strays = Object.keys(saved.state).filter((key) => !numbers.has(key));
  if (strays.length > 0) throw new StateError(`${name}: the state remembers parameters that are in no group: ${strays.join(', ')}`);
  return { options, states };
}

function readOptions<Options extends object, Slot extends string>(
  group: SavedGroup<Options>,
  index: number,
  rule: UpdateRule<Options, Slot>,
  defaults: Options,
): Options {
  const where = `${rule.name}: group ${index} of the state`;
  const missing = Object.keys(defaults).filter((key) => !(key in group));
  if (missing.length > 0) throw new StateError(`${where} lacks ${missing.join(', ')}: it was saved by another kind of optimizer`);
  try {
    const options = resolveOptions(where, defaults, group);
    rule.check(where, options);
    return options;
  } catch (error) {
    if (error instanceof ArgumentError) throw new StateError(error.message);
    throw error;
  }
}

function checkMembers<Options>(name: string, saved: SavedGroup<Options>, group: ParameterGroup<Options>, index: number): void {
  if (!Array.isArray(saved.params) || saved.params.length !== group.params.length) {
    throw new StateError(
      `${name}: group ${index} of the state has ${saved.params?.length} parameters, but the optimizer's has ${group.params.length}`,
    );
  }
  group.paramNames?.forEach((expected, place) => {
    const got = saved.paramNames?.[place];
    if (got !== undefined && got !== expected) {
      throw new StateError(`${name}: parameter ${place} of group ${index} is ${got} in the state, but ${expected} in the optimizer`);
    }
  });
}

function readParameter<Options extends object, Slot extends string>(
  label: string,
  parameter: Tensor,
  saved: SavedParameter | undefined,
  { slots, requiredSlots }: UpdateRule<Options, Slot>,
): ParameterState<Slot> {
  const state = new ParameterState<Slot>(parameter);
  if (saved === undefined) return state;
  if (!Number.isInteger(saved.step) || saved.step < 1)
    throw new StateError(`${label}: step must be a whole number of at least 1, got ${saved.step}`);
  const unknown = Object.keys(saved).filter((key) => key !== 'step' && !slots.some((slot) => slot === key));
  if (unknown.length > 0) throw new StateError(`${label}: the state has ${unknown.join(', ')}, which this kind of optimizer does not know`);
  state.step = saved.step;
  for (const slot of slots) {
    const tensor = saved[slot];
    if (tensor === undefined) {
      if (requiredSlots.includes(slot)) throw new StateError(`${label}: the state lacks ${slot}`);
      continue;
    }
    if (!(tensor instanceof Tensor)) throw new StateError(`${label}: ${slot} must be a tensor`);
    if (!sameShape(tensor.shape, parameter.shape) || tensor.dtype !== parameter.dtype) {
      throw new StateError(
        `${label}: ${slot} is ${tensor.dtype} ${printShape(tensor.shape)} in the state, but the parameter is ${parameter.dtype} ${printShape(parameter.shape)}`,
      );
    }
    state.put(slot, tensor);
  }
  return state;
}

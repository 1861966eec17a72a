import { ArgumentError, type FloatDType, printShape, settle, stagingMark, type Tensor, zerosLike } from '@convgrad/core';
import { resolveOptions } from './options.ts';
import {
  type GroupMembers,
  type GroupSpec,
  groupMembers,
  type ParameterGroup,
  type ParameterSource,
  splitGroups,
} from './parameter_group.ts';
import { type OptimizerState, readState, writeState } from './state_dict.ts';
import { ParameterState, type UpdateRule } from './update_rule.ts';

const floats = ['float32', 'float64'] as const satisfies readonly FloatDType[];

/**
 * Updates parameters from their gradients, by a rule such as that of SGD or Adam. Nothing is recorded, whatever the grad mode.
 *
 * @example
 * for (const [images, labels] of loader) {
 *   optimizer.zeroGrad();
 *   crossEntropy(model.forward(images), labels).backward();
 *   optimizer.step();
 * }
 */
export class Optimizer<Options extends object, Slot extends string = string> {
  private readonly rule: UpdateRule<Options, Slot>;
  private readonly defaults: Options;
  private readonly groups: ParameterGroup<Options>[] = [];
  private states = new Map<Tensor, ParameterState<Slot>>();
  /** What the current step updates; kept, so that a step allocates nothing. */
  private readonly due: Readonly<Record<FloatDType, ParameterState<Slot>[]>> = { float32: [], float64: [] };

  /**
   * @throws ArgumentError for parameters or options that are not allowed, DTypeError for a parameter that is not float32 or float64
   */
  constructor(rule: UpdateRule<Options, Slot>, params: ParameterSource<Options>, options: Partial<Options>) {
    this.rule = rule;
    this.defaults = resolveOptions(rule.name, rule.defaults, options);
    rule.check(rule.name, this.defaults);
    for (const group of splitGroups(rule.name, params)) this.addGroup(group.members, group.options);
  }

  /** The parameters, by the options that they share. */
  get paramGroups(): readonly ParameterGroup<Options>[] {
    return this.groups;
  }

  /**
   * Adds parameters, such as those of layers that are trained from now on.
   *
   * @throws ArgumentError as the constructor does; the optimizer is then what it was
   * @example
   * optimizer.addParamGroup({ params: new Linear(20, 10).parameters(), lr: 1e-4 });
   * optimizer.paramGroups.map(({ lr }) => lr) // [0.1, 0.0001]
   */
  addParamGroup(group: GroupSpec<Options>): void {
    this.addGroup(groupMembers(this.rule.name, group.params), group);
  }

  /**
   * Updates every parameter that has a gradient; the others stay as they are, and their state with them.
   *
   * @throws RecycledError, before anything is changed, if a gradient that was assigned by hand is gone
   */
  step(): void {
    for (const state of this.states.values()) state.gradient?.checkAlive();
    for (const group of this.groups) this.stepGroup(group);
  }

  /**
   * Removes the gradients of all parameters, or with `setToNone` false fills them with zeros. A parameter without a gradient is left out of
   * the next step; one with a gradient of zeros takes part in it, and momentum or weight decay moves it.
   */
  zeroGrad(setToNone = true): void {
    for (const { parameter, gradient } of this.states.values()) {
      if (gradient === null) continue;
      if (setToNone) parameter.grad = null;
      else if (gradient.requiresGrad) parameter.grad = zerosLike(parameter);
      else {
        gradient.storage.current().fill(0);
        gradient.storage.version++;
      }
    }
  }

  /** A copy of everything that the next steps depend on: options of the groups, and what is remembered of each parameter. */
  stateDict(): OptimizerState<Options> {
    return writeState(this.groups, this.states, this.rule, this.defaults);
  }

  /**
   * Goes on from a state that an optimizer of the same kind gave, whose groups had as many parameters, of the same shapes and dtypes.
   *
   * @throws StateError, before anything is changed, if the state does not fit
   */
  loadStateDict(saved: OptimizerState<Options>): void {
    const { options, states } = readState(saved, this.groups, this.rule, this.defaults);
    this.groups.forEach((group, index) => {
      Object.assign(group, options[index]);
    });
    this.states = states;
  }

  private addGroup({ params, paramNames }: GroupMembers, given: Partial<Options> | null): void {
    const { name } = this.rule;
    const options = given === null ? { ...this.defaults } : resolveOptions(name, this.defaults, given);
    this.rule.check(name, options);
    const known = new Set(this.states.keys());
    params.forEach((parameter, index) => {
      if (known.has(parameter)) {
        const label = paramNames === null ? `parameter ${index} of group ${this.groups.length}` : paramNames[index];
        throw new ArgumentError(`${name}: ${label}, of shape ${printShape(parameter.shape)}, is given more than once`);
      }
      known.add(parameter);
    });
    for (const parameter of params) this.states.set(parameter, new ParameterState(parameter));
    this.groups.push({ ...options, params, paramNames });
  }

  private stepGroup(group: ParameterGroup<Options>): void {
    const mark = stagingMark();
    try {
      for (const parameter of group.params) {
        const state = this.states.get(parameter);
        if (state === undefined || state.gradient === null) continue;
        this.due[parameter.dtype === 'float64' ? 'float64' : 'float32'].push(state);
      }
      for (const dtype of floats) {
        const due = this.due[dtype];
        if (due.length === 0) continue;
        this.rule.update(dtype, due, group);
        for (const state of due) {
          state.step++;
          state.parameter.storage.version++;
        }
      }
    } finally {
      for (const dtype of floats) this.due[dtype].length = 0;
      settle(mark);
    }
  }
}

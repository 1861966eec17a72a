import { ArgumentError, DTypeError, isFloat, printShape, Tensor } from '@convgrad/core';

/** A parameter with its name, as a module's `namedParameters()` gives them. */
export type NamedParameter = readonly [name: string, parameter: Tensor];

/** Parameters with options of their own; those not given are the optimizer's. */
export type GroupSpec<Options> = Partial<Options> & { readonly params: Tensor | Iterable<Tensor | NamedParameter> };

/** What an optimizer is made for: parameters, named parameters, or groups of them. */
export type ParameterSource<Options> = Iterable<Tensor | NamedParameter> | Iterable<GroupSpec<Options>>;

/** Parameters that are updated with the same options. The options may be changed between steps: `group.lr = 0.01`. */
export type ParameterGroup<Options> = Options & {
  readonly params: readonly Tensor[];
  /** Null if the parameters were given without names. */
  readonly paramNames: readonly string[] | null;
};

/** The members of a group, with their names if they have some. */
export interface GroupMembers {
  readonly params: readonly Tensor[];
  readonly paramNames: readonly string[] | null;
}

/** Splits what an optimizer was given into groups; null stands for the optimizer's own options. */
export function splitGroups<Options extends object>(
  name: string,
  source: ParameterSource<Options>,
): { readonly members: GroupMembers; readonly options: Partial<Options> | null }[] {
  if (!isIterable(source)) {
    throw new ArgumentError(`${name}: expected an iterable of parameters or of groups, such as model.parameters(), got ${kindOf(source)}`);
  }
  const items: readonly (Tensor | NamedParameter | GroupSpec<Options>)[] = [...source];
  if (items.length === 0) throw new ArgumentError(`${name}: there are no parameters to optimize`);
  const groups = items.filter(isGroup);
  if (groups.length === 0) return [{ members: readMembers(name, items.filter(isMember), items.length), options: null }];
  if (groups.length < items.length) throw new ArgumentError(`${name}: expected either parameters or groups { params, ... }, got both`);
  return groups.map((group) => ({ members: groupMembers(name, group.params), options: group }));
}

/** The members of a group as it was given. */
export function groupMembers(name: string, params: Tensor | Iterable<Tensor | NamedParameter>): GroupMembers {
  if (params instanceof Tensor) return readMembers(name, [params], 1);
  if (!isIterable(params)) {
    throw new ArgumentError(`${name}: the params of a group must be a parameter or an iterable of parameters, got ${kindOf(params)}`);
  }
  const items = [...params];
  return readMembers(name, items.filter(isMember), items.length);
}

function readMembers(name: string, items: readonly (Tensor | NamedParameter)[], expected: number): GroupMembers {
  if (items.length < expected) {
    throw new ArgumentError(
      `${name}: a parameter must be a tensor or a pair [name, tensor], which ${expected - items.length} of ${expected} are not`,
    );
  }
  const paramNames = items.flatMap((item) => (item instanceof Tensor ? [] : [item[0]]));
  if (paramNames.length > 0 && paramNames.length < items.length) {
    throw new ArgumentError(`${name}: of ${items.length} parameters only ${paramNames.length} have names; give all of them names, or none`);
  }
  const params = items.map((item) => (item instanceof Tensor ? item : item[1]));
  params.forEach((parameter, index) => {
    checkParameter(name, parameter, paramNames[index] ?? `parameter ${index}`);
  });
  return { params, paramNames: paramNames.length > 0 ? paramNames : null };
}

function checkParameter(name: string, parameter: Tensor, label: string): void {
  const described = `${label}, of shape ${printShape(parameter.shape)},`;
  if (!isFloat(parameter.dtype))
    throw new DTypeError(`${name}: ${described} is ${parameter.dtype}; only float32 and float64 can be optimized`);
  if (!parameter.isLeaf) {
    throw new ArgumentError(`${name}: ${described} is the result of a recorded operation; only leaves can be optimized`);
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function isMember(item: unknown): item is Tensor | NamedParameter {
  return item instanceof Tensor || (Array.isArray(item) && item.length === 2 && typeof item[0] === 'string' && item[1] instanceof Tensor);
}

function isGroup<Options>(item: Tensor | NamedParameter | GroupSpec<Options>): item is GroupSpec<Options> {
  return typeof item === 'object' && item !== null && !(item instanceof Tensor) && 'params' in item;
}

function kindOf(value: unknown): string {
  if (value instanceof Tensor) return `one tensor of shape ${printShape(value.shape)}: put it into a list`;
  return typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'an object') : String(value);
}

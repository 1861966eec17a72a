import { Parameter, StateBuffer } from '@convgrad/core';

/** A parameter, buffer or module where it was found. */
export interface Member<T> {
  /** Path from the module: a property, or a property and the keys in nested arrays and records: 'blocks.0'. */
  readonly name: string;
  readonly value: T;
  /** The object, array or record whose property it is, and the property. */
  readonly holder: object;
  readonly key: string;
}

/** What belongs to a module itself, in the order of its properties. */
export interface Members<M> {
  readonly parameters: readonly Member<Parameter>[];
  readonly buffers: readonly Member<StateBuffer>[];
  readonly children: readonly Member<M>[];
}

/**
 * Parameters, buffers and modules among the properties of `holders`, nested arrays and plain records included.
 *
 * Other objects are not searched: they are not the module's.
 */
export function findMembers<M>(holders: readonly object[], isModule: (value: unknown) => value is M): Members<M> {
  const parameters: Member<Parameter>[] = [];
  const buffers: Member<StateBuffer>[] = [];
  const children: Member<M>[] = [];
  const searched = new Set<object>();
  const meet = (holder: object, key: string, value: object, prefix: string): void => {
    const name = prefix + key;
    if (value instanceof Parameter) parameters.push({ name, value, holder, key });
    else if (value instanceof StateBuffer) buffers.push({ name, value, holder, key });
    else if (isModule(value)) children.push({ name, value, holder, key });
    else if (isContainer(value)) search(value, `${name}.`);
  };
  const search = (holder: object, prefix: string): void => {
    if (searched.has(holder)) return;
    searched.add(holder);
    // Every step of a training loop may come here: no list of entries is made, and most arrays hold numbers.
    if (Array.isArray(holder)) {
      for (let index = 0; index < holder.length; index++) {
        const value: unknown = holder[index];
        if (typeof value === 'object' && value !== null) meet(holder, String(index), value, prefix);
      }
      return;
    }
    for (const key of Object.keys(holder)) {
      const value: unknown = Reflect.get(holder, key);
      if (typeof value === 'object' && value !== null) meet(holder, key, value, prefix);
    }
  };
  for (const holder of holders) search(holder, '');
  return { parameters, buffers, children };
}

function isContainer(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

import type { Tensor } from '@convgrad/core';
import { CaseError, type Fields } from './fields.ts';

/** What an op is called with: tensors by name, and the other arguments. */
export class OpCall {
  readonly attrs: Fields;
  private readonly tensors: Readonly<Record<string, Tensor>>;
  private readonly used = new Set<string>();

  constructor(tensors: Readonly<Record<string, Tensor>>, attrs: Fields) {
    this.tensors = tensors;
    this.attrs = attrs;
  }

  has(name: string): boolean {
    return name in this.tensors;
  }

  tensor(name: string): Tensor {
    const tensor = this.optional(name);
    if (tensor === null) throw new CaseError(`there is no input ${name}`);
    return tensor;
  }

  /** Null for a tensor that was not given. */
  optional(name: string): Tensor | null {
    this.used.add(name);
    return this.tensors[name] ?? null;
  }

  /** All tensors, in the order of their names. */
  all(): Tensor[] {
    return Object.keys(this.tensors)
      .sort()
      .map((name) => this.tensor(name));
  }

  /** Throws if an argument was never looked at: what it asks for was not done. */
  requireAllUsed(): void {
    const unused = Object.keys(this.tensors).filter((name) => !this.used.has(name));
    if (unused.length > 0) throw new CaseError(`inputs not understood: ${unused.join(', ')}`);
    this.attrs.requireAllRead();
  }
}

/** An op's result, with further ones by name. */
export interface OpResult {
  readonly output: Tensor;
  readonly extra: Readonly<Record<string, Tensor>>;
}

/** Calls an op of convgrad with the arguments of a case. */
export type OpAdapter = (call: OpCall) => Tensor | OpResult;

/** Adapters by the name that cases give the op. */
export type OpAdapters = Readonly<Record<string, OpAdapter>>;

import {
  ArgumentError,
  clone,
  type FloatDType,
  inspectSymbol,
  isFloat,
  noGrad,
  type Parameter,
  type Removable,
  type StateBuffer,
  type Tensor,
} from '@convgrad/core';
import { guardForward, isForwardOriginal } from './forward_call.ts';
import { addHook, type ForwardHook, ModuleHooks, type PreHook } from './hooks.ts';
import { findMembers, type Members } from './members.ts';
import { printModule } from './printing.ts';
import { type LoadOptions, type LoadResult, loadState, type StateDict } from './state.ts';

/** What the forward of a module takes; of a `Module` that is not known more closely, anything. */
export type ForwardInputs<M extends Module> = Parameters<M['forward']> extends never[] ? readonly unknown[] : Parameters<M['forward']>;
/** What the forward of a module gives. */
export type ForwardOutput<M extends Module> = ReturnType<M['forward']>;

/** A module that maps one tensor to one. */
export interface Layer extends Module {
  forward(x: Tensor): Tensor;
}

/**
 * A part of a network: parameters, buffers and other modules, and a `forward` that uses them.
 *
 * Nothing is registered: what stands in a property belongs to the module, also in nested arrays and plain records (but not in `#private`
 * fields). A parameter is a `Parameter`, a buffer a `StateBuffer`. `forward` is written as a method and called directly, and hooks run
 * all the same. What the outermost `forward` returns survives `backward()`.
 *
 * @example
 * class Net extends Module {
 *   readonly conv = new Conv2d(1, 8, 3);
 *   readonly fc = new Linear(8 * 26 * 26, 10);
 *   forward(x: Tensor): Tensor {
 *     return this.fc.forward(this.conv.forward(x).relu().flatten(1));
 *   }
 * }
 * new Net().forward(images) // shape [4, 10]
 */
export abstract class Module {
  /** Whether layers such as dropout behave as in training; set by `train` and `eval`. */
  training = true;
  #hooks: ModuleHooks | null = null;

  constructor() {
    guardForward(this, this.forward, () => this.#hooks);
  }

  abstract forward(...inputs: never[]): unknown;

  /** Whether a call of `forward` is a call of the method that its class has: there are no hooks, and no other function was assigned. */
  get isForwardPlain(): boolean {
    return (this.#hooks === null || this.#hooks.isEmpty) && isForwardOriginal(this);
  }

  /** The objects whose properties are the members of the module; containers add theirs. */
  protected memberHolders(): readonly object[] {
    return [this];
  }

  /** What stands in brackets when the module is printed: its options. */
  protected extraRepr(): string {
    return '';
  }

  #members(): Members<Module> {
    return findMembers(this.memberHolders(), isModule);
  }

  /** The module and all modules inside it, each once, by their paths; the module itself is ''. */
  namedModules(): Map<string, Module> {
    const found = new Map<string, Module>();
    const seen = new Set<Module>();
    const visit = (module: Module, path: string): void => {
      if (seen.has(module)) return;
      seen.add(module);
      found.set(path, module);
      for (const { name, value } of module.#members().children) visit(value, join(path, name));
    };
    visit(this, '');
    return found;
  }

  /** The module and all modules inside it, each once. */
  modules(): Module[] {
    return [...this.namedModules().values()];
  }

  /** The modules directly inside it by their names, each once. */
  namedChildren(): Map<string, Module> {
    const seen = new Set<Module>();
    const found = new Map<string, Module>();
    for (const { name, value } of this.#members().children) {
      if (!seen.has(value)) found.set(name, value);
      seen.add(value);
    }
    return found;
  }

  /** The modules directly inside it, each once. */
  children(): Module[] {
    return [...this.namedChildren().values()];
  }

  /** All parameters, also of the modules inside, each once, by their paths. */
  namedParameters(): Map<string, Parameter> {
    return this.#named((members) => members.parameters);
  }

  /**
   * All parameters, also of the modules inside, each once: what an optimizer takes.
   *
   * @example new Sequential(new Conv2d(1, 6, 5), new Linear(20, 10)).parameters().length // 4
   */
  parameters(): Parameter[] {
    return [...this.namedParameters().values()];
  }

  /** All buffers, also of the modules inside, each once, by their paths. */
  namedBuffers(): Map<string, StateBuffer> {
    return this.#named((members) => members.buffers);
  }

  /** All buffers, also of the modules inside, each once. */
  buffers(): StateBuffer[] {
    return [...this.namedBuffers().values()];
  }

  #named<T>(select: (members: Members<Module>) => readonly { readonly name: string; readonly value: T }[]): Map<string, T> {
    const seen = new Set<T>();
    const found = new Map<string, T>();
    for (const [path, module] of this.namedModules()) {
      for (const { name, value } of select(module.#members())) {
        if (!seen.has(value)) found.set(join(path, name), value);
        seen.add(value);
      }
    }
    return found;
  }

  /** Every parameter and buffer by every path that leads to it. */
  #state(): Map<string, Tensor> {
    const found = new Map<string, Tensor>();
    const open = new Set<Module>();
    const visit = (module: Module, path: string): void => {
      if (open.has(module)) return;
      open.add(module);
      const { parameters, buffers, children } = module.#members();
      for (const { name, value } of [...parameters, ...buffers]) found.set(join(path, name), value);
      for (const { name, value } of children) visit(value, join(path, name));
      open.delete(module);
    };
    visit(this, '');
    return found;
  }

  /**
   * Copies of all parameters and buffers, by PyTorch's keys: later training does not change them. What is shared has all its keys.
   *
   * @example Object.keys(layer.stateDict()) // ['weight', 'bias']
   */
  stateDict(): StateDict {
    return noGrad(() => Object.fromEntries([...this.#state()].map(([key, value]) => [key, clone(value).keep()])));
  }

  /**
   * Overwrites parameters and buffers with those of a state; float32 and float64 are converted. Nothing is written if something does not fit.
   *
   * @throws StateError that lists every missing key, unexpected key (unless `strict` is false) and wrong shape
   * @example
   * const copy = new Linear(20, 10);
   * copy.loadStateDict(layer.stateDict());
   * copy.weight.sub(layer.weight).abs().sum() // 0
   */
  loadStateDict(state: Readonly<StateDict>, options: LoadOptions = {}): LoadResult {
    return loadState(this.constructor.name, this.#state(), state, options);
  }

  /** Switches the module and all inside it to training (or, with false, to evaluation), and returns it. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Switches the module and all inside it to evaluation, and returns it. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Calls `fn` with every module inside it, innermost first, and with itself last; returns the module.
   *
   * @example model.apply((module) => { if (module instanceof Linear) init.xavierUniform_(module.weight); });
   */
  apply(fn: (module: Module) => void): this {
    const seen = new Set<Module>();
    const visit = (module: Module): void => {
      if (seen.has(module)) return;
      seen.add(module);
      for (const child of module.children()) visit(child);
      fn(module);
    };
    visit(this);
    return this;
  }

  /** Asks for gradients of all parameters, or no longer asks, and returns the module. */
  requiresGrad_(value = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad_(value);
    return this;
  }

  /** Removes the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = null;
  }

  /**
   * Converts all float parameters and buffers in place, and returns the module. Gradients go.
   *
   * @throws ArgumentError unless the dtype is float32 or float64
   * @example layer.to('float64').weight.dtype // 'float64'
   */
  to(dtype: FloatDType): this {
    if (!isFloat(dtype)) throw new ArgumentError(`to: modules are float32 or float64, not ${String(dtype)}`);
    for (const module of this.modules()) {
      const { parameters, buffers } = module.#members();
      for (const { value } of [...parameters, ...buffers]) if (isFloat(value.dtype)) value.convert_(dtype);
    }
    return this;
  }

  /**
   * Calls `hook` before every forward with its inputs; an array that it returns replaces them. Tensors that it sees survive recycling.
   *
   * @example
   * const layer = new Identity();
   * layer.registerForwardPreHook((module, [x]) => [x.mul(2)]);
   * layer.forward(tensor([1, 2])) // [2, 4]
   */
  registerForwardPreHook(hook: (module: this, inputs: ForwardInputs<this>) => ForwardInputs<this> | undefined): Removable {
    const untyped: (module: this, inputs: never) => unknown = hook;
    const call: PreHook = (inputs) => Reflect.apply(untyped, undefined, [this, inputs]);
    return addHook(this.#ownHooks().before, call);
  }

  /**
   * Calls `hook` after every forward with its inputs and its output; what it returns replaces the output. Tensors that it sees survive recycling.
   *
   * @example
   * const features: Tensor[] = [];
   * const hook = layer.registerForwardHook((module, inputs, output) => { features.push(output); });
   * layer.forward(zeros([2, 20]));
   * hook.remove();
   * features.map(({ shape }) => shape) // [[2, 10]]
   */
  registerForwardHook(
    hook: (module: this, inputs: ForwardInputs<this>, output: ForwardOutput<this>) => ForwardOutput<this> | undefined,
  ): Removable {
    const untyped: (module: this, inputs: never, output: never) => unknown = hook;
    const call: ForwardHook = (inputs, output) => Reflect.apply(untyped, undefined, [this, inputs, output]);
    return addHook(this.#ownHooks().after, call);
  }

  /**
   * Calls `hook` in every backward with the gradients by the forward's inputs (null where there is none) and by its outputs; an array that it
   * returns replaces the gradients by the inputs. Inputs count if they are tensors, outputs if they are tensors or arrays of tensors.
   *
   * @example
   * const norms: number[] = [];
   * layer.registerFullBackwardHook((module, gradInputs, gradOutputs) => { norms.push(gradOutputs[0].norm().item()); });
   * layer.forward(zeros([1, 20])).sum().backward();
   * norms // [3.1623], the square root of 10
   */
  registerFullBackwardHook(
    hook: (module: this, gradInputs: readonly (Tensor | null)[], gradOutputs: readonly Tensor[]) => readonly (Tensor | null)[] | undefined,
  ): Removable {
    return addHook(this.#ownHooks().backward, (gradInputs, gradOutputs) => hook(this, gradInputs, gradOutputs));
  }

  #ownHooks(): ModuleHooks {
    if (this.#hooks === null) this.#hooks = new ModuleHooks();
    return this.#hooks;
  }

  /** The module as PyTorch prints it, with this package's names of the options. */
  toString(): string {
    return this.#print(new Set());
  }

  #print(open: Set<Module>): string {
    const name = this.constructor.name;
    if (open.has(this)) return `${name}(...)`;
    open.add(this);
    const children = this.#members().children.map((child) => [child.name, child.value.#print(open)] as const);
    open.delete(this);
    return printModule(name, this.extraRepr(), children);
  }

  [inspectSymbol](): string {
    return this.toString();
  }
}

function isModule(value: unknown): value is Module {
  return value instanceof Module;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

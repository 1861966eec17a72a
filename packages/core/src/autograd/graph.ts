import { ArgumentError, DTypeError, GradientError } from '../errors.ts';
import { type DType, type DTypeArray, isFloat } from '../kernels/dtype.ts';
import { BlockOwner } from '../memory/owner.ts';
import { moveToTape, newStorage } from '../memory/placement.ts';
import type { Storage } from '../memory/storage.ts';
import { printShape, type Shape, sameShape, sizeOf } from '../shape.ts';

/*
 * The parts of a graph, which refer to each other: a Tensor is a leaf or was made by a GraphNode, a GraphNode is one recorded call of
 * a differentiable function, and a Leaf is what a tensor that starts the graph keeps of its gradient.
 */

/** Called with a gradient; a tensor that it returns replaces the gradient. */
export type GradientHook = (gradient: Tensor) => Tensor | undefined;

/** Takes back what a call registered. */
export interface Removable {
  remove(): void;
}

/**
 * An N-dimensional array, row-major and contiguous, which can be differentiated through.
 *
 * Make one with `tensor`, `zeros`, `randn` and the like. Operations are methods (`x.add(y)`) and functions (`add(x, y)`).
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]], { requiresGrad: true });
 * const y = x.mul(x).sum(1); // [5, 25]
 * y.sum().backward();
 * x.grad // [[2, 4], [6, 8]]
 */
export class Tensor {
  /** Where the numbers are. Another one only for a parameter or buffer that is converted. */
  storage: Storage;
  /** Sizes of the dimensions, outermost first; [] for a scalar. */
  readonly shape: Shape;
  /** The call that made it; null for a leaf. */
  node: GraphNode | null = null;
  /** Which of the node's outputs it is. */
  outputIndex = 0;
  /** Gradient and hooks of a leaf; null where none was asked for. */
  leaf: Leaf | null = null;

  constructor(storage: Storage, shape: Shape) {
    this.storage = storage;
    this.shape = shape;
  }

  /** Element type. */
  get dtype(): DType {
    return this.storage.dtype;
  }

  /** Number of elements. */
  get size(): number {
    return this.storage.size;
  }

  /** Number of dimensions. */
  get ndim(): number {
    return this.shape.length;
  }

  /** Whether gradients flow to it. */
  get requiresGrad(): boolean {
    return this.node !== null || this.leaf?.requiresGrad === true;
  }

  set requiresGrad(value: boolean) {
    this.requiresGrad_(value);
  }

  /** Whether it was not made by a recorded operation. */
  get isLeaf(): boolean {
    return this.node === null;
  }

  /**
   * Asks for gradients of a leaf (or no longer asks), and returns the tensor.
   *
   * @throws DTypeError for integer tensors, GradientError for results of recorded operations
   * @example tensor([1, 2]).requiresGrad_().requiresGrad // true
   */
  requiresGrad_(value = true): this {
    if (value === this.requiresGrad) return this;
    if (this.node !== null)
      throw new GradientError(
        `requiresGrad: only of leaves can it be changed, and the tensor of shape ${printShape(this.shape)} was made by ${this.node.name}; ` +
          'use detach() for one without gradients',
      );
    if (value && !isFloat(this.dtype)) {
      throw new DTypeError(
        `requiresGrad: only float32 and float64 tensors can have gradients, not ${this.dtype} ${printShape(this.shape)}`,
      );
    }
    if (this.leaf === null) this.leaf = new Leaf();
    this.leaf.requiresGrad = value;
    return this;
  }

  /**
   * The gradient that `backward()` accumulated, of the tensor's shape; null if there is none (yet). On a result of a recorded operation
   * it is there only after `retainGrad()`.
   *
   * @throws GradientError when one of another shape or dtype is assigned
   */
  get grad(): Tensor | null {
    const gradient = this.leaf === null ? null : this.leaf.grad;
    if (gradient !== null) gradient.storage.kept = true;
    return gradient;
  }

  set grad(gradient: Tensor | null) {
    if (gradient === null) {
      this.leaf?.clear();
      return;
    }
    if (!sameShape(gradient.shape, this.shape) || gradient.dtype !== this.dtype) {
      throw new GradientError(
        `grad: expected a ${this.dtype} tensor of shape ${printShape(this.shape)}, got ${gradient.dtype} ${printShape(gradient.shape)}`,
      );
    }
    if (this.leaf === null) this.leaf = new Leaf();
    this.leaf.clear();
    this.leaf.grad = gradient;
  }

  /**
   * The numbers, row-major, in an array that is the user's to keep: it never changes behind their back. Of parameters, buffers and their
   * gradients it is the live memory, by which they may be written. Reading it of a recorded result moves the numbers out of the fast memory.
   *
   * @throws RecycledError if `backward()` or `inferenceMode` recycled the tensor
   */
  get data(): DTypeArray {
    this.checkAlive();
    return this.storage.exposeData();
  }

  /**
   * Does nothing, unless the numbers are gone.
   *
   * @throws RecycledError if `backward()` or `inferenceMode` recycled the tensor
   */
  checkAlive(): void {
    if (this.storage.isRecycled) throw this.storage.recycledError(this.shape);
  }

  /** Lets the numbers survive recycling, and returns the tensor. */
  keep(): this {
    this.checkAlive();
    this.storage.kept = true;
    return this;
  }

  /** The same numbers without the graph; shares the storage, and survives recycling. */
  detach(): Tensor {
    this.checkAlive();
    this.storage.kept = true;
    return new Tensor(this.storage, this.shape);
  }

  /**
   * Keeps the gradient of a result of a recorded operation in `.grad`, as leaves do.
   *
   * @throws GradientError if the tensor does not require gradients
   */
  retainGrad(): this {
    if (!this.requiresGrad) throw noGradientError('retainGrad', this);
    if (this.node !== null) {
      if (this.leaf === null) this.leaf = new Leaf();
      this.node.watch(this.outputIndex).retainer = this;
    }
    return this;
  }

  /**
   * Calls `hook` with the gradient each time it is computed; what the hook returns replaces it.
   *
   * @throws GradientError if the tensor does not require gradients; ArgumentError if `hook` is not a function
   * @example
   * const x = tensor([1, 2], { requiresGrad: true });
   * const handle = x.registerHook((g) => g.mul(2));
   * x.sum().backward();
   * x.grad // [2, 2]
   * handle.remove();
   */
  registerHook(hook: GradientHook): Removable {
    if (!this.requiresGrad) throw noGradientError('registerHook', this);
    if (typeof hook !== 'function') throw new ArgumentError(`registerHook: expected a function, got ${String(hook)}`);
    let hooks: GradientHook[];
    if (this.node !== null) hooks = this.node.watch(this.outputIndex).hooks;
    else {
      if (this.leaf === null) this.leaf = new Leaf();
      hooks = this.leaf.hooks;
    }
    hooks.push(hook);
    return {
      remove() {
        const index = hooks.indexOf(hook);
        if (index >= 0) hooks.splice(index, 1);
      },
    };
  }
}

function noGradientError(name: string, { dtype, shape }: Tensor): GradientError {
  return new GradientError(`${name}: the ${dtype} tensor of shape ${printShape(shape)} does not require gradients`);
}

/** What a tensor that starts a graph keeps: its gradient and hooks. */
export class Leaf {
  requiresGrad = false;
  grad: Tensor | null = null;
  readonly hooks: GradientHook[] = [];
  /** The gradients of parameters are live memory. */
  readonly isParameter: boolean;
  /** Takes care of the gradient's block. */
  private readonly owner = new BlockOwner();
  /** The live memory of the last gradient, where somebody holds a view of it. */
  private exposed: Storage | null = null;

  constructor(isParameter = false) {
    this.isParameter = isParameter;
  }

  /** Makes `gradient`, which nobody else uses, the gradient; without a copy where that can be. */
  take(gradient: Tensor): void {
    const storage = gradient.storage;
    if (this.exposed !== null) {
      this.exposed.current().set(storage.current());
      storage.release();
      this.grad = new Tensor(this.exposed, gradient.shape);
      this.exposed = null;
      return;
    }
    storage.adopt(this.owner);
    this.owner.watch();
    storage.live = this.isParameter;
    this.grad = gradient;
  }

  /** Removes the gradient, and keeps no memory for the next one, which will be of another dtype. */
  forget(): void {
    this.clear();
    this.exposed = null;
  }

  /** Removes the gradient: its memory is free, and one that was handed out keeps its numbers. */
  clear(): void {
    if (this.grad === null) return;
    const storage = this.grad.storage;
    this.grad = null;
    if (storage.exposed) this.exposed = storage.succeed();
    else storage.release();
  }
}

/** Hooks on one output of a node, and the tensor whose gradient is retained. */
export interface OutputWatch {
  readonly hooks: GradientHook[];
  retainer: Tensor | null;
}

let nextSequence = 0;
const mostConsumers = 64;

/** For lists that stay empty in most nodes: a step makes many nodes, and their garbage counts. */
const none: readonly never[] = [];

/** One recorded call: where its gradients go, and what was saved for them. What it computes is said by the subclasses. */
export abstract class GraphNode {
  readonly name: string;
  /** Grows with every call: going through nodes from high to low meets every consumer before what it consumed. */
  readonly sequence = nextSequence++;
  /** The inputs that gradients flow to; null for the others. */
  edges: readonly (Tensor | null)[] = none;
  /** Nodes that consumed its outputs and hold memory, or lead to such: side branches are found through them. At most `mostConsumers`. */
  consumers: GraphNode[] | null = null;
  private linked = false;
  /** Storages that were made by this call: results, and temporaries saved for the backward. */
  private storages: Storage[] | null = null;
  outputCount = 1;
  /** Written by a user, who may hold on to what its backward computes. */
  readonly isUserCode: boolean = false;
  consumed = false;
  /** Where the user called it, in anomaly mode. */
  stack: string | null = null;
  /** Mark and scratch of the engine's passes. */
  pass = 0;
  gradients: (Tensor | null)[] | null = null;
  private savedTensors: readonly (Tensor | null)[] = none;
  private savedVersions: readonly number[] = none;
  private watches: (OutputWatch | undefined)[] | null = null;
  private readonly recorded: boolean;

  constructor(name: string, inputs: readonly (Tensor | null)[], recorded: boolean) {
    this.name = name;
    this.recorded = recorded;
    if (recorded) this.edges = inputs.map(requiresGradOrNull);
  }

  /** The gradients by the inputs from those by the outputs, in differentiable operations. */
  abstract backward(gradOutputs: readonly (Tensor | null)[]): readonly (Tensor | null)[];

  /** Whether the gradient of input `index` is asked for. */
  needsGrad(index: number): boolean {
    return this.edges[index] !== null && this.edges[index] !== undefined;
  }

  /** A result of the call, of undefined content, for a kernel to write. */
  output(shape: Shape, dtype: DType): Tensor {
    const storage = newStorage(dtype, sizeOf(shape), this.recorded);
    if (this.recorded) this.own(storage);
    return new Tensor(storage, shape);
  }

  /** Numbers of undefined content that the call keeps for its backward and gives to nobody. */
  temporary(shape: Shape, dtype: DType): Tensor {
    const temporary = this.output(shape, dtype);
    temporary.storage.internal = true;
    return temporary;
  }

  /** A result that shares the storage of an input. */
  view(x: Tensor, shape: Shape): Tensor {
    return new Tensor(x.storage, shape);
  }

  /** Keeps tensors (inputs, results, temporaries) for the backward. */
  save(...tensors: (Tensor | null)[]): void {
    if (!this.recorded) return;
    this.savedTensors = this.savedTensors.length === 0 ? tensors : [...this.savedTensors, ...tensors];
    this.savedVersions = this.savedTensors.map(versionOf);
    // What a pass with createGraph computes on the side lives as long as the first call that saves it, which is consumed last.
    for (const tensor of tensors) {
      if (tensor === null) continue;
      tensor.storage.saved = true;
      if (moveToTape(tensor.storage)) this.own(tensor.storage);
    }
  }

  private own(storage: Storage): void {
    if (this.storages === null) this.storages = [storage];
    else this.storages.push(storage);
  }

  /**
   * Saved tensor `index`.
   *
   * @throws GradientError if it was overwritten since, or null was saved
   */
  saved(index: number): Tensor {
    const tensor = this.savedOrNull(index);
    if (tensor === null) throw new GradientError(`${this.name}: nothing was saved as number ${index}`);
    return tensor;
  }

  /**
   * Saved tensor `index`, null if null was saved.
   *
   * @throws GradientError if it was overwritten since
   */
  savedOrNull(index: number): Tensor | null {
    const tensor = this.savedTensors[index];
    if (tensor === null || tensor === undefined) return null;
    if (tensor.storage.version !== this.savedVersions[index]) {
      throw new GradientError(
        `${this.name}: backward needs a ${tensor.dtype} tensor of shape ${printShape(tensor.shape)} that was overwritten in place ` +
          `since the forward (version ${tensor.storage.version}, expected ${this.savedVersions[index]})`,
      );
    }
    return tensor;
  }

  /** The hooks of one output, made at the first use. */
  watch(outputIndex: number): OutputWatch {
    if (this.watches === null) this.watches = [];
    const known = this.watches[outputIndex];
    if (known !== undefined) return known;
    const watch: OutputWatch = { hooks: [], retainer: null };
    this.watches[outputIndex] = watch;
    return watch;
  }

  /** The hooks of one output, if there are any. */
  watchOf(outputIndex: number): OutputWatch | undefined {
    return this.watches?.[outputIndex];
  }

  /**
   * Makes it known to the nodes that it consumed, if it holds blocks of the arena. A node keeps only the latest of very many consumers, so
   * that a long-lived one does not hold every graph that was ever built on it; the others' blocks are left to the finalizers.
   */
  link(): void {
    if (!this.holdsBlocks) return;
    const pending: GraphNode[] = [];
    this.linkTo(pending);
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) node.linkTo(pending);
  }

  /** Puts the sources that are not linked themselves on the list. */
  private linkTo(pending: GraphNode[]): void {
    if (this.linked) return;
    this.linked = true;
    for (const edge of this.edges) {
      const source = edge === null ? null : edge.node;
      if (source === null) continue;
      source.addConsumer(this);
      if (!source.linked) pending.push(source);
    }
  }

  private get holdsBlocks(): boolean {
    if (this.storages !== null) for (const storage of this.storages) if (storage.inArena) return true;
    return false;
  }

  private addConsumer(node: GraphNode): void {
    if (this.consumers === null) this.consumers = [node];
    else {
      if (this.consumers.length >= mostConsumers) this.consumers.shift();
      this.consumers.push(node);
    }
  }

  /** Recycles what the call made: no backward can pass through it any more. */
  consume(): void {
    if (this.consumed) return;
    this.consumed = true;
    if (this.storages !== null) for (const storage of this.storages) storage.recycle('backward()');
    this.storages = null;
    this.savedTensors = none;
    this.savedVersions = none;
    this.edges = none;
  }
}

function requiresGradOrNull(input: Tensor | null): Tensor | null {
  return input?.requiresGrad ? input : null;
}

function versionOf(tensor: Tensor | null): number {
  return tensor === null ? 0 : tensor.storage.version;
}

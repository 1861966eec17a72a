import { GradientError } from '../errors.ts';
import { Region, rotateTape } from '../memory/placement.ts';
import { printShape, sameShape } from '../shape.ts';
import { checkFinite } from './anomaly.ts';
import { type GradientHook, type GraphNode, Leaf, type Tensor } from './graph.ts';
import { isAnomalyEnabled, withMode } from './mode.ts';

/** Arithmetic that the engine needs and that is built on top of it: handed in by `ops`, so that imports run one way. */
export interface EngineArithmetic {
  add(a: Tensor, b: Tensor): Tensor;
  /** Adds to a tensor in place. */
  addInto(target: Tensor, x: Tensor): void;
  onesLike(x: Tensor): Tensor;
  copy(x: Tensor): Tensor;
}

let provided: EngineArithmetic | null = null;

/** Tells the engine how to add, once, when the operations are loaded. */
export function provideArithmetic(arithmetic: EngineArithmetic): void {
  provided = arithmetic;
}

function arithmetic(): EngineArithmetic {
  if (provided === null) throw new GradientError('the operations are not loaded: import from @convgrad/core');
  return provided;
}

/** What one pass through a graph is to do. */
export interface PassOptions {
  /** Record the pass, so that the gradients can be differentiated again. */
  readonly createGraph: boolean;
  /** Keep the graph for another pass. */
  readonly retainGraph: boolean;
  /** The tensors whose gradients are returned; null accumulates into the `.grad` of leaves. */
  readonly targets: readonly Tensor[] | null;
}

/**
 * Runs a backward pass from `roots` and returns the gradients by the targets (without targets: []).
 *
 * A null in `gradOutputs` stands for ones.
 */
export function runBackward(roots: readonly Tensor[], gradOutputs: readonly (Tensor | null)[], options: PassOptions): (Tensor | null)[] {
  for (const root of roots) checkRoot(root);
  const pass = new Pass(options, isAnomalyEnabled());
  try {
    return withMode('backward', { recording: options.createGraph, anomaly: false }, () => pass.run(roots, gradOutputs));
  } finally {
    pass.end();
    if (!options.retainGraph) rotateTape();
  }
}

function checkRoot(root: Tensor): void {
  root.checkAlive();
  if (!root.requiresGrad) {
    throw new GradientError(
      `backward: the ${root.dtype} tensor of shape ${printShape(root.shape)} does not require gradients and was not made from one that does`,
    );
  }
  if (root.node?.consumed) throw consumedError(root.node);
}

function consumedError(node: GraphNode): GradientError {
  return new GradientError(
    `backward: trying to go through the graph a second time: ${node.name} was already consumed by a backward(). ` +
      'Use backward({ retainGraph: true }) the first time, or detach() what belongs to an earlier step.',
  );
}

let passes = 0;

/** One walk through a graph: which nodes take part, and the gradients that wait. */
class Pass {
  private readonly id = ++passes;
  private readonly options: PassOptions;
  /** Whether the gradients of each node are searched for NaN and infinities; the operations they are made of are not. */
  private readonly anomaly: boolean;
  /** What the pass computes and does not record lies here. */
  private readonly region = Region.open('backward()');
  private nodes: GraphNode[] = [];
  /** Nodes that are met for a target among their outputs only, and are not run. */
  private readonly ends = new Set<GraphNode>();
  /** Sums of the gradients by leaves. */
  private readonly leaves = new Map<Tensor, Tensor>();
  private readonly found: (Tensor | null)[];

  constructor(options: PassOptions, anomaly: boolean) {
    this.options = options;
    this.anomaly = anomaly;
    this.found = options.targets === null ? [] : options.targets.map(() => null);
  }

  run(roots: readonly Tensor[], gradOutputs: readonly (Tensor | null)[]): (Tensor | null)[] {
    this.collect(roots);
    if (this.options.targets !== null) this.prune(this.options.targets);
    for (let index = 0; index < roots.length; index++) {
      const gradient = gradOutputs[index] ?? arithmetic().onesLike(roots[index]);
      gradient.storage.inFlight++;
      this.send(roots[index], gradient);
    }
    for (const node of this.nodes) this.visit(node);
    for (const [leaf, gradient] of this.leaves) this.finishLeaf(leaf, gradient);
    if (!this.options.retainGraph) this.consume();
    return this.found;
  }

  /** Leaves nothing behind, also after an error. */
  end(): void {
    for (const node of this.nodes) {
      if (node.gradients === null) continue;
      for (const gradient of node.gradients) if (gradient !== null) gradient.storage.inFlight = 0;
      node.gradients = null;
    }
    for (const gradient of this.leaves.values()) gradient.storage.inFlight = 0;
    this.region.close();
  }

  /** Finds all nodes that can be reached, and puts every consumer before what it consumed. */
  private collect(roots: readonly Tensor[]): void {
    const pending: GraphNode[] = [];
    const meet = (tensor: Tensor | null) => {
      const node = tensor === null ? null : tensor.node;
      if (node === null || node.pass === this.id) return;
      if (node.consumed) throw consumedError(node);
      node.pass = this.id;
      pending.push(node);
    };
    for (const root of roots) meet(root);
    let isOrdered = true;
    let last = Number.POSITIVE_INFINITY;
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      this.nodes.push(node);
      if (node.sequence > last) isOrdered = false;
      last = node.sequence;
      for (const edge of node.edges) meet(edge);
    }
    if (!isOrdered) this.nodes.sort((a, b) => b.sequence - a.sequence);
  }

  /** Leaves only the nodes through which a target is reached. */
  private prune(targets: readonly Tensor[]): void {
    const isTarget = (tensor: Tensor) =>
      targets.some(
        (target) => target === tensor || (target.node !== null && target.node === tensor.node && target.outputIndex === tensor.outputIndex),
      );
    const leads = new Set<GraphNode>();
    for (let index = this.nodes.length - 1; index >= 0; index--) {
      const node = this.nodes[index];
      for (const edge of node.edges) {
        if (edge !== null && (isTarget(edge) || (edge.node !== null && leads.has(edge.node)))) leads.add(node);
      }
    }
    for (const { node } of targets) if (node !== null && node.pass === this.id && !leads.has(node)) this.ends.add(node);
    for (const node of this.nodes) if (!leads.has(node) && !this.ends.has(node)) node.pass = 0;
    this.nodes = this.nodes.filter((node) => node.pass === this.id);
  }

  /** Hands a gradient that is in flight to what made `tensor`, or to the leaf. */
  private send(tensor: Tensor, gradient: Tensor): void {
    const node = tensor.node;
    if (node === null) {
      if (this.options.targets !== null && !this.options.targets.includes(tensor)) this.land(gradient);
      else this.leaves.set(tensor, this.sum(this.leaves.get(tensor), gradient));
      return;
    }
    if (node.pass !== this.id) {
      this.land(gradient);
      return;
    }
    if (node.gradients === null) node.gradients = node.outputCount === 1 ? [null] : new Array<Tensor | null>(node.outputCount).fill(null);
    node.gradients[tensor.outputIndex] = this.sum(node.gradients[tensor.outputIndex], gradient);
  }

  private sum(waiting: Tensor | null | undefined, gradient: Tensor): Tensor {
    if (!waiting) return gradient;
    const total = arithmetic().add(waiting, gradient);
    total.storage.inFlight++;
    this.land(waiting);
    this.land(gradient);
    return total;
  }

  /** A gradient is no longer in flight: its memory is free if the pass made it and nothing else waits in it. */
  private land(gradient: Tensor): void {
    const storage = gradient.storage;
    if (--storage.inFlight === 0 && this.region.owns(storage)) storage.release();
  }

  /** Runs a node's backward, once all gradients by its outputs have arrived. */
  private visit(node: GraphNode): void {
    const gradOutputs = node.gradients;
    if (gradOutputs !== null) {
      for (let index = 0; index < gradOutputs.length; index++) {
        const gradient = gradOutputs[index];
        if (gradient !== null) gradOutputs[index] = this.finishOutput(node, index, gradient);
      }
      if (!this.ends.has(node)) this.runNode(node, gradOutputs);
      for (const gradient of gradOutputs) if (gradient !== null) this.land(gradient);
      node.gradients = null;
    }
    if (!this.options.retainGraph && !this.ends.has(node)) node.consume();
  }

  private runNode(node: GraphNode, gradOutputs: readonly (Tensor | null)[]): void {
    const mark = this.region.mark;
    const gradients = node.backward(gradOutputs);
    checkGradients(node, gradients);
    if (this.anomaly) checkFinite(node, gradients, 'backward');
    const { edges } = node;
    for (let index = 0; index < edges.length; index++) {
      const gradient = gradients[index];
      if (edges[index] !== null && gradient) gradient.storage.inFlight++;
    }
    // Only gradients are needed of what it computed.
    if (!node.isUserCode) this.region.releaseSince(mark);
    for (let index = 0; index < edges.length; index++) {
      const edge = edges[index];
      const gradient = gradients[index];
      if (edge !== null && gradient) this.send(edge, gradient);
    }
  }

  /** Hooks, retained gradients and targets among the outputs of a node. */
  private finishOutput(node: GraphNode, outputIndex: number, gradient: Tensor): Tensor {
    const watch = node.watchOf(outputIndex);
    const final = watch === undefined ? gradient : this.runHooks(watch.hooks, gradient);
    const retainer = watch?.retainer;
    if (retainer) {
      if (retainer.leaf === null) retainer.leaf = new Leaf();
      final.storage.kept = true;
      retainer.leaf.grad = retainer.leaf.grad === null ? final : arithmetic().add(retainer.leaf.grad, final).keep();
    }
    if (this.options.targets === null) return final;
    this.options.targets.forEach((target, index) => {
      if (target.node === node && target.outputIndex === outputIndex) this.found[index] = final.keep();
    });
    return final;
  }

  private finishLeaf(leaf: Tensor, gradient: Tensor): void {
    const final = leaf.leaf === null ? gradient : this.runHooks(leaf.leaf.hooks, gradient);
    if (this.options.targets === null) this.accumulate(leaf, final);
    else {
      this.options.targets.forEach((target, index) => {
        if (target === leaf) this.found[index] = final.keep();
      });
      this.land(final);
    }
  }

  private runHooks(hooks: readonly GradientHook[], gradient: Tensor): Tensor {
    let current = gradient;
    if (hooks.length === 0) return gradient;
    for (const hook of [...hooks]) {
      current.storage.kept = true;
      const replacement = hook(current);
      if (replacement === undefined || replacement === null) continue;
      if (!sameShape(replacement.shape, current.shape) || replacement.dtype !== current.dtype) {
        throw new GradientError(
          `registerHook: the hook replaced a ${current.dtype} gradient of shape ${printShape(current.shape)} by ` +
            `${replacement.dtype} ${printShape(replacement.shape)}`,
        );
      }
      replacement.storage.inFlight++;
      this.land(current);
      current = replacement;
    }
    return current;
  }

  /** Adds to the gradient of a leaf; the first one is taken over without a copy where nobody else uses it. */
  private accumulate(tensor: Tensor, gradient: Tensor): void {
    if (tensor.leaf === null) tensor.leaf = new Leaf();
    const leaf = tensor.leaf;
    const { storage } = gradient;
    if (this.options.createGraph || gradient.requiresGrad) {
      leaf.grad = (leaf.grad === null ? gradient : arithmetic().add(leaf.grad, gradient)).keep();
      this.land(gradient);
    } else if (leaf.grad !== null) {
      if (leaf.grad.requiresGrad) leaf.grad = arithmetic().add(leaf.grad, gradient).keep();
      else arithmetic().addInto(leaf.grad, gradient);
      this.land(gradient);
    } else if (storage.inFlight === 1 && !storage.kept && this.region.owns(storage)) {
      storage.inFlight = 0;
      leaf.take(gradient);
    } else {
      leaf.take(arithmetic().copy(gradient));
      this.land(gradient);
    }
  }

  /** Recycles all that took part, and the side branches that hang on it: nothing can walk them any more. */
  private consume(): void {
    const pending = this.nodes.filter((node) => !this.ends.has(node));
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      node.consume();
      if (node.consumers === null) continue;
      for (const consumer of node.consumers) if (!consumer.consumed || consumer.consumers !== null) pending.push(consumer);
      node.consumers = null;
    }
  }
}

/** A function must return one gradient an input, of its shape and dtype. */
function checkGradients(node: GraphNode, gradients: readonly (Tensor | null)[]): void {
  if (gradients.length !== node.edges.length) {
    throw new GradientError(`${node.name}: backward returned ${gradients.length} gradients for ${node.edges.length} inputs`);
  }
  for (let index = 0; index < gradients.length; index++) {
    const edge = node.edges[index];
    const gradient = gradients[index];
    if (edge === null || !gradient) continue;
    if (!sameShape(edge.shape, gradient.shape) || edge.dtype !== gradient.dtype) {
      throw new GradientError(
        `${node.name}: backward returned a ${gradient.dtype} gradient of shape ${printShape(gradient.shape)} for input ${index}, which is ` +
          `${edge.dtype} ${printShape(edge.shape)}`,
      );
    }
  }
}

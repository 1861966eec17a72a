import { ArgumentError, type Tensor } from '@convgrad/core';
import { type Layer, Module } from './module.ts';
import { declarePure, isPure } from './pure_layers.ts';

/**
 * Layers one after the other: each takes what the one before gives.
 *
 * Layers given one by one are named '0', '1', ..; those of a record have their names. Only the layers' own keys stand in `stateDict()`.
 *
 * @throws ArgumentError for a layer that is not a Module
 * @example new Sequential(new Conv2d(1, 6, 5), new ReLU(), new MaxPool2d(2)).forward(zeros([8, 1, 28, 28])) // shape [8, 6, 12, 12]
 * @example [...new Sequential({ conv: new Conv2d(1, 6, 5), relu: new ReLU() }).namedParameters().keys()] // ['conv.weight', 'conv.bias']
 */
export class Sequential extends Module implements Iterable<Layer> {
  readonly #layers: Record<string, Layer>;

  constructor(...layers: readonly Layer[] | readonly [Readonly<Record<string, Layer>>]) {
    super();
    const [first] = layers;
    const record = first === undefined || first instanceof Module ? layers : first;
    for (const [name, layer] of Object.entries(record)) {
      if (!(layer instanceof Module)) throw new ArgumentError(`Sequential: layer ${name} is not a Module, but ${String(layer)}`);
    }
    this.#layers = Object.fromEntries(Object.entries(record));
  }

  protected override memberHolders(): readonly object[] {
    return [this.#layers, this];
  }

  /** Number of layers. */
  get length(): number {
    return Object.keys(this.#layers).length;
  }

  /** Layer number `index`; negative ones count from the end. */
  at(index: number): Layer | undefined {
    return Object.values(this.#layers).at(index);
  }

  [Symbol.iterator](): IterableIterator<Layer> {
    return Object.values(this.#layers).values();
  }

  forward(x: Tensor): Tensor {
    const between: Tensor[] = [];
    let current = x;
    let before: Layer | null = null;
    for (const name in this.#layers) {
      const layer = this.#layers[name];
      if (before !== null && holdsNothing(before) && holdsNothing(layer)) between.push(current);
      current = layer.forward(current);
      before = layer;
    }
    for (const { storage } of between) if (storage !== x.storage && storage !== current.storage) storage.internal = true;
    return current;
  }

  /** Whether none of the layers holds on to what passes through it. */
  get isPure(): boolean {
    return Object.values(this.#layers).every(holdsNothing);
  }
}

function holdsNothing(layer: Layer): boolean {
  return isPure(layer) && (!(layer instanceof Sequential) || layer.isPure);
}

declarePure(Sequential);

import { ArgumentError, type Tensor } from '@convgrad/core';
import { type Layer, Module } from './module.ts';
import { isReluBeforeMaxPool } from './pool_before_relu.ts';
import { declarePure, isPure } from './pure_layers.ts';

/**
 * Layers one after the other: each takes what the one before gives.
 *
 * Layers given one by one are named '0', '1', ..; those of a record have their names. Only the layers' own keys stand in `stateDict()`. A ReLU
 * in front of a max pooling is calculated behind it, where it has less to do: that gives the same.
 *
 * @throws ArgumentError for a layer that is not a Module
 * @example new Sequential(new Conv2d(1, 6, 5), new ReLU(), new MaxPool2d(2)).forward(zeros([8, 1, 28, 28])) // shape [8, 6, 12, 12]
 * @example [...new Sequential({ conv: new Conv2d(1, 6, 5), relu: new ReLU() }).namedParameters().keys()] // ['conv.weight', 'conv.bias']
 */
export class Sequential extends Module implements Iterable<Layer> {
  readonly #layers: Readonly<Record<string, Layer>>;
  readonly #order: readonly Layer[];
  /** By the index of a layer, whether nobody can hold what goes from it to the next. */
  readonly #passesUnseen: readonly boolean[];
  /** By the index of a layer, whether it may change places with the next. */
  readonly #mayFollowNext: readonly boolean[];
  /** Whether none of the layers holds on to what passes through it. */
  readonly isPure: boolean;

  constructor(...layers: readonly Layer[] | readonly [Readonly<Record<string, Layer>>]) {
    super();
    const [first] = layers;
    const record = first === undefined || first instanceof Module ? layers : first;
    for (const [name, layer] of Object.entries(record)) {
      if (!(layer instanceof Module)) throw new ArgumentError(`Sequential: layer ${name} is not a Module, but ${String(layer)}`);
    }
    this.#layers = Object.fromEntries(Object.entries(record));
    this.#order = Object.values(this.#layers);
    const pure = this.#order.map(holdsNothing);
    this.#passesUnseen = pure.map((isPure, index) => isPure && pure[index + 1] === true);
    this.#mayFollowNext = this.#order.map((layer, index) => isReluBeforeMaxPool(layer, this.#order[index + 1]));
    this.isPure = !pure.includes(false);
  }

  protected override memberHolders(): readonly object[] {
    return [this.#layers, this];
  }

  /** Number of layers. */
  get length(): number {
    return this.#order.length;
  }

  /** Layer number `index`; negative ones count from the end. */
  at(index: number): Layer | undefined {
    return this.#order.at(index);
  }

  [Symbol.iterator](): IterableIterator<Layer> {
    return this.#order.values();
  }

  forward(x: Tensor): Tensor {
    let current = x;
    // The numbers that pass unseen, until somebody gets a view of them.
    let unseen: Tensor['storage'] | null = null;
    for (let index = 0; index < this.#order.length; index++) {
      current = this.#layerInPlace(index).forward(current);
      const { storage } = current;
      if (this.#passesUnseen[index] && storage !== x.storage) {
        storage.internal = true;
        unseen = storage;
      } else if (storage === unseen) {
        storage.internal = false;
      }
    }
    return current;
  }

  #layerInPlace(index: number): Layer {
    if (this.#followsNext(index)) return this.#order[index + 1];
    return index > 0 && this.#followsNext(index - 1) ? this.#order[index - 1] : this.#order[index];
  }

  #followsNext(index: number): boolean {
    return this.#mayFollowNext[index] && this.#order[index].isForwardPlain && this.#order[index + 1].isForwardPlain;
  }
}

function holdsNothing(layer: Layer): boolean {
  return isPure(layer) && (!(layer instanceof Sequential) || layer.isPure);
}

declarePure(Sequential);

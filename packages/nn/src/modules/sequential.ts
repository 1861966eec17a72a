import { ArgumentError, type Tensor } from '@convgrad/core';
import { asConvolution, type ConvNd } from './conv.ts';
import { type Layer, Module } from './module.ts';
import type { MaxPoolNd } from './pool.ts';
import { maxPoolBehindRelu } from './pool_before_relu.ts';
import { declarePure, isPure } from './pure_layers.ts';

/**
 * Layers one after the other: each takes what the one before gives.
 *
 * Layers given one by one are named '0', '1', ..; those of a record have their names. Only the layers' own keys stand in `stateDict()`. A ReLU
 * in front of a max pooling is calculated together with it, and where that is faster with a convolution in front of both: that gives the same.
 *
 * @throws ArgumentError for a layer that is not a Module
 * @example new Sequential(new Conv2d(1, 6, 5), new ReLU(), new MaxPool2d(2)).forward(zeros([8, 1, 28, 28])) // shape [8, 6, 12, 12]
 * @example [...new Sequential({ conv: new Conv2d(1, 6, 5), relu: new ReLU() }).namedParameters().keys()] // ['conv.weight', 'conv.bias']
 */
export class Sequential extends Module implements Iterable<Layer> {
  readonly #layers: Readonly<Record<string, Layer>>;
  readonly #order: readonly Layer[];
  /** By the index of a layer, whether neither it nor the next holds on to what goes from one to the other. */
  readonly #isPassing: readonly boolean[];
  /** By the index of a ReLU, the max pooling behind it. */
  readonly #pooledBefore: readonly (MaxPoolNd | null)[];
  /** By the index of a convolution, itself. */
  readonly #convolutions: readonly (ConvNd | null)[];
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
    this.#isPassing = pure.map((isPure, index) => isPure && pure[index + 1] === true);
    this.#pooledBefore = this.#order.map((layer, index) => maxPoolBehindRelu(layer, this.#order[index + 1]));
    this.#convolutions = this.#order.map(asConvolution);
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
      const pooled = this.#convolvePooled(index, current);
      const pool = pooled === null ? this.#poolWithRelu(index) : null;
      if (pooled !== null) {
        current = pooled;
        index += 2;
      } else if (pool !== null) {
        current = pool.forwardRelu(current);
        index++;
      } else {
        current = this.#order[index].forward(current);
      }
      const { storage } = current;
      if (storage !== unseen) unseen?.discardInternal();
      if (storage !== x.storage && this.#passesUnseen(index)) {
        storage.internal = true;
        unseen = storage;
      } else if (storage === unseen) {
        storage.internal = false;
      }
    }
    return current;
  }

  override get isForwardPlain(): boolean {
    return super.isForwardPlain && this.#order.every((layer) => layer.isForwardPlain);
  }

  /** Whether nobody can hold what goes from a layer to the next. */
  #passesUnseen(index: number): boolean {
    return this.#isPassing[index] && this.#order[index].isForwardPlain && this.#order[index + 1].isForwardPlain;
  }

  /** The max pooling that can be calculated together with the ReLU at `index`, since nobody looks at what goes from one to the other. */
  #poolWithRelu(index: number): MaxPoolNd | null {
    const pool = this.#pooledBefore[index];
    return pool?.isForwardPlain && this.#order[index].isForwardPlain ? pool : null;
  }

  /** What the convolution at `index` and a ReLU and a max pooling behind it give, where they are calculated together; else null. */
  #convolvePooled(index: number, x: Tensor): Tensor | null {
    const conv = this.#convolutions[index];
    const pool = conv?.isForwardPlain && index + 1 < this.#order.length ? this.#poolWithRelu(index + 1) : null;
    return conv === null || pool === null ? null : conv.forwardReluPool(x, pool);
  }
}

function holdsNothing(layer: Layer): boolean {
  return isPure(layer) && (!(layer instanceof Sequential) || layer.isPure);
}

declarePure(Sequential);

import type { Tensor } from '@convgrad/core';
import { Conv2d, init, Linear, MaxPool2d, Module, ReLU } from '@convgrad/nn';

/** Where a middle layer stands in the net, and its channels. */
export interface MiddlePlace {
  /** 0, 1 or 2. */
  readonly index: number;
  readonly inChannels: number;
  readonly outChannels: number;
}

/** Channels of the first convolution, which is the same in every net. */
export const stemChannels = 16;
/** Middle layers of a net. */
export const middleLayers = 3;
/** Height and width of the images. */
export const imageSize = 28;
const classes = 10;
/** Height and width of what comes to the linear layer. */
const gridSize = 3;

/** A module in the middle of a net. */
export interface MiddleLayer {
  forward(x: Tensor): Tensor;
}

/** What differs between the nets: the layers in their middle. */
export interface MiddleDesign {
  /** Output channels of the middle layers. */
  readonly width: number;
  /** Makes a middle layer. */
  readonly layer: (place: MiddlePlace) => MiddleLayer;
  /** Whether the first middle layer halves the image itself, so that no pooling follows it. */
  readonly halves: boolean;
  /** Whether the first middle layer makes an image of twice the size, so that the last pooling is over windows of twice the size. */
  readonly doubles: boolean;
}

/** The places of the middle layers of a net of this width. */
export function middlePlaces(width: number): MiddlePlace[] {
  return Array.from({ length: middleLayers }, (_, index) => ({
    index,
    inChannels: index === 0 ? stemChannels : width,
    outChannels: width,
  }));
}

/**
 * The net that every variant is tried in: 3x3 convolution, pool, middle layer, pool, two middle layers, pool, linear.
 * Input [N, 1, 28, 28], output [N, 10].
 */
export class VariantNet extends Module {
  readonly stem = new Conv2d(1, stemChannels, 3, { padding: 1 });
  readonly middle: readonly MiddleLayer[];
  readonly lastPool: MaxPool2d;
  readonly head: Linear;
  readonly relu = new ReLU();
  readonly pool = new MaxPool2d(2);
  readonly halves: boolean;

  constructor({ width, layer, halves, doubles }: MiddleDesign) {
    super();
    this.middle = middlePlaces(width).map(layer);
    this.drawKernels();
    this.halves = halves;
    this.lastPool = new MaxPool2d(doubles ? 4 : 2);
    this.head = new Linear(width * gridSize ** 2, classes);
  }

  /** Draws kernels as He et al. (2015) do for ReLU. */
  private drawKernels(): void {
    for (const [name, parameter] of this.namedParameters()) {
      // Predictions of offsets begin with zeros.
      if (parameter.ndim === 4 && !name.includes('offset')) init.kaimingNormal_(parameter, { nonlinearity: 'relu' });
    }
  }

  forward(x: Tensor): Tensor {
    const last = this.middle.length - 1;
    const features = this.relu.forward(this.middle[last].forward(this.inputOf(last, x)));
    return this.head.forward(this.lastPool.forward(features).flatten(1));
  }

  /** What comes to middle layer `index`. */
  inputOf(index: number, x: Tensor): Tensor {
    let features = this.pool.forward(this.relu.forward(this.stem.forward(x)));
    for (let i = 0; i < index; i++) {
      features = this.relu.forward(this.middle[i].forward(features));
      if (i === 0 && !this.halves) features = this.pool.forward(features);
    }
    return features;
  }
}

/** Number of parameters of a net of this design. */
export function netParameters(design: MiddleDesign): number {
  return new VariantNet(design).parameters().reduce((count, { size }) => count + size, 0);
}

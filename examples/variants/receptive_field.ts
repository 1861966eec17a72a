import { enableGrad, grad, type Tensor, tensor } from '@convgrad/core';
import type { MiddleLayer, VariantNet } from './network.ts';

/** Sizes of the gradient of one output by every input: 0 where the input is not read. */
export interface ReadInputs {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** [channels, height, width], row-major. */
  readonly magnitudes: Float64Array;
}

/** A gradient so small beside the largest is rounding: fast convolution in float32 leaves some where it should be 0. */
const rounding = 1e-4;

/** What one output of a layer reads of its input [1, C, H, W]: the output in channel 0 at a position. */
export function readByOutput(layer: MiddleLayer, input: Tensor, row: number, column: number): ReadInputs {
  return gradientOf(input, (x) => {
    const y = layer.forward(x);
    const [, , height, width] = y.shape;
    return y.reshape([-1]).mul(oneAt(y.size, (place) => place === (row * width + column) % (height * width) && place < height * width));
  });
}

/**
 * What one position of the last middle layer reads of the image, all channels together: the mean over images [N, 1, H, W], since max
 * pooling reads another pixel in each (the effective receptive field: Luo et al., 2016).
 */
export function readByNet(net: VariantNet, images: Tensor): ReadInputs {
  const last = net.middle.length - 1;
  const { height, width, magnitudes } = gradientOf(images, (x) => {
    const y = net.middle[last].forward(net.inputOf(last, x));
    const [, , rows, columns] = y.shape;
    const centre = Math.floor(rows / 2) * columns + Math.floor(columns / 2);
    return y.reshape([-1]).mul(oneAt(y.size, (place) => place % (rows * columns) === centre));
  });
  const mean = new Float64Array(height * width);
  magnitudes.forEach((value, index) => {
    mean[index % mean.length] += value / images.shape[0];
  });
  return { channels: 1, height, width, magnitudes: mean };
}

function oneAt(size: number, chosen: (place: number) => boolean): Tensor {
  return tensor(Float32Array.from({ length: size }, (_, place) => (chosen(place) ? 1 : 0)));
}

function gradientOf(input: Tensor, output: (x: Tensor) => Tensor): ReadInputs {
  return enableGrad(() => {
    const x = tensor(Float32Array.from(input.data), { shape: input.shape, requiresGrad: true });
    const [gradient] = grad([output(x).sum()], [x]);
    const [, channels, height, width] = input.shape;
    const magnitudes = Float64Array.from(gradient.data, Math.abs);
    const largest = magnitudes.reduce((max, magnitude) => Math.max(max, magnitude), 0);
    return { channels, height, width, magnitudes: magnitudes.map((magnitude) => (magnitude < rounding * largest ? 0 : magnitude)) };
  });
}

import { type ConvolutionSizes, conv, convInput, convWeight } from '../packages/core/src/kernels/convolution.ts';
import { type DeformConvSizes, deformConv, deformConvGrad } from '../packages/core/src/kernels/deform.ts';
import { gemm, type MatrixProduct } from '../packages/core/src/kernels/gemm.ts';
import { type Pointer, reserve, views } from '../packages/core/src/kernels/memory.ts';
import { sizeOf } from '../packages/core/src/shape.ts';

/** Something to time: `run` makes `products` multiply-adds. */
export interface Workload {
  readonly name: string;
  readonly products: number;
  readonly run: () => void;
}

/** A network's training step: its matrix products and convolutions, forward and backward. */
export interface Step {
  readonly name: string;
  readonly workloads: readonly Workload[];
}

/** A place for float32 numbers, filled. */
export function numbers(size: number): Pointer {
  const pointer = reserve(4 * size);
  if (pointer === 0) throw new Error('the memory is full');
  const values = views().f32.subarray(pointer / 4, pointer / 4 + size);
  for (let i = 0; i < size; i++) values[i] = ((i * 7919) % 2003) / 1001.5 - 1;
  return pointer;
}

/** A square-kernelled 2-D convolution. */
export interface Layer {
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly size: number;
  readonly kernel: number;
  readonly padding?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly groups?: number;
}

/** The three maps of a layer. */
export function convolutions(name: string, layer: Layer): Workload[] {
  const { batch, inChannels, outChannels, size, kernel, padding = 0, stride = 1, dilation = 1, groups = 1 } = layer;
  const out = Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
  const sizes: ConvolutionSizes = {
    batch,
    groups,
    inChannels: inChannels / groups,
    outChannels: outChannels / groups,
    inSize: [1, size, size],
    kernelSize: [1, kernel, kernel],
    outSize: [1, out, out],
    stride: [1, stride, stride],
    dilation: [1, dilation, dilation],
    padding: [0, padding, padding],
  };
  const products = batch * outChannels * (inChannels / groups) * kernel * kernel * out * out;
  const x = numbers(batch * inChannels * size * size);
  const y = numbers(batch * outChannels * sizeOf(sizes.outSize));
  const weight = numbers((outChannels * inChannels * kernel * kernel) / groups);
  const gradX = numbers(batch * inChannels * size * size);
  const gradWeight = numbers((outChannels * inChannels * kernel * kernel) / groups);
  const bias = numbers(outChannels);
  return [
    { name: `${name} forward`, products, run: () => conv('float32', x, weight, bias, y, sizes) },
    { name: `${name} input`, products, run: () => convInput('float32', y, weight, 0, gradX, sizes) },
    { name: `${name} weight`, products, run: () => convWeight('float32', x, y, gradWeight, sizes) },
  ];
}

/** A product of [m, k] and [k, n]. */
export function product(name: string, m: number, n: number, k: number, options: Partial<MatrixProduct> = {}): Workload {
  const [a, b, c] = [numbers(m * k), numbers(k * n), numbers(m * n)];
  return { name, products: m * n * k, run: () => gemm('float32', { a, b, c, m, n, k, ...options }) };
}

/** The three products of a linear layer. */
export function linear(name: string, batch: number, inputs: number, outputs: number): Workload[] {
  return [
    product(`${name} forward`, batch, outputs, inputs, { transposeB: true, bias: numbers(outputs) }),
    product(`${name} input`, batch, inputs, outputs),
    product(`${name} weight`, outputs, inputs, batch, { transposeA: true }),
  ];
}

/** A modulated deformable 3x3 convolution, offsets up to a pixel, and all of its gradients at once. */
export function deformable(name: string, batch: number, channels: number, outChannels: number, size: number): Workload[] {
  const sizes: DeformConvSizes = {
    rank: 2,
    batch,
    channels,
    outChannels,
    groups: 1,
    offsetGroups: 1,
    inSize: [1, size, size],
    kernelSize: [1, 3, 3],
    outSize: [1, size, size],
    stride: [1, 1, 1],
    dilation: [1, 1, 1],
    padding: [0, 1, 1],
  };
  const products = batch * outChannels * channels * 9 * size * size;
  const image = batch * channels * size * size;
  const [x, gradInput, mask, gradMask] = [
    numbers(image),
    numbers(image),
    numbers(batch * 9 * size * size),
    numbers(batch * 9 * size * size),
  ];
  const [offset, gradOffset] = [numbers(batch * 18 * size * size), numbers(batch * 18 * size * size)];
  const [weight, gradWeight] = [numbers(9 * channels * outChannels), numbers(9 * channels * outChannels)];
  const [y, bias] = [numbers(batch * outChannels * size * size), numbers(outChannels)];
  const gradBias = numbers(outChannels);
  const gradients = { gradOutput: y, x, offset, weight, mask, gradInput, gradOffset, gradWeight, gradBias, gradMask };
  return [
    { name: `${name} forward`, products, run: () => deformConv('float32', { x, offset, weight, bias, mask, y }, sizes) },
    { name: `${name} gradients`, products: 2 * products, run: () => deformConvGrad('float32', gradients, sizes) },
  ];
}

/** LeNet-5 on 28x28 images; the first layer's input needs no gradient. */
export function lenet(batch: number): Step {
  const [forward, , weight] = convolutions('conv 1-6 5x5', { batch, inChannels: 1, outChannels: 6, size: 28, kernel: 5, padding: 2 });
  return {
    name: `LeNet-5, batch ${batch}`,
    workloads: [
      ...[forward, weight].filter((workload) => workload !== undefined),
      ...convolutions('conv 6-16 5x5', { batch, inChannels: 6, outChannels: 16, size: 14, kernel: 5 }),
      ...linear('linear 400-120', batch, 400, 120),
      ...linear('linear 120-84', batch, 120, 84),
      ...linear('linear 84-10', batch, 84, 10),
    ],
  };
}

/** The example's CNN: two 3x3 convolutions, two linear layers. */
export function cnn(batch: number): Step {
  const [forward, , weight] = convolutions('conv 1-32 3x3', { batch, inChannels: 1, outChannels: 32, size: 28, kernel: 3, padding: 1 });
  return {
    name: `CNN, batch ${batch}`,
    workloads: [
      ...[forward, weight].filter((workload) => workload !== undefined),
      ...convolutions('conv 32-64 3x3', { batch, inChannels: 32, outChannels: 64, size: 14, kernel: 3, padding: 1 }),
      ...linear('linear 3136-128', batch, 3136, 128),
      ...linear('linear 128-10', batch, 128, 10),
    ],
  };
}

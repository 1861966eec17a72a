import type { ConvolutionSizes, Triple } from '../../../packages/core/src/kernels/convolution.ts';
import { sizeOf } from '../../../packages/core/src/shape.ts';
import { forEachIndex, type Random } from './numbers.ts';

/** Lengths of the three tensors of a convolution. */
export function lengthsOf(s: ConvolutionSizes): { readonly x: number; readonly weight: number; readonly y: number } {
  return {
    x: s.batch * s.groups * s.inChannels * sizeOf(s.inSize),
    weight: s.groups * s.outChannels * s.inChannels * sizeOf(s.kernelSize),
    y: s.batch * s.groups * s.outChannels * sizeOf(s.outSize),
  };
}

/** Products that a convolution adds up for one output: flat places in x, weight and y of the first, and steps to those of the next channel. */
export type VisitRun = (x: number, xStep: number, weight: number, weightStep: number, y: number, count: number) => void;

/** Calls `visit` for every output and tap that reads the image: a call for each product would take most of a test's time. */
export function forEachRun(s: ConvolutionSizes, visit: VisitRun): void {
  const inVolume = sizeOf(s.inSize);
  const outVolume = sizeOf(s.outSize);
  const taps = sizeOf(s.kernelSize);
  forEachIndex(s.outSize, (out, outPlace) => {
    forEachIndex(s.kernelSize, (tap, tapPlace) => {
      const [z, y, x] = [0, 1, 2].map((d) => out[d] * s.stride[d] - s.padding[d] + tap[d] * s.dilation[d]);
      if (z < 0 || y < 0 || x < 0 || z >= s.inSize[0] || y >= s.inSize[1] || x >= s.inSize[2]) return;
      const inPlace = (z * s.inSize[1] + y) * s.inSize[2] + x;
      for (let n = 0; n < s.batch * s.groups; n++) {
        const group = n % s.groups;
        for (let o = 0; o < s.outChannels; o++) {
          const row = group * s.outChannels + o;
          visit(
            n * s.inChannels * inVolume + inPlace,
            inVolume,
            row * s.inChannels * taps + tapPlace,
            taps,
            (n * s.outChannels + o) * outVolume + outPlace,
            s.inChannels,
          );
        }
      }
    });
  });
}

/** A random convolution of one to three dimensions: odd paddings, outputs that reach beyond the image or stop short of it, batch 0. */
export function randomSizes(random: Random): ConvolutionSizes {
  const dims = random.integer(1, 3);
  const longest = [40, 14, 7][dims - 1];
  const missing = { inSize: 1, kernelSize: 1, outSize: 1, stride: 1, dilation: 1, padding: 0 };
  const axis = (): typeof missing => {
    const kernelSize = random.integer(1, random.chance(0.2) ? 7 : 3);
    const stride = random.chance(0.5) ? 1 : random.integer(1, 4);
    const dilation = random.chance(0.6) ? 1 : random.integer(1, random.chance(0.2) ? 20 : 3);
    const inSize = random.integer(1, longest);
    const padding = random.chance(0.4) ? 0 : random.integer(0, random.chance(0.1) ? 12 : 3);
    const behind = random.chance(0.4) ? padding : random.integer(0, 3);
    const outSize = Math.floor((inSize + padding + behind - dilation * (kernelSize - 1) - 1) / stride) + 1;
    return { inSize, kernelSize, outSize: Math.max(1, outSize - (random.chance(0.1) ? 1 : 0)), stride, dilation, padding };
  };
  const axes = [0, 1, 2].map((d) => (d >= 3 - dims ? axis() : missing));
  const triple = (name: keyof typeof missing): Triple => [axes[0][name], axes[1][name], axes[2][name]];
  const isDepthwise = random.chance(0.2);
  return {
    batch: random.chance(0.03) ? 0 : random.integer(1, random.chance(0.1) ? 40 : 4),
    groups: isDepthwise ? random.integer(2, 6) : random.chance(0.7) ? 1 : random.integer(2, 3),
    inChannels: isDepthwise ? 1 : random.integer(1, random.chance(0.2) ? 20 : 4),
    outChannels: isDepthwise ? random.integer(1, 2) : random.integer(1, random.chance(0.2) ? 30 : 7),
    inSize: triple('inSize'),
    kernelSize: triple('kernelSize'),
    outSize: triple('outSize'),
    stride: triple('stride'),
    dilation: triple('dilation'),
    padding: triple('padding'),
  };
}

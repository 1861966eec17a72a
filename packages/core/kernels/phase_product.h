// The adjoint of a convolution by its input as ordinary convolutions of stride 1, one a phase.
//
// Input positions that leave the same remainder by the stride, a phase, read gradOutput by a convolution of stride 1 over those
// taps of the kernel that reach them: with g = gcd(stride, dilation), every (stride / g)-th tap, in steps of dilation / g, from
// behind. Each phase does only the work that is its own.
#pragma once

#include "gather_product.h"

namespace convgrad {

// The taps that reach the inputs of one phase in one dimension.
struct PhaseTaps {
  i32 count, last, step, first, sourceStep;
  PhaseTaps(i32 phase, i32 kernel, i32 stride, i32 dilation, i32 padding) {
    const i32 divisor = greatestCommonDivisor(stride, dilation);
    step = stride / divisor;
    sourceStep = dilation / divisor;
    count = 0;
    last = 0;
    for (i32 k = 0; k < kernel; ++k) {
      if ((phase + padding - k * dilation) % stride == 0) {
        last = k;
        ++count;
      }
    }
    first = (phase + padding - last * dilation) / stride;
  }
};

// Taps of all phases before one: a product over the dimensions of what each phase takes.
template <class Args>
i32 tapsBefore(const Args& args, i32 phase) {
  i32 sum = 0;
  i32 phases = args.stride[0] * args.stride[1] * args.stride[2];
  i32 tapsBehind = args.kernelSize[0] * args.kernelSize[1] * args.kernelSize[2];
  for (i32 d = 0, tapsHere = 1; d < 3; ++d) {
    phases /= args.stride[d];
    tapsBehind /= args.kernelSize[d];
    const i32 own = phase / phases;
    phase %= phases;
    for (i32 before = 0; before < own; ++before) {
      const PhaseTaps earlier(before, args.kernelSize[d], args.stride[d], args.dilation[d], args.padding[d]);
      sum += tapsHere * earlier.count * tapsBehind;
    }
    tapsHere *= PhaseTaps(own, args.kernelSize[d], args.stride[d], args.dilation[d], args.padding[d]).count;
  }
  return sum;
}

// The product of one phase of one group; where its weights are packed is not its matter.
template <class T, class Args>
GatherProduct<T> phaseProduct(const Args& args, i32 group, i32 phase) {
  const i32 taps = args.kernelSize[0] * args.kernelSize[1] * args.kernelSize[2];
  const i32 inVolume = args.inSize[0] * args.inSize[1] * args.inSize[2];
  const i32 outVolume = args.outSize[0] * args.outSize[1] * args.outSize[2];
  GatherProduct<T> product;
  product.rows = args.inChannels;
  product.channels = args.outChannels;
  for (i32 d = 0, phases = args.stride[0] * args.stride[1] * args.stride[2]; d < 3; ++d) {
    phases /= args.stride[d];
    const i32 own = phase / phases;
    phase %= phases;
    const PhaseTaps phaseTaps(own, args.kernelSize[d], args.stride[d], args.dilation[d], args.padding[d]);
    product.gather.source[d] = args.outSize[d];
    product.gather.taps[d] = phaseTaps.count;
    product.gather.first[d] = phaseTaps.first;
    product.gather.tapStep[d] = phaseTaps.sourceStep;
    product.gather.stride[d] = 1;
    product.gather.out[d] = own < args.inSize[d] ? (args.inSize[d] - own + args.stride[d] - 1) / args.stride[d] : 0;
    product.placement.size[d] = args.inSize[d];
    product.placement.origin[d] = own;
    product.placement.step[d] = args.stride[d];
    product.weightView.kernel[d] = args.kernelSize[d];
    product.weightView.first[d] = phaseTaps.last;
    product.weightView.step[d] = -phaseTaps.step;
  }
  product.weightView.rowStep = taps;
  product.weightView.channelStep = args.inChannels * taps;
  product.sourceImageStride = args.groups * args.outChannels * outVolume;
  product.targetImageStride = args.groups * args.inChannels * inVolume;
  product.source = args.gradOutput + group * args.outChannels * outVolume;
  product.weight = args.weight + group * args.outChannels * args.inChannels * taps;
  product.bias = args.bias ? args.bias + group * args.inChannels : nullptr;
  product.target = args.x + group * args.inChannels * inVolume;
  return product;
}

}  // namespace convgrad

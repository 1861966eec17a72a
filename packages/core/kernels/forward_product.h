// A convolution as a product of its weights with what they read of the image.
#pragma once

#include "gather_product.h"

namespace convgrad {

template <class Args>
Gather forwardGather(const Args& args) {
  Gather gather;
  for (i32 d = 0; d < 3; ++d) {
    gather.source[d] = args.inSize[d];
    gather.taps[d] = args.kernelSize[d];
    gather.first[d] = -args.padding[d];
    gather.tapStep[d] = args.dilation[d];
    gather.stride[d] = args.stride[d];
    gather.out[d] = args.outSize[d];
  }
  return gather;
}

// The product of one group; where its weights are packed is not its matter.
template <class T, class Args>
GatherProduct<T> forwardProduct(const Args& args, i32 group) {
  const i32 taps = args.kernelSize[0] * args.kernelSize[1] * args.kernelSize[2];
  const i32 inVolume = args.inSize[0] * args.inSize[1] * args.inSize[2];
  const i32 outVolume = args.outSize[0] * args.outSize[1] * args.outSize[2];
  GatherProduct<T> product;
  product.rows = args.outChannels;
  product.channels = args.inChannels;
  product.gather = forwardGather(args);
  for (i32 d = 0; d < 3; ++d) {
    product.placement.size[d] = args.outSize[d];
    product.placement.origin[d] = 0;
    product.placement.step[d] = 1;
    product.weightView.kernel[d] = args.kernelSize[d];
    product.weightView.first[d] = 0;
    product.weightView.step[d] = 1;
  }
  product.weightView.rowStep = args.inChannels * taps;
  product.weightView.channelStep = taps;
  product.sourceImageStride = args.groups * args.inChannels * inVolume;
  product.targetImageStride = args.groups * args.outChannels * outVolume;
  product.source = args.x + group * args.inChannels * inVolume;
  product.weight = args.weight + group * args.outChannels * args.inChannels * taps;
  product.bias = args.bias ? args.bias + group * args.outChannels : nullptr;
  product.target = args.y + group * args.outChannels * outVolume;
  return product;
}

}  // namespace convgrad

// y = conv(x, weight) + bias, cross-correlation in up to three dimensions.
//
// Stage 0 packs the weights, its tasks being shares of each group's rows; stage 1 multiplies them with the image's lines.
#include "gather_product.h"

namespace convgrad {

template <class T>
GatherProduct<T> forwardProduct(const ConvArgs<T>& args, i32 group) {
  const i32 taps = args.kernelSize[0] * args.kernelSize[1] * args.kernelSize[2];
  const i32 inVolume = args.inSize[0] * args.inSize[1] * args.inSize[2];
  const i32 outVolume = args.outSize[0] * args.outSize[1] * args.outSize[2];
  GatherProduct<T> product;
  product.rows = args.outChannels;
  product.channels = args.inChannels;
  for (i32 d = 0; d < 3; ++d) {
    product.gather.source[d] = args.inSize[d];
    product.gather.taps[d] = args.kernelSize[d];
    product.gather.first[d] = -args.padding[d];
    product.gather.tapStep[d] = args.dilation[d];
    product.gather.stride[d] = args.stride[d];
    product.gather.out[d] = args.outSize[d];
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
  product.packed = args.packed + group * args.outChannels * args.inChannels * taps;
  product.bias = args.bias ? args.bias + group * args.outChannels : nullptr;
  product.target = args.y + group * args.outChannels * outVolume;
  return product;
}

template <class T>
void conv(const ConvArgs<T>& args, Task task) {
  if (args.stage == 0) {
    const i32 parts = task.count / args.groups;
    const GatherProduct<T> product = forwardProduct(args, task.index / parts);
    const i32 tiles = RowTiles(product.rows).count;
    const i32 part = task.index % parts;
    packWeights(product, cutOf(args), shareStart(tiles, part, parts), shareStart(tiles, part + 1, parts));
  } else {
    GatherTask<ConvArgs<T>> place(args, args.outSize, 1, task.index);
    multiplyTask(args, task, place, forwardProduct(args, place.group));
  }
}

}  // namespace convgrad

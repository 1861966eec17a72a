// How the sums of a convolution's weight gradient are cut: a task is a block of input channels of a group, and one of the parts of all
// blocks of outputs, which are gone through in order.
#pragma once

#include "gather_product.h"

namespace convgrad {

template <class T>
struct WeightTask {
  const ConvWeightArgs<T>& args;
  i32 group, channel, channels, part;

  WeightTask(const ConvWeightArgs<T>& args, i32 index) : args(args) {
    const i32 channelBlocks = blocksOf(args.inChannels, args.blockChannels);
    part = index % args.parts;
    index /= args.parts;
    channel = index % channelBlocks * args.blockChannels;
    channels = minimum(args.blockChannels, args.inChannels - channel);
    group = index / channelBlocks;
  }

  // Calls f(block, whether it is the first) for the part's blocks of outputs.
  template <class F>
  void forEachBlock(F f) const {
    i32 blocks[3];
    for (i32 d = 0; d < 3; ++d) blocks[d] = blocksOf(args.outSize[d], args.blockSize[d]);
    const i32 count = blocksOf(args.batch, args.blockImages) * blocks[0] * blocks[1] * blocks[2];
    const i32 first = shareStart(count, part, args.parts);
    const i32 end = shareStart(count, part + 1, args.parts);
    for (i32 i = first; i < end; ++i) {
      Block block;
      i32 rest = i;
      for (i32 d = 2; d >= 0; --d) {
        block.start[d] = rest % blocks[d] * args.blockSize[d];
        block.size[d] = minimum(args.blockSize[d], args.outSize[d] - block.start[d]);
        rest /= blocks[d];
      }
      block.image = rest * args.blockImages;
      block.images = minimum(args.blockImages, args.batch - block.image);
      f(block, i == first);
    }
  }
};

}  // namespace convgrad

// How the sums of a convolution's weight gradient are cut: a task is a block of input channels of a group, and one of the parts of all
// blocks of outputs, which are gone through in order.
#pragma once

#include "forward_product.h"

namespace convgrad {

// The sums of a block of channels of a group, and what they are made of.
template <class T>
struct ChannelSums {
  Gather gather;
  const T* x;
  const T* gradOutput;
  i32 xImageStride, gradImageStride;
  i32 channels, rows;
  T* y;
  i32 pitch;
};

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

  // Sums [tap, output channel, channel] of the task's channels, whose rows begin `pitch` elements apart.
  ChannelSums<T> sums(i32 pitch) const {
    const i32 inVolume = args.inSize[0] * args.inSize[1] * args.inSize[2];
    const i32 outVolume = args.outSize[0] * args.outSize[1] * args.outSize[2];
    ChannelSums<T> sums;
    sums.gather = forwardGather(args);
    sums.x = args.x + (group * args.inChannels + channel) * inVolume;
    sums.gradOutput = args.gradOutput + group * args.outChannels * outVolume;
    sums.xImageStride = args.groups * args.inChannels * inVolume;
    sums.gradImageStride = args.groups * args.outChannels * outVolume;
    sums.channels = channels;
    sums.rows = args.outChannels;
    sums.y = args.partial + (part * args.groups + group) * sums.gather.tapCount() * args.outChannels * pitch + channel;
    sums.pitch = pitch;
    return sums;
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

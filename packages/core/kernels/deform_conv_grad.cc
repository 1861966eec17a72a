// The gradients of deformable convolution: with D = W^T G and the corners' dot products sum_c D[c] v[c] of every sample,
//
//   dm = the sample made of the dot products     dp = m times its derivatives     dx: corners += weight m D     dW = G (m S)^T
//
// Stage 0 puts the weights' taps before their channels. Stage 1 works through blocks of outputs, a few taps at a time; a task adds up a
// weight gradient of its own, and those are added in order by stage 2. A task is about some images, which it copies channels-last and
// whose gradients it turns back while they are near, or about a share of an image's outputs: then stage 0 copies the images, and
// stage 2 adds their gradients.
#include "deform_samples.h"

namespace convgrad {

// A task's memory and sums.
template <class T>
struct DeformGradMemory {
  T* pointRows;  // G [outputs, outChannels]
  T* cotangent;  // D [outputs, taps, channels]
  T* columns;    // m S, likewise
  T* pixels;     // of an image of the task's own, channels-last
  T* imageSum;   // its gradient, likewise
  T* weightSum;  // [outChannels, taps, channels]

  DeformGradMemory(const DeformConvGradArgs<T>& args, Task task) {
    Workspace<T> workspace = workspaceOf<T>(args, task);
    pointRows = workspace.take(args.blockPoints * args.outChannels);
    cotangent = workspace.take(args.blockPoints * args.blockTaps * args.channels);
    columns = workspace.take(args.blockPoints * args.blockTaps * args.channels);
    const i32 elements = args.ownImages ? pixelRows(args) * args.channels : 0;
    pixels = workspace.take(elements);
    imageSum = workspace.take(elements);
    const i32 weights = args.outChannels * args.channels / args.groups * volumeOf(args.kernelSize);
    weightSum = args.weightParts + task.index * weights;
    if (args.gradWeight) fillRow(weightSum, T(0), weights);
  }
};

template <class T>
void multiplyCotangent(const DeformConvGradArgs<T>& args, const DeformGradMemory<T>& memory, i32 count, i32 firstTap, i32 taps) {
  const i32 channels = args.channels / args.groups, outChannels = args.outChannels / args.groups;
  const i32 depth = volumeOf(args.kernelSize) * channels;
  for (i32 group = 0; group < args.groups; ++group) {
    const T* weights = args.packed + group * outChannels * depth + firstTap * channels;
    T* d = memory.cotangent + group * channels;
    forEachSpan(args.groups, taps, channels, [&](i32 tap, i32 columns) {
      for (i32 o = 0; o < outChannels; o += deformDepth) {
        multiplyRows<T>({memory.pointRows + group * outChannels + o, args.outChannels, weights + o * depth + tap * channels, depth,
                         d + tap * args.channels, taps * args.channels, count, columns, minimum(deformDepth, outChannels - o), o > 0});
      }
    });
  }
}

// Adds G (m S)^T of a block, whose first gradient is at g.
template <class T>
void multiplyColumns(const DeformConvGradArgs<T>& args, const DeformGradMemory<T>& memory, const T* g, i32 count, i32 firstTap, i32 taps) {
  const i32 channels = args.channels / args.groups, outChannels = args.outChannels / args.groups, points = volumeOf(args.outSize);
  const i32 depth = volumeOf(args.kernelSize) * channels;
  for (i32 group = 0; group < args.groups; ++group) {
    T* sum = memory.weightSum + group * outChannels * depth + firstTap * channels;
    forEachSpan(args.groups, taps, channels, [&](i32 tap, i32 columns) {
      multiplyRows<T>({g + group * outChannels * points, points, memory.columns + tap * args.channels + group * channels,
                       taps * args.channels, sum + tap * channels, depth, outChannels, columns, count, true});
    });
  }
}

template <class T, i32 rank>
void differentiateBlock(const DeformConvGradArgs<T>& args, const DeformGradMemory<T>& memory, i32 image, i32 first, i32 count,
                        const T* pixels, T* imageSum) {
  const DeformBlock<T, rank> block(args, image, first, count);
  const i32 offsetChannels = args.channels / args.offsetGroups;
  const T* g = args.gradOutput + image * args.outChannels * block.points + first;
  transpose(memory.pointRows, args.outChannels, g, block.points, args.outChannels, count);
  CornerTable<T, rank> table;
  CornerDots<T, rank> dots;
  for (i32 firstTap = 0; firstTap < block.taps; firstTap += args.blockTaps) {
    const i32 taps = minimum(args.blockTaps, block.taps - firstTap);
    const i32 pitch = taps * args.channels;
    multiplyCotangent(args, memory, count, firstTap, taps);
    block.forEachFew(taps, args.offsetGroups, [&](i32 start, i32 some, i32 tap, i32 group) {
      const i32 channel = group * offsetChannels, column = start * pitch + tap * args.channels + channel;
      const T* d = memory.cotangent + column;
      block.find(group, firstTap + tap, start, some, table);
      sampleAndDot(table, pixels + channel, d, pitch, some, offsetChannels, memory.columns + column, dots);
      if (args.gradInput) scatter(table, d, pitch, some, offsetChannels, imageSum + channel);
      const i32 row = block.row(image * args.offsetGroups + group, firstTap + tap) * block.points, from = first + start;
      if (args.gradMask) differentiateByMask(table, dots, some, args.gradMask + row + from);
      if (args.gradOffset) {
        const T* mask = args.mask ? args.mask + row + from : nullptr;
        differentiateByOffset(table, dots, mask, some, args.gradOffset + row * rank + from, block.points);
      }
    });
    if (args.gradWeight) multiplyColumns(args, memory, g, count, firstTap, taps);
  }
}

template <class T>
void differentiateShare(const DeformConvGradArgs<T>& args, Task task) {
  const DeformGradMemory<T> memory(args, task);
  const i32 volume = volumeOf(args.inSize), elements = pixelRows(args) * args.channels, points = volumeOf(args.outSize);
  const i32 share = task.index / args.pointParts, part = task.index % args.pointParts, shares = task.count / args.pointParts;
  const i32 blocks = (points + args.blockPoints - 1) / args.blockPoints;
  const i32 endBlock = shareStart(blocks, part + 1, args.pointParts), endImage = shareStart(args.batch, share + 1, shares);
  for (i32 image = shareStart(args.batch, share, shares); image < endImage; ++image) {
    const i32 start = image * args.channels * volume;
    if (args.ownImages) copyChannelsLast<T>(args.x + start, memory.pixels, args.channels, volume);
    const T* pixels = args.ownImages ? memory.pixels : args.pixels + image * elements;
    T* imageSum = args.ownImages ? memory.imageSum : args.imageParts + (image * args.pointParts + part) * elements;
    if (args.gradInput) fillRow(imageSum, T(0), elements);
    withRank(args.rank, [&]<i32 rank>(Number<rank>) {
      for (i32 b = shareStart(blocks, part, args.pointParts); b < endBlock; ++b) {
        const i32 first = b * args.blockPoints;
        differentiateBlock<T, rank>(args, memory, image, first, minimum(args.blockPoints, points - first), pixels, imageSum);
      }
    });
    if (args.ownImages && args.gradInput) transpose<T>(args.gradInput + start, volume, imageSum, args.channels, volume, args.channels);
  }
}

template <class T>
void deformConvGrad(const DeformConvGradArgs<T>& args, Task task) {
  if (args.stage == 1) return differentiateShare(args, task);
  const i32 volume = volumeOf(args.inSize), taps = volumeOf(args.kernelSize), channels = args.channels / args.groups;
  // One task for each output channel's weights, then, where images are shared, one for each block of pixels.
  const i32 row = channels * taps;
  if (task.index < args.outChannels) {
    const i32 start = task.index * row;
    if (args.stage == 0) return transpose<T>(args.packed + start, channels, args.weight + start, taps, channels, taps);
    if (!args.gradWeight) return;
    T* sum = args.weightParts + start;
    for (i32 part = 1; part < args.weightPartCount; ++part) addRow<T>(sum + part * args.outChannels * row, sum, row);
    return transpose<T>(args.gradWeight + start, taps, sum, channels, taps, channels);
  }
  const i32 blocks = pixelBlocks(volume), unit = task.index - args.outChannels, image = unit / blocks, block = unit % blocks;
  const i32 start = image * args.channels * volume, elements = pixelRows(args) * args.channels;
  if (args.stage == 0) return copyChannelsLast<T>(args.x + start, args.pixels + image * elements, args.channels, volume, block);
  if (!args.gradInput) return;
  const i32 first = block * pixelBlock, count = minimum(pixelBlock, volume - first);
  T* sum = args.imageParts + image * args.pointParts * elements + first * args.channels;
  for (i32 part = 1; part < args.pointParts; ++part) addRow<T>(sum + part * elements, sum, count * args.channels);
  transpose<T>(args.gradInput + start + first, volume, sum, args.channels, count, args.channels);
}

}  // namespace convgrad

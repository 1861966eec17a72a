// The gradients of deformable convolution: with D = W^T G and the corners' dot products sum_c D[c] v[c] of every sample,
//
//   dm = the sample made of the dot products     dp = m times its derivatives     dx: corners += weight m D     dW = G (m S)^T     db = sum G
//
// Stage 0 puts the weights' taps before their channels. Stage 1 works through blocks of outputs, a few taps at a time; a task adds up
// gradients by weight and bias of its own, and those are added in order by stage 2. A task is about some images, which it copies channels-last and
// whose gradients it turns back while they are near, or about a share of an image's outputs: then stage 0 copies the images, and
// stage 2 adds their gradients.
#include "deform_samples.h"

namespace convgrad {

// Elements of the gradient by weight, and of a task's sums, behind which are those of the bias.
template <class Args>
i32 weightCount(const Args& args) { return args.outChannels * args.channels / args.groups * volumeOf(args.kernelSize); }
template <class Args>
i32 weightPartSize(const Args& args) { return weightCount(args) + args.outChannels; }

// A task's memory and sums.
template <class T>
struct DeformGradMemory {
  T* pointRows;  // G [outputs, outChannels]
  T* cotangent;  // D [outputs, taps, channels]
  T* columns;    // m S, likewise
  T* pixels;     // of an image of the task's own, channels-last
  T* imageSum;   // its gradient, likewise
  T* weightSum;  // [outChannels, taps, channels]
  T* biasSum;    // [outChannels], behind it

  DeformGradMemory(const DeformConvGradArgs<T>& args, Task task) {
    Workspace<T> workspace = workspaceOf<T>(args, task);
    pointRows = workspace.take(args.blockPoints * args.outChannels);
    cotangent = workspace.take(args.blockPoints * args.blockTaps * args.channels);
    columns = workspace.take(args.blockPoints * args.blockTaps * args.channels);
    const i32 elements = args.ownImages ? pixelRows(args) * args.channels : 0;
    pixels = workspace.take(elements);
    imageSum = workspace.take(elements);
    weightSum = args.weightParts + task.index * weightPartSize(args);
    biasSum = weightSum + weightCount(args);
    fillRow(weightSum, T(0), weightPartSize(args));
  }
};

// Adds the sums over the rows of a block to the task's: few terms at a time lose little.
template <class T>
void sumPoints(const T* pointRows, i32 count, i32 outChannels, T* sum) {
  i32 o = 0;
  for (; o <= outChannels - lanes<T>; o += lanes<T>) {
    Vector<T> part = load(pointRows + o);
    for (i32 i = 1; i < count; ++i) part += load(pointRows + i * outChannels + o);
    store(sum + o, load(sum + o) + part);
  }
  for (; o < outChannels; ++o) {
    T part = 0;
    for (i32 i = 0; i < count; ++i) part += pointRows[i * outChannels + o];
    sum[o] += part;
  }
}

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
  if (args.gradBias) sumPoints(memory.pointRows, count, args.outChannels, memory.biasSum);
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
    if (args.ownImages && args.gradInput) copyChannelsFirst<T>(imageSum, args.gradInput + start, args.channels, volume, 0, volume);
  }
}

// sum += the parts behind it, `stride` apart, in their order.
template <class T>
void addParts(T* sum, i32 stride, i32 parts, i32 count) {
  i32 i = 0;
  for (; i <= count - lanes<T>; i += lanes<T>) {
    Vector<T> total = load(sum + i);
    for (i32 part = 1; part < parts; ++part) total += load(sum + part * stride + i);
    store(sum + i, total);
  }
  for (; i < count; ++i) {
    for (i32 part = 1; part < parts; ++part) sum[i] += sum[part * stride + i];
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
    T* sum = args.weightParts + start;
    T* biasSum = args.weightParts + weightCount(args) + task.index;
    if (args.gradBias) {
      addParts(biasSum, weightPartSize(args), args.weightPartCount, 1);
      args.gradBias[task.index] = *biasSum;
    }
    if (!args.gradWeight) return;
    addParts(sum, weightPartSize(args), args.weightPartCount, row);
    return transpose<T>(args.gradWeight + start, taps, sum, channels, taps, channels);
  }
  const i32 blocks = pixelBlocks(volume), unit = task.index - args.outChannels, image = unit / blocks, block = unit % blocks;
  const i32 start = image * args.channels * volume, elements = pixelRows(args) * args.channels;
  if (args.stage == 0) return copyChannelsLast<T>(args.x + start, args.pixels + image * elements, args.channels, volume, block);
  if (!args.gradInput) return;
  const i32 first = block * pixelBlock, end = minimum(first + pixelBlock, volume);
  T* sum = args.imageParts + image * args.pointParts * elements;
  addParts(sum + first * args.channels, elements, args.pointParts, (end - first) * args.channels);
  copyChannelsFirst<T>(sum, args.gradInput + start, args.channels, volume, first, end);
}

}  // namespace convgrad

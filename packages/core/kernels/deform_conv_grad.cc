// The gradients of deformable convolution: with D = W^T G and the corners' dot products sum_c D[c] v[c] of every sample,
//
//   dm = the sample made of the dot products     dp = m times its derivatives     dx: corners += weight m D     dW = G (m S)^T
//
// Stage 0 copies the images channels-last and puts the weights' taps before their channels. Stage 1 works through blocks of outputs, a
// few taps at a time; a task owns the images, or the share of an image's outputs, that it is about, and adds up a weight gradient
// of its own. Stage 2 adds those, and the shares of images, in order, and puts the channels first again.
#include "deform.h"

namespace convgrad {

template <class T>
inline T sumLanes(Vector<T> v) {
  T part[lanes<T>];
  store(part, v);
  return sumOfLanes(part);
}

// column = factor * sample, and dots[corner] = sum over the channels of d * pixel.
template <class T, i32 corners>
void sampleAndDot(const T* const (&rows)[corners], const T (&weights)[corners], T factor, const T* d, i32 channels, T* column, T (&dots)[corners]) {
  Vector<T> sums[corners] = {};
  i32 c = 0;
  for (; c <= channels - lanes<T>; c += lanes<T>) {
    const Vector<T> cotangent = load(d + c);
    Vector<T> sample = {};
#pragma GCC unroll 8
    for (i32 corner = 0; corner < corners; ++corner) {
      const Vector<T> pixel = load(rows[corner] + c);
      sample += weights[corner] * pixel;
      sums[corner] += cotangent * pixel;
    }
    store(column + c, sample * factor);
  }
  for (i32 corner = 0; corner < corners; ++corner) dots[corner] = sumLanes<T>(sums[corner]);
  for (; c < channels; ++c) {
    T sample = 0;
    for (i32 corner = 0; corner < corners; ++corner) {
      sample += weights[corner] * rows[corner][c];
      dots[corner] += d[c] * rows[corner][c];
    }
    column[c] = sample * factor;
  }
}

template <class T>
inline void addScaled(T factor, const T* x, T* y, i32 count) {
  i32 i = 0;
  for (; i <= count - lanes<T>; i += lanes<T>) store(y + i, load(y + i) + factor * load(x + i));
  for (; i < count; ++i) y[i] += factor * x[i];
}

// A task's memory and sums.
template <class T>
struct DeformGradMemory {
  T* outside;      // zeros
  T* cotangent;    // D [outputs, taps, channels]
  T* columns;      // m S, likewise
  T* pointRows;    // G with outputs as rows, packed
  T* channelRows;  // G with channels as rows, packed
  T* free;
  T* weightSum;    // [outChannels, taps, channels]

  DeformGradMemory(const DeformConvGradArgs<T>& args, Task task) {
    Workspace<T> workspace = workspaceOf<T>(args, task);
    outside = workspace.take(args.channels);
    fillRow(outside, T(0), args.channels);
    cotangent = workspace.take(args.blockPoints * args.blockTaps * args.channels);
    columns = workspace.take(args.blockPoints * args.blockTaps * args.channels);
    pointRows = workspace.take(args.blockPoints * args.outChannels);
    channelRows = workspace.take(args.blockPoints * args.outChannels);
    free = workspace.free;
    const i32 weights = args.outChannels * args.channels / args.groups * volumeOf(args.kernelSize);
    weightSum = args.weightParts + task.index * weights;
    if (args.gradWeight) fillRow(weightSum, T(0), weights);
  }
};

template <class T>
void multiplyCotangent(const DeformConvGradArgs<T>& args, const DeformGradMemory<T>& memory, i32 count, i32 firstTap, i32 taps) {
  const i32 channels = args.channels / args.groups, outChannels = args.outChannels / args.groups;
  const i32 depth = volumeOf(args.kernelSize) * channels;
  const RowTiles tiles(count);
  for (i32 group = 0; group < args.groups; ++group) {
    const T* weights = args.packed + group * outChannels * depth + firstTap * channels;
    T* d = memory.cotangent + group * channels;
    forEachSpan(args.groups, taps, channels, [&](i32 tap, i32 columns) {
      for (i32 o = 0; o < outChannels; o += deformDepth) {
        const Lines<T> lines = {weights + o * depth + tap * channels, depth, minimum(deformDepth, outChannels - o), noOffset, 1};
        const PackedRows<T> rows = {memory.pointRows + group * outChannels * count, outChannels, o};
        multiplyLines(rows, tiles, 0, tiles.count, lines, columns, d + tap * args.channels, taps * args.channels,
                      Epilogue<T>{o > 0, nullptr, nullptr}, memory.free);
      }
    });
  }
}

template <class T>
void multiplyColumns(const DeformConvGradArgs<T>& args, const DeformGradMemory<T>& memory, i32 count, i32 firstTap, i32 taps) {
  const i32 channels = args.channels / args.groups, outChannels = args.outChannels / args.groups;
  const i32 depth = volumeOf(args.kernelSize) * channels;
  const RowTiles tiles(outChannels);
  for (i32 group = 0; group < args.groups; ++group) {
    T* sum = memory.weightSum + group * outChannels * depth + firstTap * channels;
    const PackedRows<T> rows = {memory.channelRows + group * outChannels * count, count, 0};
    forEachSpan(args.groups, taps, channels, [&](i32 tap, i32 columns) {
      const Lines<T> lines = {memory.columns + tap * args.channels + group * channels, taps * args.channels, count, noOffset, 1};
      multiplyLines(rows, tiles, 0, tiles.count, lines, columns, sum + tap * channels, depth, Epilogue<T>{true, nullptr, nullptr}, memory.free);
    });
  }
}

// One tap and offset group of a block: gradients by mask and offset, the columns, and the corners' shares of the image's gradient.
template <class T, i32 rank>
void differentiateSamples(const DeformConvGradArgs<T>& args, const DeformBlock<T, rank>& block, const T* pixels, T* imageSum, i32 image, i32 group,
                          i32 tap, const T* cotangent, T* columns, i32 step, const T* outside) {
  const i32 offsetChannels = args.channels / args.offsetGroups;
  const i32 channel = group * offsetChannels;
  const i32 row = block.row(image * args.offsetGroups + group, tap) * block.points + block.first;
  block.forEach(group, tap, [&](i32 i, const Corners<T, rank>& corners, T factor) {
    constexpr i32 count = 1 << rank;
    const T* d = cotangent + i * step + channel;
    const CornerRows<T, rank> sources(corners, pixels + channel, args.channels, outside);
    T weights[count], dots[count];
    for (i32 corner = 0; corner < count; ++corner) weights[corner] = corners.weight(corner, [](i32) { return 0; });
    sampleAndDot(sources.rows, weights, factor, d, offsetChannels, columns + i * step + channel, dots);
    if (args.gradMask) {
      T sum = 0;
      for (i32 corner = 0; corner < count; ++corner) sum += weights[corner] * dots[corner];
      args.gradMask[row + i] = sum;
    }
    if (args.gradOffset) {
      T* gradOffset = args.gradOffset + (row - block.first) * rank + block.first + i;
      for (i32 by = 0; by < rank; ++by) {
        T sum = 0;
        for (i32 corner = 0; corner < count; ++corner) sum += corners.weight(corner, [&](i32 d) { return d == by ? 1 : 0; }) * dots[corner];
        gradOffset[by * block.points] = factor * sum;
      }
    }
    if (args.gradInput) {
      for (i32 corner = 0; corner < count; ++corner) {
        const i32 pixel = corners.pixels[corner];
        if (pixel >= 0) addScaled(weights[corner] * factor, d, imageSum + pixel * args.channels + channel, offsetChannels);
      }
    }
  });
}

template <class T, i32 rank>
void differentiateBlock(const DeformConvGradArgs<T>& args, const DeformGradMemory<T>& memory, i32 image, i32 first, i32 count, T* imageSum) {
  const DeformBlock<T, rank> block(args, image, first, count);
  const i32 outChannels = args.outChannels / args.groups;
  const T* g = args.gradOutput + image * args.outChannels * block.points + first;
  for (i32 group = 0; group < args.groups; ++group) {
    const T* rows = g + group * outChannels * block.points;
    packTiles(rows, 1, block.points, count, outChannels, memory.pointRows + group * outChannels * count);
    packTiles(rows, block.points, 1, outChannels, count, memory.channelRows + group * outChannels * count);
  }
  const T* pixels = args.pixels + image * volumeOf(args.inSize) * args.channels;
  for (i32 firstTap = 0; firstTap < block.taps; firstTap += args.blockTaps) {
    const i32 taps = minimum(args.blockTaps, block.taps - firstTap);
    const i32 step = taps * args.channels;
    multiplyCotangent(args, memory, count, firstTap, taps);
    for (i32 tap = 0; tap < taps; ++tap) {
      for (i32 group = 0; group < args.offsetGroups; ++group) {
        differentiateSamples(args, block, pixels, imageSum, image, group, firstTap + tap, memory.cotangent + tap * args.channels,
                             memory.columns + tap * args.channels, step, memory.outside);
      }
    }
    if (args.gradWeight) multiplyColumns(args, memory, count, firstTap, taps);
  }
}

template <class T>
void differentiateShare(const DeformConvGradArgs<T>& args, Task task) {
  const DeformGradMemory<T> memory(args, task);
  const i32 volume = volumeOf(args.inSize) * args.channels, points = volumeOf(args.outSize);
  const i32 share = task.index / args.pointParts, part = task.index % args.pointParts, shares = task.count / args.pointParts;
  const i32 blocks = (points + args.blockPoints - 1) / args.blockPoints;
  const i32 endBlock = shareStart(blocks, part + 1, args.pointParts), endImage = shareStart(args.batch, share + 1, shares);
  withRank(args.rank, [&]<i32 rank>(Number<rank>) {
    for (i32 image = shareStart(args.batch, share, shares); image < endImage; ++image) {
      T* imageSum = args.imageParts + (image * args.pointParts + part) * volume;
      if (args.gradInput) fillRow(imageSum, T(0), volume);
      for (i32 b = shareStart(blocks, part, args.pointParts); b < endBlock; ++b) {
        const i32 first = b * args.blockPoints;
        differentiateBlock<T, rank>(args, memory, image, first, minimum(args.blockPoints, points - first), imageSum);
      }
    }
  });
}

template <class T>
void deformConvGrad(const DeformConvGradArgs<T>& args, Task task) {
  if (args.stage == 1) return differentiateShare(args, task);
  const i32 volume = volumeOf(args.inSize), taps = volumeOf(args.kernelSize), channels = args.channels / args.groups;
  // One task for each output channel's weights, then one for each block of pixels.
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
  const i32 start = image * args.channels * volume;
  if (args.stage == 0) return copyChannelsLast<T>(args.x + start, args.pixels + start, args.channels, volume, block);
  if (!args.gradInput) return;
  const i32 first = block * pixelBlock, count = minimum(pixelBlock, volume - first);
  T* sum = args.imageParts + start * args.pointParts + first * args.channels;
  for (i32 part = 1; part < args.pointParts; ++part) addRow<T>(sum + part * args.channels * volume, sum, count * args.channels);
  transpose<T>(args.gradInput + start + first, volume, sum, args.channels, count, args.channels);
}

}  // namespace convgrad

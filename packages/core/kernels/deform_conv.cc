// Deformable convolution, forward: y = W (mask * samples) + bias.
//
// Stage 0 copies the images channels-last and packs the weights; stage 1, for a block of outputs and a few taps at a time, samples
// vectors of channels, transposes them into lines of outputs, and multiplies those by the weights.
#include "deform.h"

namespace convgrad {

template <class T, i32 corners>
void sampleRow(const T* const (&rows)[corners], const T (&weights)[corners], T factor, i32 channels, T* y) {
  i32 c = 0;
  for (; c <= channels - lanes<T>; c += lanes<T>) {
    Vector<T> sum = weights[0] * load(rows[0] + c);
#pragma GCC unroll 8
    for (i32 corner = 1; corner < corners; ++corner) sum += weights[corner] * load(rows[corner] + c);
    store(y + c, sum * factor);
  }
  for (; c < channels; ++c) {
    T sum = weights[0] * rows[0][c];
    for (i32 corner = 1; corner < corners; ++corner) sum += weights[corner] * rows[corner][c];
    y[c] = sum * factor;
  }
}

template <class T, i32 rank>
void deformOutputs(const DeformConvArgs<T>& args, i32 image, i32 first, i32 count, Workspace<T> workspace) {
  const DeformBlock<T, rank> block(args, image, first, count);
  const i32 channels = args.channels, groupChannels = channels / args.groups, offsetChannels = channels / args.offsetGroups;
  const i32 outChannels = args.outChannels / args.groups;
  const i32 depth = block.taps * groupChannels;
  const i32 pitch = args.blockPitch;
  const T* pixels = args.pixels + image * volumeOf(args.inSize) * channels;
  T* outside = workspace.take(channels);
  fillRow(outside, T(0), channels);
  T* samples = workspace.take(count * channels);
  T* lines = workspace.take(args.blockTaps * channels * pitch);
  i32* lineOffsets = reinterpret_cast<i32*>(workspace.take(args.blockTaps));
  const RowTiles tiles(outChannels);
  for (i32 firstTap = 0; firstTap < block.taps; firstTap += args.blockTaps) {
    const i32 taps = minimum(args.blockTaps, block.taps - firstTap);
    for (i32 tap = 0; tap < taps; ++tap) {
      for (i32 group = 0; group < args.offsetGroups; ++group) {
        const i32 channel = group * offsetChannels;
        block.forEach(group, firstTap + tap, [&](i32 i, const Corners<T, rank>& corners, T factor) {
          const CornerRows<T, rank> sources(corners, pixels + channel, channels, outside);
          T weights[1 << rank];
          for (i32 corner = 0; corner < corners.count; ++corner) weights[corner] = corners.weight(corner, [](i32) { return 0; });
          sampleRow(sources.rows, weights, factor, offsetChannels, samples + i * channels + channel);
        });
      }
      lineOffsets[tap] = tap * channels * pitch;
      transpose(lines + lineOffsets[tap], pitch, samples, channels, count, channels);
    }
    // Several taps at a time are short enough; the channels of a single one may be many.
    const i32 most = taps == 1 ? deformDepth : groupChannels;
    for (i32 group = 0; group < args.groups; ++group) {
      T* y = args.y + (image * args.outChannels + group * outChannels) * block.points + first;
      for (i32 c = 0; c < groupChannels; c += most) {
        const Lines<T> operand = {lines + (group * groupChannels + c) * pitch, pitch, minimum(most, groupChannels - c), lineOffsets, taps};
        const PackedRows<T> rows = {args.packed + group * outChannels * depth, depth, firstTap * groupChannels + c};
        const bool isFirst = firstTap == 0 && c == 0;
        const Epilogue<T> epilogue = {!isFirst, isFirst && args.bias ? args.bias + group * outChannels : nullptr, nullptr};
        multiplyLines(rows, tiles, 0, tiles.count, operand, count, y, block.points, epilogue, workspace.free);
      }
    }
  }
}

// weight [outChannels, channels, taps] of one group, packed in the order of taps and then channels.
template <class T>
void packWeights(const T* weight, i32 outChannels, i32 channels, i32 taps, T* packed) {
  const RowTiles tiles(outChannels);
  for (i32 tile = 0; tile < tiles.count; ++tile) {
    const T* rows = weight + tiles.start(tile) * channels * taps;
    for (i32 tap = 0; tap < taps; ++tap) {
      for (i32 c = 0; c < channels; ++c) {
        for (i32 i = 0; i < tiles.height(tile); ++i) *packed++ = rows[(i * channels + c) * taps + tap];
      }
    }
  }
}

template <class T>
void deformConv(const DeformConvArgs<T>& args, Task task) {
  const i32 volume = volumeOf(args.inSize);
  if (args.stage == 0) {
    if (task.index < args.groups) {
      const i32 outChannels = args.outChannels / args.groups, channels = args.channels / args.groups, taps = volumeOf(args.kernelSize);
      const i32 start = task.index * outChannels * channels * taps;
      return packWeights<T>(args.weight + start, outChannels, channels, taps, args.packed + start);
    }
    const i32 unit = task.index - args.groups, blocks = pixelBlocks(volume), start = unit / blocks * args.channels * volume;
    return copyChannelsLast<T>(args.x + start, args.pixels + start, args.channels, volume, unit % blocks);
  }
  const i32 points = volumeOf(args.outSize);
  const i32 blocks = (points + args.blockPoints - 1) / args.blockPoints;
  const i32 first = task.index % blocks * args.blockPoints;
  withRank(args.rank, [&]<i32 rank>(Number<rank>) {
    const i32 count = minimum(args.blockPoints, points - first);
    deformOutputs<T, rank>(args, task.index / blocks, first, count, workspaceOf<T>(args, task));
  });
}

}  // namespace convgrad

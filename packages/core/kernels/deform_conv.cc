// Deformable convolution, forward: y = W (mask * samples) + bias.
//
// Stage 0 turns the weights, a tap a task, and copies the images channels-last where several tasks read one; else a task copies its image for itself,
// and has it near. Stage 1, for a block of outputs and a few taps at a time, samples vectors of channels, output by output, and
// multiplies these rows by the weights. The sums of a block are transposed at its end.
#include "deform.h"

namespace convgrad {

template <class T, i32 corners>
inline void sampleRow(const T* const (&rows)[corners], const T (&weights)[corners], i32 channels, T* y) {
  i32 c = 0;
  for (; c <= channels - lanes<T>; c += lanes<T>) {
    Vector<T> sum = weights[0] * load(rows[0] + c);
#pragma GCC unroll 8
    for (i32 corner = 1; corner < corners; ++corner) sum += weights[corner] * load(rows[corner] + c);
    store(y + c, sum);
  }
  for (; c < channels; ++c) {
    T sum = weights[0] * rows[0][c];
#pragma GCC unroll 8
    for (i32 corner = 1; corner < corners; ++corner) sum += weights[corner] * rows[corner][c];
    y[c] = sum;
  }
}

template <class T, i32 rank>
[[gnu::noinline]] void sampleRows(const CornerTable<T, rank>& table, const T* pixels, i32 count, i32 channels, T* samples, i32 pitch) {
  constexpr i32 corners = CornerTable<T, rank>::corners;
  for (i32 i = 0; i < count; ++i, samples += pitch) {
    const T* rows[corners];
    T weights[corners];
#pragma GCC unroll 8
    for (i32 corner = 0; corner < corners; ++corner) {
      rows[corner] = pixels + table.rows[corner][i];
      weights[corner] = table.weights[corner][i];
    }
    sampleRow(rows, weights, channels, samples);
  }
}

// sums[outputs, outChannels] (+)= samples[outputs, taps, channels] times the weights of these taps.
template <class T>
void multiplySamples(const DeformConvArgs<T>& args, const T* samples, i32 count, i32 firstTap, i32 taps, bool adds, T* sums) {
  const i32 channels = args.channels / args.groups, outChannels = args.outChannels / args.groups;
  const i32 depth = volumeOf(args.kernelSize) * channels, pitch = taps * args.channels;
  for (i32 group = 0; group < args.groups; ++group) {
    forEachSpan(args.groups, taps, channels, [&](i32 tap, i32 steps) {
      // Several taps at a time are short enough; the channels of a single one may be many.
      const i32 most = taps == 1 ? deformDepth : steps;
      for (i32 step = 0; step < steps; step += most) {
        const i32 line = group * depth + (firstTap + tap) * channels + step;
        multiplyRows<T>({samples + tap * args.channels + group * channels + step, pitch, args.packed + line * outChannels, outChannels,
                         sums + group * outChannels, args.outChannels, count, outChannels, minimum(most, steps - step),
                         adds || tap > 0 || step > 0});
      }
    });
  }
}

template <class T, i32 rank>
void deformOutputs(const DeformConvArgs<T>& args, const T* pixels, i32 image, i32 first, i32 count, Workspace<T> workspace) {
  const DeformBlock<T, rank> block(args, image, first, count);
  const i32 channels = args.channels, offsetChannels = channels / args.offsetGroups;
  T* y = args.y + image * args.outChannels * block.points + first;
  T* samples = workspace.take(count * args.blockTaps * channels);
  T* sums = workspace.take(count * args.outChannels);
  if (args.bias) {
    for (i32 i = 0; i < count; ++i) copyRow<T>(args.bias, sums + i * args.outChannels, args.outChannels);
  }
  CornerTable<T, rank> table;
  for (i32 firstTap = 0; firstTap < block.taps; firstTap += args.blockTaps) {
    const i32 taps = minimum(args.blockTaps, block.taps - firstTap), pitch = taps * channels;
    block.forEachFew(taps, args.offsetGroups, [&](i32 start, i32 some, i32 tap, i32 group) {
      const i32 channel = group * offsetChannels;
      block.find(group, firstTap + tap, start, some, table);
      sampleRows(table, pixels + channel, some, offsetChannels, samples + start * pitch + tap * channels + channel, pitch);
    });
    if (firstTap + taps == block.taps) callRows(y, block.points, args.outChannels, count);
    multiplySamples(args, samples, count, firstTap, taps, args.bias || firstTap > 0, sums);
  }
  transpose(y, block.points, sums, args.outChannels, count, args.outChannels);
}

// The share of an image's outputs that a task is about.
template <class T>
void deformShare(const DeformConvArgs<T>& args, Task task) {
  const i32 image = task.index / args.pointParts, part = task.index % args.pointParts, points = volumeOf(args.outSize);
  const i32 elements = pixelRows(args) * args.channels, volume = volumeOf(args.inSize);
  Workspace<T> workspace = workspaceOf<T>(args, task);
  T* own = args.ownImages ? workspace.take(elements) : nullptr;
  if (own) copyChannelsLast<T>(args.x + image * args.channels * volume, own, args.channels, volume);
  const T* pixels = own ? own : args.pixels + image * elements;
  const i32 blocks = (points + args.blockPoints - 1) / args.blockPoints, endBlock = shareStart(blocks, part + 1, args.pointParts);
  withRank(args.rank, [&]<i32 rank>(Number<rank>) {
    for (i32 b = shareStart(blocks, part, args.pointParts); b < endBlock; ++b) {
      const i32 first = b * args.blockPoints;
      deformOutputs<T, rank>(args, pixels, image, first, minimum(args.blockPoints, points - first), workspace);
    }
  });
}

// Of the weights [outChannels, channels, taps] of one group those of one tap as lines of output channels.
template <class T>
void turnWeights(const T* weight, i32 outChannels, i32 channels, i32 taps, T* lines) {
  for (i32 c = 0; c < channels; ++c) {
    for (i32 o = 0; o < outChannels; ++o) *lines++ = weight[(o * channels + c) * taps];
  }
}

template <class T>
void deformConv(const DeformConvArgs<T>& args, Task task) {
  if (args.stage == 1) return deformShare(args, task);
  const i32 taps = volumeOf(args.kernelSize);
  if (task.index < args.groups * taps) {
    const i32 outChannels = args.outChannels / args.groups, channels = args.channels / args.groups;
    const i32 group = task.index / taps, tap = task.index % taps, size = outChannels * channels;
    return turnWeights<T>(args.weight + group * size * taps + tap, outChannels, channels, taps, args.packed + task.index * size);
  }
  const i32 volume = volumeOf(args.inSize), unit = task.index - args.groups * taps, blocks = pixelBlocks(volume), image = unit / blocks;
  T* pixels = args.pixels + image * pixelRows(args) * args.channels;
  copyChannelsLast<T>(args.x + image * args.channels * volume, pixels, args.channels, volume, unit % blocks);
}

}  // namespace convgrad

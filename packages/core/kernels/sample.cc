// Samples of images at real positions, or their derivatives by position, and the adjoint by the image.
//
// x [batch, groups * channels, inSize], positions [batch or 1, groups, taps, rank, points], y [batch, groups * channels, taps, points].
// Pixels and weights are worked out once for a block of points and serve all channels of a group.
#include "sample.h"

namespace convgrad {

inline constexpr i32 pointBlock = 128;

// Pixels and weights of a block of points, corner by corner.
template <class T, i32 corners>
struct PointTable {
  i32 pixels[corners * pointBlock];
  T weights[corners * pointBlock];
  bool isInside;  // every corner of every point

  // The nearest pixel alone, which is the lower one, has the weight 1.
  template <i32 rank, class Args>
  void fill(const Args& args, const T* positions, i32 count) {
    isInside = true;
    const i32* size = lastDimensions<rank>(args.inSize);
    const i32* order = lastDimensions<rank>(args.order);
    for (i32 i = 0; i < count; ++i) {
      T position[rank];
      for (i32 d = 0; d < rank; ++d) position[d] = positions[d * args.points + i];
      const Corners<T, rank> found(position, size);
      for (i32 corner = 0; corner < corners; ++corner) {
        pixels[corner * pointBlock + i] = found.pixels[corner];
        weights[corner * pointBlock + i] = corners == 1 ? T(1) : found.weight(corner, [&](i32 d) { return order[d]; });
        isInside &= found.pixels[corner] >= 0;
      }
    }
  }

  template <bool inside>
  void gather(const T* x, T* y, i32 count) const {
    for (i32 i = 0; i < count; ++i) {
      T sum = 0;
#pragma GCC unroll 8
      for (i32 corner = 0; corner < corners; ++corner) {
        const i32 pixel = pixels[corner * pointBlock + i];
        if (inside || pixel >= 0) sum += weights[corner * pointBlock + i] * x[pixel];
      }
      y[i] = sum;
    }
  }

  void gather(const T* x, T* y, i32 count) const {
    if (isInside) gather<true>(x, y, count);
    else gather<false>(x, y, count);
  }

  void scatter(const T* g, T* x, i32 count) const {
    for (i32 i = 0; i < count; ++i) {
#pragma GCC unroll 8
      for (i32 corner = 0; corner < corners; ++corner) {
        const i32 pixel = pixels[corner * pointBlock + i];
        if (isInside || pixel >= 0) x[pixel] += weights[corner * pointBlock + i] * g[i];
      }
    }
  }
};

// Calls f(Number<rank>, Number<corners>) for what the arguments ask.
template <class Args, class F>
inline void withCorners(const Args& args, F f) {
  withRank(args.rank, [&]<i32 rank>(Number<rank> dimensions) {
    if (args.nearest) f(dimensions, Number<1>{});
    else f(dimensions, Number<1 << rank>{});
  });
}

template <class Args>
inline i32 positionRow(const Args& args, i32 image, i32 group, i32 tap) {
  return image * args.positionStride + (group * args.taps + tap) * args.rank * args.points;
}

template <class T>
void sampleGather(const SampleGatherArgs<T>& args, Task task) {
  const i32 volume = args.inSize[0] * args.inSize[1] * args.inSize[2];
  const i32 blocks = (args.points + pointBlock - 1) / pointBlock;
  const i32 units = args.batch * args.groups * args.taps * blocks;
  const i32 start = shareStart(units, task.index, task.count), end = shareStart(units, task.index + 1, task.count);
  withCorners(args, [&]<i32 rank, i32 corners>(Number<rank>, Number<corners>) {
    PointTable<T, corners> table;
    for (i32 unit = start; unit < end; ++unit) {
      const i32 first = unit % blocks * pointBlock;
      const i32 tap = unit / blocks % args.taps;
      const i32 group = unit / blocks / args.taps % args.groups;
      const i32 image = unit / blocks / args.taps / args.groups;
      const i32 count = minimum(pointBlock, args.points - first);
      table.template fill<rank>(args, args.positions + positionRow(args, image, group, tap) + first, count);
      const i32 channel = (image * args.groups + group) * args.channels;
      for (i32 c = channel; c < channel + args.channels; ++c) {
        table.gather(args.x + c * volume, args.y + (c * args.taps + tap) * args.points + first, count);
      }
    }
  });
}

// A task owns whole planes of the image's gradient, `blockChannels` at a time, and adds to each in the order of taps and points.
template <class T>
void sampleScatter(const SampleScatterArgs<T>& args, Task task) {
  const i32 volume = args.inSize[0] * args.inSize[1] * args.inSize[2];
  const i32 blocks = (args.channels + args.blockChannels - 1) / args.blockChannels;
  const i32 units = args.batch * args.groups * blocks;
  const i32 start = shareStart(units, task.index, task.count), end = shareStart(units, task.index + 1, task.count);
  withCorners(args, [&]<i32 rank, i32 corners>(Number<rank>, Number<corners>) {
    PointTable<T, corners> table;
    for (i32 unit = start; unit < end; ++unit) {
      const i32 group = unit / blocks % args.groups;
      const i32 image = unit / blocks / args.groups;
      const i32 block = unit % blocks * args.blockChannels;
      const i32 channel = (image * args.groups + group) * args.channels + block;
      const i32 endChannel = channel + minimum(args.blockChannels, args.channels - block);
      fillRow(args.x + channel * volume, T(0), (endChannel - channel) * volume);
      for (i32 tap = 0; tap < args.taps; ++tap) {
        const T* positions = args.positions + positionRow(args, image, group, tap);
        for (i32 first = 0; first < args.points; first += pointBlock) {
          const i32 count = minimum(pointBlock, args.points - first);
          table.template fill<rank>(args, positions + first, count);
          for (i32 c = channel; c < endChannel; ++c) {
            table.scatter(args.gradOutput + (c * args.taps + tap) * args.points + first, args.x + c * volume, count);
          }
        }
      }
    }
  });
}

}  // namespace convgrad

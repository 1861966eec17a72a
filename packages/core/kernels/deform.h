// What deformable convolution and its gradients share: channels-last copies of images, and where the taps of a block of outputs read.
#pragma once

#include "product.h"
#include "sample.h"
#include "transpose.h"

namespace convgrad {

inline i32 volumeOf(const i32 size[3]) { return size[0] * size[1] * size[2]; }

// Pixels that are transposed together.
inline constexpr i32 pixelBlock = 256;
inline i32 pixelBlocks(i32 pixels) { return (pixels + pixelBlock - 1) / pixelBlock; }

// pixels[pixel][channel] = x[channel][pixel] of one image, for one block of pixels.
template <class T>
void copyChannelsLast(const T* x, T* pixels, i32 channels, i32 volume, i32 block) {
  const i32 first = block * pixelBlock;
  transpose(pixels + first * channels, channels, x + first, volume, channels, minimum(pixelBlock, volume - first));
}

// A block of outputs of one image: where its taps would read without offsets, and where the offsets and the mask say that they do.
template <class T, i32 rank>
struct DeformBlock {
  static constexpr i32 most = 128;
  i32 first, count;
  i32 points, taps;
  i32 dilation[rank], kernel[rank], size[rank];
  i32 origins[rank][most];
  const T* offset;  // of the image
  const T* mask;    // of the image, or none

  template <class Args>
  DeformBlock(const Args& args, i32 image, i32 first, i32 count)
      : first(first), count(count), points(volumeOf(args.outSize)), taps(volumeOf(args.kernelSize)) {
    offset = args.offset + image * args.offsetGroups * taps * rank * points;
    mask = args.mask ? args.mask + image * args.offsetGroups * taps * points : nullptr;
    for (i32 d = 0; d < rank; ++d) {
      const i32 dim = 3 - rank + d;
      dilation[d] = args.dilation[dim];
      kernel[d] = args.kernelSize[dim];
      size[d] = args.inSize[dim];
      i32 inner = 1;
      for (i32 other = dim + 1; other < 3; ++other) inner *= args.outSize[other];
      for (i32 i = 0; i < count; ++i) origins[d][i] = (first + i) / inner % args.outSize[dim] * args.stride[dim] - args.padding[dim];
    }
  }

  // Row of the offsets' first coordinate (times rank) or of the mask, for one tap.
  i32 row(i32 group, i32 tap) const { return group * taps + tap; }

  // Calls f(i, corners of output i's sample, its factor) for all outputs of the block.
  template <class F>
  void forEach(i32 group, i32 tap, F f) const {
    i32 shift[rank];
    for (i32 d = rank - 1, rest = tap; d >= 0; rest /= kernel[d], --d) shift[d] = rest % kernel[d] * dilation[d];
    const T* move = offset + row(group, tap) * rank * points + first;
    const T* factor = mask ? mask + row(group, tap) * points + first : nullptr;
    for (i32 i = 0; i < count; ++i) {
      T position[rank];
      for (i32 d = 0; d < rank; ++d) position[d] = static_cast<T>(origins[d][i] + shift[d]) + move[d * points + i];
      f(i, Corners<T, rank>(position, size), factor ? factor[i] : T(1));
    }
  }
};

// The channels of one offset group of the pixels at the corners; `outside`, as many zeros, for those that are not in the image.
template <class T, i32 rank>
struct CornerRows {
  const T* rows[1 << rank];
  CornerRows(const Corners<T, rank>& corners, const T* pixels, i32 channels, const T* outside) {
    for (i32 corner = 0; corner < corners.count; ++corner) {
      rows[corner] = corners.pixels[corner] >= 0 ? pixels + corners.pixels[corner] * channels : outside;
    }
  }
};

// Packs the rows a[row * rowStep + step * columnStep] for the outer tiles.
template <class T>
void packTiles(const T* a, i32 rowStep, i32 columnStep, i32 rows, i32 depth, T* packed) {
  const RowTiles tiles(rows);
  for (i32 tile = 0; tile < tiles.count; ++tile) {
    const i32 height = tiles.height(tile);
    const T* from = a + tiles.start(tile) * rowStep;
    if (columnStep == 1) {
      transpose(packed, height, from, rowStep, height, depth);
      packed += height * depth;
    } else {
      for (i32 step = 0; step < depth; ++step) {
        for (i32 i = 0; i < height; ++i) *packed++ = from[i * rowStep + step * columnStep];
      }
    }
  }
}

// Products are summed over so many steps at a time.
inline constexpr i32 deformDepth = 256;

// Products over `taps` taps, each of `channels` channels at its own place: all in one where there is one group, else tap by tap.
template <class F>
inline void forEachSpan(i32 groups, i32 taps, i32 channels, F f) {
  if (groups == 1) return f(0, taps * channels);
  for (i32 tap = 0; tap < taps; ++tap) f(tap, channels);
}

// Working memory that is handed out piece by piece.
template <class T>
struct Workspace {
  T* free;
  T* take(i32 size) {
    T* taken = free;
    free += size;
    return taken;
  }
};

template <class T, class Args>
Workspace<T> workspaceOf(const Args& args, const Task& task) {
  return {reinterpret_cast<T*>(static_cast<u8*>(args.scratch) + task.worker * args.scratchStride)};
}

}  // namespace convgrad

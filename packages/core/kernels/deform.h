// What deformable convolution and its gradients share: channels-last copies of images, and where the taps of a block of outputs read.
#pragma once

#include "corner_table.h"
#include "row_product.h"
#include "transpose.h"

namespace convgrad {

inline i32 volumeOf(const i32 size[3]) { return size[0] * size[1] * size[2]; }

// Numbers in a line of the cache.
template <class T>
inline constexpr i32 lineElements = 64 / static_cast<i32>(sizeof(T));

// Asks for `columns` numbers of each of `rows` rows, which lie too far apart for a processor to foresee them.
template <class T>
inline void callRows(const T* x, i32 stride, i32 rows, i32 columns) {
  if constexpr (!isForV8) {
    for (i32 i = 0; i < rows; ++i) {
      for (i32 j = 0; j < columns; j += lineElements<T>) __builtin_prefetch(x + i * stride + j, 0, 2);
    }
  }
}
// Pixels from those that are turned to those that are called meanwhile.
template <class T>
inline constexpr i32 callAhead = 2 * lineElements<T>;

// Pixels that are transposed together.
inline constexpr i32 pixelBlock = 256;
inline i32 pixelBlocks(i32 pixels) { return (pixels + pixelBlock - 1) / pixelBlock; }

// A channels-last image has a row of zeros behind its last pixel, which stands for whatever is outside.
template <class Args>
i32 pixelRows(const Args& args) { return volumeOf(args.inSize) + 1; }

// pixels[pixel][channel] = x[channel][pixel] of one image, for one block of pixels.
template <class T>
void copyChannelsLast(const T* x, T* pixels, i32 channels, i32 volume, i32 block) {
  const i32 end = minimum((block + 1) * pixelBlock, volume);
  for (i32 first = block * pixelBlock; first < end; first += lineElements<T>) {
    callRows(x + first + callAhead<T>, volume, channels, 1);
    transpose(pixels + first * channels, channels, x + first, volume, channels, minimum(lineElements<T>, end - first));
  }
  if (end == volume) fillRow(pixels + volume * channels, T(0), channels);
}

// All of an image.
template <class T>
void copyChannelsLast(const T* x, T* pixels, i32 channels, i32 volume) {
  for (i32 block = 0; block < pixelBlocks(volume); ++block) copyChannelsLast(x, pixels, channels, volume, block);
}

// x[channel][pixel] = pixels[pixel][channel] for pixels [first, end).
template <class T>
void copyChannelsFirst(const T* pixels, T* x, i32 channels, i32 volume, i32 first, i32 end) {
  for (; first < end; first += lineElements<T>) {
    callRows(x + first + callAhead<T>, volume, channels, 1);
    transpose(x + first, volume, pixels + first * channels, channels, minimum(lineElements<T>, end - first), channels);
  }
}

// A block of outputs of one image: where its taps would read without offsets, and where the offsets and the mask say that they do.
template <class T, i32 rank>
struct DeformBlock {
  using Table = CornerTable<T, rank>;
  static constexpr i32 most = 128;
  i32 first, count;
  i32 points, taps;
  i32 dilation[rank], kernel[rank], size[rank];
  i32 channels;
  T origins[rank][most + lanes<T>];
  const T* offset;  // of the image
  const T* mask;    // of the image, or none

  template <class Args>
  DeformBlock(const Args& args, i32 image, i32 first, i32 count)
      : first(first), count(count), points(volumeOf(args.outSize)), taps(volumeOf(args.kernelSize)), channels(args.channels) {
    offset = args.offset + image * args.offsetGroups * taps * rank * points;
    mask = args.mask ? args.mask + image * args.offsetGroups * taps * points : nullptr;
    i32 place[rank], length[rank], stride[rank], padding[rank];
    for (i32 d = rank - 1, rest = first; d >= 0; --d) {
      const i32 dim = 3 - rank + d;
      dilation[d] = args.dilation[dim];
      kernel[d] = args.kernelSize[dim];
      size[d] = args.inSize[dim];
      length[d] = args.outSize[dim];
      stride[d] = args.stride[dim];
      padding[d] = args.padding[dim];
      place[d] = rest % length[d];
      rest /= length[d];
    }
    for (i32 i = 0; i < count; ++i) {
      for (i32 d = 0; d < rank; ++d) origins[d][i] = static_cast<T>(place[d] * stride[d] - padding[d]);
      for (i32 d = rank - 1; d >= 0 && ++place[d] == length[d]; --d) place[d] = 0;
    }
  }

  // Row of the offsets' first coordinate (times rank) or of the mask, for one tap.
  i32 row(i32 group, i32 tap) const { return group * taps + tap; }

  // Where `some` outputs from `start` on sample for one tap; what the next ones need is asked for, since nothing else would foresee it.
  void find(i32 group, i32 tap, i32 start, i32 some, Table& table) const {
    T shift[rank];
    for (i32 d = rank - 1, rest = tap; d >= 0; rest /= kernel[d], --d) shift[d] = static_cast<T>(rest % kernel[d] * dilation[d]);
    const T* move = offset + row(group, tap) * rank * points + first + start;
    const T* factor = mask ? mask + row(group, tap) * points + first + start : nullptr;
    for (i32 d = 0; d < rank; ++d) __builtin_prefetch(move + d * points + Table::most);
    if (factor) __builtin_prefetch(factor + Table::most);
    table.fill(
        some, size, channels, [&](i32 d, i32 i) { return (load(origins[d] + start + i) + shift[d]) + load(move + d * points + i); },
        [&](i32 i) { return factor ? load(factor + i) : splat<T>(1); });
  }

  // Calls f(start, count, tap, group) for `taps` taps of all outputs, a few outputs at a time, whose taps read about the same pixels.
  template <class F>
  void forEachFew(i32 taps, i32 groups, F f) const {
    for (i32 start = 0; start < count; start += Table::most) {
      for (i32 tap = 0; tap < taps; ++tap) {
        for (i32 group = 0; group < groups; ++group) f(start, minimum(Table::most, count - start), tap, group);
      }
    }
  }
};

// Products are summed over so many steps at a time.
inline constexpr i32 deformDepth = 256;

// Products over `taps` taps, each of `channels` channels at its own place: all in one where there is one group, else tap by tap.
template <class F>
inline void forEachSpan(i32 groups, i32 taps, i32 channels, F f) {
  if (groups == 1) return f(0, taps * channels);
  for (i32 tap = 0; tap < taps; ++tap) f(tap, channels);
}

// Working memory that is handed out in whole lines of the cache.
template <class T>
struct Workspace {
  T* free;
  T* take(i32 size) {
    T* taken = free;
    free += (size + lineElements<T> - 1) / lineElements<T> * lineElements<T>;
    return taken;
  }
};

template <class T, class Args>
Workspace<T> workspaceOf(const Args& args, const Task& task) {
  return {reinterpret_cast<T*>(static_cast<u8*>(args.scratch) + task.worker * args.scratchStride)};
}

}  // namespace convgrad

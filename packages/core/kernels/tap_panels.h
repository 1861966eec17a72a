// Panels of what a convolution's taps read, gathered straight from images, with no lines between. That takes outputs that follow each
// other to read places that follow each other: then a tap is an offset into the image, and a mask clears what lies outside of it. With a
// stride, images are split first, by the remainders of their places, into parts for which that holds.
#pragma once

#include "image_lines.h"
#include "product.h"
#include "vectors.h"

namespace convgrad {

// The panels of a block of outputs, in the order (tap, channel). Where the block has several images, they have outputs for a vector.
template <class T>
class TapPanels {
 public:
  // In `memory` a block of channels of each image is split where there is a stride, behind the masks.
  TapPanels(const Gather& gather, const Block& block, T* memory) : gather(gather), block(block), masks(reinterpret_cast<Integer<T>*>(memory)) {
    isSplit = gather.stride[0] * gather.stride[1] * gather.stride[2] > 1;
    for (i32 d = 0; d < 3; ++d) {
      const i32 whole = ceilDivide(gather.source[d], gather.stride[d]);
      // Of slices, and of rows of one slice, only those are split that the block reads.
      const bool isCut = isSplit && (d == 0 || (d == 1 && block.size[0] == 1));
      first[d] = isCut ? maximum(0, block.start[d] + quotient(d, 0)) : 0;
      size[d] = isCut ? maximum(1, minimum(whole, block.start[d] + block.size[d] + quotient(d, gather.taps[d] - 1)) - first[d]) : whole;
    }
    pitch = block.columns() + lanes<T>;
    start = (block.start[0] * size[1] + block.start[1]) * size[2] + block.start[2];
    split = memory + gather.tapCount() * pitch + lanes<T>;
    free = split;
    fillMasks();
  }

  // From here on `memory` is free, once panels know the channels.
  T* rest() const { return free; }

  // Turns to `channels` channels from `x` on.
  void turnTo(const T* x, i32 channels, i32 xImageStride) {
    this->channels = channels;
    data = x + block.image * xImageStride;
    imageStride = xImageStride;
    channelStep = gather.sourceVolume();
    if (!isSplit) return;
    channelStep = partVolume();
    partStep = channels * channelStep + lanes<T>;
    imageStride = gather.stride[0] * gather.stride[1] * gather.stride[2] * partStep;
    for (i32 n = 0; n < block.images; ++n) splitImage(data + n * xImageStride, split + n * imageStride);
    data = split;
    free = split + block.images * imageStride + lanes<T>;
  }

  // Columns [column, column + vectors * lanes) of the block. What is read lies less than a vector beside a channel's numbers at most.
  template <i32 vectors>
  [[gnu::noinline]] void fill(i32 column, T* panel) const {
    const i32 outputs = block.size[0] * block.size[1] * block.size[2];
    const T* image[vectors];
    i32 places[vectors], inFirst[vectors];
    for (i32 v = 0; v < vectors; ++v) {
      const i32 at = column + v * lanes<T>, n = at / outputs;
      image[v] = data + n * imageStride;
      places[v] = start + at - n * outputs;
      inFirst[v] = n + 1 < block.images ? (n + 1) * outputs - at : lanes<T>;
    }
    const Integer<T>* mask = masks + column;
    forEachTap([&](i32 z, i32 y, i32 x) {
      const i32 offset = tapOffset(z, y, x);
      const i32 part = isSplit ? partOf(z, y, x) * partStep : 0;
      const T* from[vectors];
      const T* fromNext[vectors];
      Vector<Integer<T>> isInside[vectors];
      CONVGRAD_UNROLL
      for (i32 v = 0; v < vectors; ++v) {
        from[v] = image[v] + part + nearest(places[v] + offset);
        fromNext[v] = image[v] + imageStride + part + nearest(start + offset - inFirst[v]);
        isInside[v] = load(mask + v * lanes<T>);
      }
      for (i32 channel = 0; channel < channels; ++channel, panel += vectors * lanes<T>) {
        CONVGRAD_UNROLL
        for (i32 v = 0; v < vectors; ++v) {
          Vector<T> values = load(from[v]);
          if (inFirst[v] < lanes<T>) {
            values = lanesBelow<T>(inFirst[v]) ? values : load(fromNext[v]);
            fromNext[v] += channelStep;
          }
          from[v] += channelStep;
          store(panel + v * lanes<T>, reinterpret_cast<Vector<T>>(reinterpret_cast<Vector<Integer<T>>>(values) & isInside[v]));
        }
      }
      mask += pitch;
    });
  }

 private:
  const Gather& gather;
  const Block& block;
  Integer<T>* masks;  // [taps, pitch]
  T* split;           // [images, remainders, channels, size]
  T* free;
  bool isSplit;
  i32 size[3];   // of what an image is, or its parts are
  i32 first[3];  // place of a part that was split
  i32 pitch;
  i32 start;  // the place of the block's first output
  const T* data = nullptr;
  i32 channels = 0, channelStep = 0, partStep = 0, imageStride = 0;

  i32 partVolume() const { return size[0] * size[1] * size[2]; }
  i32 place(i32 d, i32 tap) const { return gather.first[d] + tap * gather.tapStep[d]; }
  i32 remainder(i32 d, i32 tap) const { return (place(d, tap) % gather.stride[d] + gather.stride[d]) % gather.stride[d]; }
  i32 quotient(i32 d, i32 tap) const { return (place(d, tap) - remainder(d, tap)) / gather.stride[d]; }
  bool isInside(i32 d, i32 tap, i32 output) const {
    const i32 at = place(d, tap) + output * gather.stride[d];
    return at >= 0 && at < gather.source[d];
  }
  // Of a vector none of whose lanes is inside it matters only that it can be read.
  i32 nearest(i32 at) const { return minimum(maximum(at, 1 - lanes<T>), partVolume() - 1); }
  i32 tapOffset(i32 z, i32 y, i32 x) const { return ((quotient(0, z) - first[0]) * size[1] + quotient(1, y) - first[1]) * size[2] + quotient(2, x); }
  i32 partOf(i32 z, i32 y, i32 x) const { return (remainder(0, z) * gather.stride[1] + remainder(1, y)) * gather.stride[2] + remainder(2, x); }

  template <class F>
  void forEachTap(F f) const {
    for (i32 z = 0; z < gather.taps[0]; ++z) {
      for (i32 y = 0; y < gather.taps[1]; ++y) {
        for (i32 x = 0; x < gather.taps[2]; ++x) f(z, y, x);
      }
    }
  }

  // Rows are filled one behind the other, each over its end by less than a vector.
  void fillMasks() {
    Integer<T>* mask = masks;
    forEachTap([&](i32 z, i32 y, i32 x) {
      const Range columns(place(2, x) + block.start[2] * gather.stride[2], gather.stride[2], gather.source[2], block.size[2]);
      Integer<T>* row = mask;
      for (i32 slice = 0; slice < block.images * block.size[0]; ++slice) {
        const bool isSlice = isInside(0, z, block.start[0] + slice % block.size[0]);
        for (i32 line = 0; line < block.size[1]; ++line, row += block.size[2]) {
          const Integer<T> whole = isSlice && isInside(1, y, block.start[1] + line) ? -1 : 0;
          for (i32 i = 0; i < block.size[2]; i += lanes<T>) store(row + i, splat(whole));
          for (i32 i = 0; i < columns.start; ++i) row[i] = 0;
          for (i32 i = columns.end; i < block.size[2]; ++i) row[i] = 0;
        }
      }
      mask += pitch;
    });
  }

  // Whether some tap reads places of a remainder.
  bool isRead(i32 d, i32 rest) const {
    for (i32 tap = 0; tap < gather.taps[d]; ++tap) {
      if (remainder(d, tap) == rest) return true;
    }
    return false;
  }

  // y[remainders, channels, size]: rows one behind the other, each over its end by less than a vector.
  void splitImage(const T* x, T* y) const {
    const i32* stride = gather.stride;
    for (i32 channel = 0; channel < channels; ++channel, x += gather.sourceVolume(), y += channelStep) {
      for (i32 rest = 0; rest < stride[0] * stride[1]; ++rest) {
        const i32 restSlice = rest / stride[1], restRow = rest % stride[1];
        if (!isRead(0, restSlice) || !isRead(1, restRow)) continue;
        T* to = y + rest * stride[2] * partStep;
        for (i32 slice = 0; slice < size[0]; ++slice) {
          const i32 z = (first[0] + slice) * stride[0] + restSlice;
          for (i32 row = 0; row < size[1]; ++row, to += size[2]) {
            const i32 line = (first[1] + row) * stride[1] + restRow;
            if (z < gather.source[0] && line < gather.source[1]) splitRow(x + (z * gather.source[1] + line) * gather.source[2], to);
            else for (i32 part = 0; part < stride[2]; ++part) fillZero(to + part * partStep, size[2]);
          }
        }
      }
    }
  }

  void splitRow(const T* x, T* y) const {
    const i32 parts = gather.stride[2];
    if (parts == 1) return copyOver(y, x, size[2]);
    if (parts == 2) {
      for (i32 i = 0; i < size[2]; i += lanes<T>) {
        const Vector<T> a = load(x + 2 * i), b = load(x + 2 * i + lanes<T>);
        store(y + i, evenElements(a, b, LaneSequence<T>{}));
        store(y + partStep + i, oddElements(a, b, LaneSequence<T>{}));
      }
      return;
    }
    for (i32 part = 0; part < parts; ++part, y += partStep) {
      for (i32 i = 0; i < size[2]; ++i) y[i] = x[i * parts + part];
    }
  }
};

}  // namespace convgrad

// Panels of what a convolution's taps read, gathered straight from images, with no lines between. That takes outputs that follow each
// other to read places that follow each other: then a tap is an offset into the image, or into a part of it where there is a stride, and
// a mask clears what lies outside. Wide tiles read one image so themselves (see tap_tiles.h).
#pragma once

#include "image_parts.h"
#include "product.h"
#include "tap_tiles.h"

namespace convgrad {

// The panels of a block of outputs, in the order (tap, channel). Where the block has several images, they have outputs for a vector.
template <class T>
class TapPanels {
 public:
  // `memory` takes the masks, and behind them the parts of a block of channels.
  TapPanels(const Gather& gather, const Block& block, T* memory)
      : gather(gather), block(block), isSplit(gather.stride[0] * gather.stride[1] * gather.stride[2] > 1), parts(gather, block, isSplit),
        masks(reinterpret_cast<Integer<T>*>(memory)) {
    pitch = block.columns() + lanes<T>;
    start = (block.start[0] * parts.size[1] + block.start[1]) * parts.size[2] + block.start[2];
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
    channelStep = parts.volume();
    if (!isSplit) return;
    partStep = channels * channelStep + lanes<T>;
    imageStride = parts.count * partStep;
    for (i32 n = 0; n < block.images; ++n) parts.split(data + n * xImageStride, channels, split + n * imageStride, partStep);
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
      const i32 offset = parts.offset(z, y, x);
      const i32 part = isSplit ? parts.part(z, y, x) * partStep : 0;
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

  // Whether tiles read the image itself: one image, which is its only part.
  bool readsImage() const { return vectorBytes == 64 && !isSplit && block.images == 1; }

  // What is read for the same columns; `places` has room for a number for each vector of each tap.
  template <i32 vectors>
  TapLines<T> lines(i32 column, i32* places) const {
    i32 count = 0;
    forEachTap([&](i32 z, i32 y, i32 x) {
      const i32 place = start + column + parts.offset(z, y, x);
      for (i32 v = 0; v < vectors; ++v) places[count++] = nearest(place + v * lanes<T>);
    });
    return {data, places, masks + column, pitch, gather.tapCount(), channels, channelStep};
  }

 private:
  const Gather& gather;
  const Block& block;
  const bool isSplit;
  const ImageParts parts;
  Integer<T>* masks;  // [taps, pitch]
  T* split;           // [images, parts, channels, size]
  T* free;
  i32 pitch;
  i32 start;  // the place of the block's first output
  const T* data = nullptr;
  i32 channels = 0, channelStep = 0, partStep = 0, imageStride = 0;

  // Of a vector none of whose lanes is inside it matters only that it can be read.
  i32 nearest(i32 at) const { return minimum(maximum(at, 1 - lanes<T>), parts.volume() - 1); }

  template <class F>
  void forEachTap(F f) const {
    for (i32 z = 0; z < gather.taps[0]; ++z) {
      for (i32 y = 0; y < gather.taps[1]; ++y) {
        for (i32 x = 0; x < gather.taps[2]; ++x) f(z, y, x);
      }
    }
  }

  // Rows are filled one behind the other, each over its end by less than a vector. What is read behind the last is cleared: it could be numbers
  // so small that they slow every product.
  void fillMasks() {
    Integer<T>* mask = masks;
    forEachTap([&](i32 z, i32 y, i32 x) {
      const Range slices = parts.inside(block, 0, z), lines = parts.inside(block, 1, y), columns = parts.inside(block, 2, x);
      Integer<T>* row = mask;
      for (i32 n = 0; n < block.images; ++n) {
        for (i32 slice = 0; slice < block.size[0]; ++slice) {
          for (i32 line = 0; line < block.size[1]; ++line, row += block.size[2]) {
            const bool isInside = slices.start <= slice && slice < slices.end && lines.start <= line && line < lines.end;
            for (i32 i = 0; i < block.size[2]; i += lanes<T>) store(row + i, splat<Integer<T>>(isInside ? -1 : 0));
            for (i32 i = 0; i < columns.start; ++i) row[i] = 0;
            for (i32 i = columns.end; i < block.size[2]; ++i) row[i] = 0;
          }
        }
      }
      store(row, Vector<Integer<T>>{});
      mask += pitch;
    });
  }
};

}  // namespace convgrad

// What a convolution in one of its gathering directions multiplies, how that is cut, and its weights as tiles take them.
#pragma once

#include "blocks.h"
#include "image_lines.h"
#include "product.h"

namespace convgrad {

// Where outputs go: output q of a row to the place origin + q * step of a volume of `size`.
struct Placement {
  i32 size[3];
  i32 origin[3];
  i32 step[3];
};

// Where a row's weights are read: weight[row * rowStep + channel * channelStep + tap], tap t being kernel position first + t * step.
struct WeightView {
  i32 rowStep;
  i32 channelStep;
  i32 kernel[3];
  i32 first[3];
  i32 step[3];
  i32 tap(i32 z, i32 y, i32 x) const {
    return ((first[0] + z * step[0]) * kernel[1] + first[1] + y * step[1]) * kernel[2] + first[2] + x * step[2];
  }
};

// One product: rows (output channels of the direction) x outputs, summed over channels x taps. All pointers at the group's first.
template <class T>
struct GatherProduct {
  Gather gather;
  Placement placement;
  WeightView weightView;
  const T* source;
  const T* weight;
  const T* bias;
  T* packed;
  T* target;
  i32 rows;
  i32 channels;
  i32 sourceImageStride;
  i32 targetImageStride;

  i32 depth() const { return channels * gather.tapCount(); }
  i32 groupWeights() const { return rows * channels * weightView.kernel[0] * weightView.kernel[1] * weightView.kernel[2]; }
  i32 targetRowStride() const { return placement.size[0] * placement.size[1] * placement.size[2]; }
};

// How the work is cut: blocks of outputs, and of channels. Lines are `pitch` apart, 0 where there are none (see TapPanels), and `shared`
// as in image_lines.h.
struct Cut {
  i32 channels;
  i32 pitch;
  bool shared;
  i32 images;
  bool hasLines() const { return pitch > 0; }
  // Whether the image itself serves as the right operand of wide tiles, which then need no packed weights either but rows of them. Lines
  // that one tile of narrow vectors reads lie in as many pages, so that it pays to gather them.
  bool readsRows(const Gather& gather) const { return vectorBytes == 64 && images == 1 && readsPlaces(gather); }
};

// Weights of rows [firstRow, endRow) of one tap, row by row.
template <class T>
void packRows(const GatherProduct<T>& product, i32 firstRow, i32 endRow) {
  const WeightView& view = product.weightView;
  T* packed = product.packed + firstRow * product.channels;
  for (i32 row = firstRow; row < endRow; ++row) {
    const T* weight = product.weight + row * view.rowStep + view.tap(0, 0, 0);
    for (i32 channel = 0; channel < product.channels; ++channel) *packed++ = weight[channel * view.channelStep];
  }
}

// Packs the weights of tiles [firstTile, endTile): per tile, block of channels by block in the order of the lines.
template <class T>
void packWeights(const GatherProduct<T>& product, const Cut& cut, i32 firstTile, i32 endTile) {
  const RowTiles tiles(product.rows);
  if (cut.readsRows(product.gather)) return packRows(product, tiles.start(firstTile), tiles.start(endTile));
  const i32* taps = product.gather.taps;
  const WeightView& view = product.weightView;
  for (i32 tile = firstTile; tile < endTile; ++tile) {
    const i32 height = tiles.height(tile);
    const T* weight = product.weight + tiles.start(tile) * view.rowStep;
    T* packed = product.packed + tiles.start(tile) * product.depth();
    const auto packTap = [&](i32 channel, i32 z, i32 y, i32 x) {
      const T* w = weight + channel * view.channelStep + view.tap(z, y, x);
      for (i32 i = 0; i < height; ++i) *packed++ = w[i * view.rowStep];
    };
    const auto packTaps = [&](i32 channel, i32 z, i32 y) {
      for (i32 x = 0; x < taps[2]; ++x) packTap(channel, z, y, x);
    };
    for (i32 first = 0; first < product.channels; first += cut.channels) {
      const i32 end = minimum(first + cut.channels, product.channels);
      if (!cut.hasLines()) {
        for (i32 tap = 0; tap < product.gather.tapCount(); ++tap) {
          for (i32 channel = first; channel < end; ++channel) packTap(channel, tap / taps[2] / taps[1], tap / taps[2] % taps[1], tap % taps[2]);
        }
      } else if (cut.shared) {
        for (i32 row = 0; row < taps[0] * taps[1]; ++row) {
          for (i32 channel = first; channel < end; ++channel) packTaps(channel, row / taps[1], row % taps[1]);
        }
      } else {
        for (i32 channel = first; channel < end; ++channel) {
          for (i32 row = 0; row < taps[0] * taps[1]; ++row) packTaps(channel, row / taps[1], row % taps[1]);
        }
      }
    }
  }
}

}  // namespace convgrad

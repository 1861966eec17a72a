// The gradient of a pointwise convolution by its weight: the product of the output's gradient [outChannels, outputs] with the image turned
// round, [outputs, channels], a panel of whole vectors of channels at a time. The gradient is read number by number where it lies, so
// nothing is packed or summed over lanes, and short rows leave no lane idle. The sums are [outChannels, inChannels], to whole vectors.
#pragma once

#include "forward_product.h"
#include "transpose.h"
#include "weight_task.h"

namespace convgrad {

// Vectors of the widest panel, and rows of the tallest tile whose sums fit beside one of so many.
inline constexpr i32 widestTransposed = vectorBytes == 64 ? 4 : 2;
constexpr i32 tallestBeside(i32 vectors) { return minimum(tallestTile, (vectorRegisters - 2) / vectors - 1); }

// Rows of one channel's numbers in a block of outputs: `count` that lie side by side in each of some images.
template <class T>
struct BlockRows {
  const T* data;
  i32 images, imageStride;
  i32 rowStride, count;
};

// c[rows, vectors * lanes] = the products of rows with a panel, or that much more.
template <class T, i32 rows, i32 vectors>
[[gnu::noinline]] void blockTile(const BlockRows<T>& a, i32 firstRow, const T* panel, bool isFirst, T* c, i32 stride) {
  Vector<T> values[rows][vectors] = {};
  for (i32 image = 0; image < a.images; ++image) {
    const T* left[rows];
    for (i32 i = 0; i < rows; ++i) left[i] = a.data + image * a.imageStride + (firstRow + i) * a.rowStride;
    for (i32 step = 0; step < a.count; ++step, panel += vectors * lanes<T>) {
      Vector<T> line[vectors];
      CONVGRAD_UNROLL
      for (i32 v = 0; v < vectors; ++v) line[v] = load(panel + v * lanes<T>);
      CONVGRAD_UNROLL
      for (i32 i = 0; i < rows; ++i) {
        const Vector<T> factor = splat(left[i][step]);
        CONVGRAD_UNROLL
        for (i32 v = 0; v < vectors; ++v) values[i][v] += factor * line[v];
        CONVGRAD_UNROLL
        for (i32 v = 0; v < vectors; ++v) pin<T>(values[i][v]);
      }
    }
  }
  if (!isFirst) {
    CONVGRAD_UNROLL
    for (i32 i = 0; i < rows * vectors; ++i) values[i / vectors][i % vectors] += load(c + i / vectors * stride + i % vectors * lanes<T>);
  }
  storeInOrder(c, stride, values);
}

// A block's products of all rows of the gradient with `channels` rows of the image, which fill a panel or nearly so.
template <class T, i32 vectors>
void multiplyTransposed(const BlockRows<T>& gradient, i32 rows, const BlockRows<T>& image, i32 channels, bool isFirst, T* y, i32 pitch, T* panel) {
  constexpr i32 width = vectors * lanes<T>;
  for (i32 n = 0; n < image.images; ++n) {
    transpose(panel + n * image.count * width, width, image.data + n * image.imageStride, image.rowStride, channels, image.count);
  }
  constexpr i32 tallest = tallestBeside(vectors);
  const RowTiles tiles(rows, tallest);
  forEachHeight(tiles, 0, tiles.count, [&](i32 height, i32 firstTile, i32 endTile) {
    withConstant<1, tallest>(height, [&]<i32 tileRows>(Constant<tileRows>) {
      for (i32 tile = firstTile; tile < endTile; ++tile) {
        const i32 row = tiles.start(tile);
        blockTile<T, tileRows, vectors>(gradient, row, panel, isFirst, y + row * pitch, pitch);
      }
    });
  });
}

// Elements from row to row of the sums.
template <class T>
i32 pointwisePitch(const ConvWeightArgs<T>& args) { return ceilDivide(args.inChannels, lanes<T>) * lanes<T>; }

// One part of the sums of a block of channels of a group.
template <class T>
void sumPointwise(const ConvWeightArgs<T>& args, const Task& task) {
  const WeightTask<T> place(args, task.index);
  const i32* out = args.outSize;
  const i32 volume = out[0] * out[1] * out[2];
  const i32 xStride = args.groups * args.inChannels * volume;
  const i32 gradStride = args.groups * args.outChannels * volume;
  const T* x = args.x + (place.group * args.inChannels + place.channel) * volume;
  const T* gradOutput = args.gradOutput + place.group * args.outChannels * volume;
  const i32 pitch = pointwisePitch(args);
  T* y = args.partial + (place.part * args.groups + place.group) * args.outChannels * pitch + place.channel;
  T* panel = scratchOf<T>(args, task);
  const RowTiles panels(ceilDivide(place.channels, lanes<T>), widestTransposed);
  place.forEachBlock([&](const Block& block, bool isFirst) {
    const i32 start = (block.start[0] * out[1] + block.start[1]) * out[2] + block.start[2];
    const i32 count = block.size[0] * block.size[1] * block.size[2];
    const BlockRows<T> gradient = {gradOutput + block.image * gradStride + start, block.images, gradStride, volume, count};
    for (i32 i = 0; i < panels.count; ++i) {
      const i32 channel = panels.start(i) * lanes<T>;
      const BlockRows<T> image = {x + block.image * xStride + channel * volume + start, block.images, xStride, volume, count};
      withConstant<1, widestTransposed>(panels.height(i), [&]<i32 vectors>(Constant<vectors>) {
        const i32 channels = minimum(vectors * lanes<T>, place.channels - channel);
        multiplyTransposed<T, vectors>(gradient, args.outChannels, image, channels, isFirst, y + channel, pitch, panel);
      });
    }
  });
}

// Adds the parts of a share of the output channels.
template <class T>
void addPointwiseParts(const ConvWeightArgs<T>& args, const Task& task) {
  const i32 pitch = pointwisePitch(args);
  const i32 rows = args.groups * args.outChannels;
  const i32 end = shareStart(rows, task.index + 1, task.count);
  for (i32 row = shareStart(rows, task.index, task.count); row < end; ++row) {
    const T* sums = args.partial + row * pitch;
    T* weight = args.weight + row * args.inChannels;
    for (i32 c = 0; c < args.inChannels; c += lanes<T>) {
      Vector<T> sum = load(sums + c);
      for (i32 part = 1; part < args.parts; ++part) sum += load(sums + part * rows * pitch + c);
      if (c + lanes<T> <= args.inChannels) store(weight + c, sum);
      else storePart(weight + c, sum, args.inChannels - c);
    }
  }
}

}  // namespace convgrad

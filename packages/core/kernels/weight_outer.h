// The gradient of a convolution by its weight in the outer form: for each tap the product of the output's gradient [outChannels, outputs],
// packed into tiles, with what the tap reads of the image, [outputs, channels]: lines of a padded copy with the channels side by side, in
// which a tap is an offset. Nothing is summed over lanes, and no row has a tail. The sums are [taps, outChannels, inChannels].
#pragma once

#include "planes.h"
#include "transpose.h"
#include "weight_task.h"

namespace convgrad {

// Packs a block of the gradient: columns of height `tiles.height` a step.
template <class T>
void packGradient(const ChannelSums<T>& sums, const RowTiles& tiles, const Block& block, T* packed) {
  const i32* out = sums.gather.out;
  const i32 outVolume = out[0] * out[1] * out[2];
  // Outputs that lie side by side in the gradient.
  const bool wholeRows = block.size[2] == out[2];
  const i32 run = wholeRows ? block.size[1] * block.size[2] : block.size[2];
  const i32 lines = wholeRows ? 1 : block.size[1];
  for (i32 tile = 0; tile < tiles.count; ++tile) {
    const i32 height = tiles.height(tile);
    const T* rows = sums.gradOutput + block.image * sums.gradImageStride + tiles.start(tile) * outVolume;
    for (i32 n = 0; n < block.images; ++n, rows += sums.gradImageStride) {
      for (i32 z = 0; z < block.size[0]; ++z) {
        for (i32 y = 0; y < lines; ++y, packed += height * run) {
          const T* from = rows + ((block.start[0] + z) * out[1] + block.start[1] + y) * out[2] + block.start[2];
          transpose(packed, height, from, outVolume, height, run);
        }
      }
    }
  }
}

// Adds one block of outputs to the sums, or begins them.
template <class T>
void addOuterProducts(const ChannelSums<T>& sums, const Block& block, bool isFirst, T* scratch) {
  const Gather& gather = sums.gather;
  const i32 channels = sums.channels;
  const PlaneShape shape(gather, block.size, lanes<T>);
  const i32 columns = block.columns();
  const RowTiles tiles(sums.rows);

  T* image = scratch;
  T* gradient = image + block.images * shape.channelStep * channels;
  i32* offsets = reinterpret_cast<i32*>(gradient + sums.rows * columns);
  const i32 lineGroups = block.images * block.size[0] * block.size[1];
  T* free = reinterpret_cast<T*>(offsets) + lineGroups;
  i32 group = 0;
  for (i32 n = 0; n < block.images; ++n) {
    copyPlanes(free, shape, gather, block.start, sums.x + (block.image + n) * sums.xImageStride, channels);
    transpose(image + n * shape.channelStep * channels, channels, free, shape.channelStep, channels, shape.channelStep);
    for (i32 z = 0; z < block.size[0]; ++z) {
      for (i32 y = 0; y < block.size[1]; ++y) offsets[group++] = (n * shape.channelStep + shape.place(gather, z, y)) * channels;
    }
  }
  packGradient(sums, tiles, block, gradient);

  const i32* taps = gather.taps;
  T* y = sums.y;
  for (i32 tap = 0; tap < gather.tapCount(); ++tap, y += sums.rows * sums.pitch) {
    const i32 offset = shape.offset(gather, 0, tap / taps[2] / taps[1], tap / taps[2] % taps[1], tap % taps[2]);
    const Lines<T> lines = {image + offset * channels, channels, block.size[2], offsets, lineGroups};
    const Epilogue<T> epilogue = {!isFirst, nullptr, nullptr};
    multiplyLines(PackedRows<T>{gradient, columns, 0}, tiles, 0, tiles.count, lines, channels, y, sums.pitch, epilogue, free);
  }
}

// One part of the sums of a block of channels of a group.
template <class T>
void sumByOuterProducts(const ConvWeightArgs<T>& args, const Task& task) {
  const WeightTask<T> place(args, task.index);
  const ChannelSums<T> sums = place.sums(args.inChannels);
  place.forEachBlock([&](const Block& block, bool isFirst) { addOuterProducts(sums, block, isFirst, scratchOf<T>(args, task)); });
}

// Adds the parts of a share of all output channels, rows of sums being `pitch` apart, and puts each channel's taps side by side.
template <class T>
void addOuterParts(const ConvWeightArgs<T>& args, const Task& task, i32 pitch) {
  const i32 taps = args.kernelSize[0] * args.kernelSize[1] * args.kernelSize[2];
  const i32 channels = args.inChannels;
  const i32 tapStride = args.outChannels * pitch;
  const i32 partStride = args.groups * taps * tapStride;
  const i32 rows = args.groups * args.outChannels;
  const i32 end = shareStart(rows, task.index + 1, task.count);
  for (i32 row = shareStart(rows, task.index, task.count); row < end; ++row) {
    T* sums = args.partial + row / args.outChannels * taps * tapStride + row % args.outChannels * pitch;
    for (i32 tap = 0; tap < taps && args.parts > 1; ++tap) {
      T* y = sums + tap * tapStride;
      for (i32 part = 1; part < args.parts; ++part) addRow(y + part * partStride, y, channels);
    }
    if (taps == 1) copyRow(sums, args.weight + row * channels, channels);
    else transpose(args.weight + row * channels * taps, taps, sums, tapStride, taps, channels);
  }
}

}  // namespace convgrad

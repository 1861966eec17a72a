// The gradient of a convolution by its weight in the dot form: rows of the output's gradient and lines of the image both run along the
// outputs. The sums are a matrix [depth, outChannels], depth being (block of channels, columns of the kernel, taps, channels) as the
// lines lie.
#pragma once

#include "dot_product.h"
#include "spread_pairs.h"
#include "weight_task.h"

namespace convgrad {

template <class T>
struct WeightSums {
  Gather gather;
  const T* x;
  const T* gradOutput;
  const u8* winners;  // of a max pooling by windows of 2x2, for each of which the gradient has a number; null where it is the outputs'
  i32 xImageStride;
  i32 gradImageStride;
  i32 gradRowStride;
  i32 pitch;  // of a row of the sums: outChannels, to whole vectors
};

template <class T>
WeightSums<T> weightSums(const ConvWeightArgs<T>& args, i32 group, i32 channel) {
  const i32 inVolume = args.inSize[0] * args.inSize[1] * args.inSize[2];
  const i32 step = args.winners ? 2 : 1;
  const i32 outVolume = args.outSize[0] * (args.outSize[1] / step) * (args.outSize[2] / step);
  WeightSums<T> sums;
  sums.gather = forwardGather(args);
  sums.x = args.x + (group * args.inChannels + channel) * inVolume;
  sums.gradOutput = args.gradOutput + group * args.outChannels * outVolume;
  sums.winners = args.winners ? args.winners + group * args.outChannels * outVolume : nullptr;
  sums.xImageStride = args.groups * args.inChannels * inVolume;
  sums.gradImageStride = args.groups * args.outChannels * outVolume;
  sums.gradRowStride = outVolume;
  sums.pitch = (args.outChannels + lanes<T> - 1) / lanes<T> * lanes<T>;
  return sums;
}

// The gradients of `rows` rows from `row` on, as they are for the outputs of a block: [rows, pitch].
template <class T>
void spreadBlock(const WeightSums<T>& sums, const Block& block, i32 row, i32 rows, i32 pitch, T* to) {
  const i32 height = sums.gather.out[1] / 2, width = sums.gather.out[2] / 2;
  const i32 plane = block.size[1] * block.size[2];
  const PairSizes sizes = {block.size[1], block.size[2], block.size[1] / 2, block.size[2] / 2};
  for (i32 i = 0; i < rows; ++i, to += pitch) {
    T* line = to;
    for (i32 n = block.image; n < block.image + block.images; ++n) {
      for (i32 z = block.start[0]; z < block.start[0] + block.size[0]; ++z, line += plane) {
        const i32 place = n * sums.gradImageStride + (row + i) * sums.gradRowStride + (z * height + block.start[1] / 2) * width;
        spreadPlane<T>(sums.gradOutput + place, sums.winners + place, line, to + pitch, Constant<2>{}, sizes);
      }
    }
  }
}

// One block of outputs: `y` is the matrix of sums from the block of channels on.
template <class T>
void addBlock(const WeightSums<T>& sums, const Cut& cut, const Block& block, i32 channels, i32 rows, bool isFirst, T* y, T* scratch) {
  const Gather& gather = sums.gather;
  const i32 columns = block.columns();
  const i32 outerTaps = cut.shared ? gather.taps[0] * gather.taps[1] : 1;
  const i32 innerTaps = gather.tapCount() / outerTaps;
  const i32 lineCount = channels * innerTaps;
  const SharedLines sharing(gather, block);
  const i32 start = (block.start[0] * gather.out[1] + block.start[1]) * gather.out[2] + block.start[2];

  const bool inPlace = readsInPlace(gather, block);
  const T* lines = scratch;
  i32 pitch = cut.pitch;
  if (inPlace) {
    lines = sums.x + block.image * sums.xImageStride + start;
    pitch = gather.sourceVolume();
  } else {
    copyLines(scratch, pitch, sums.x, channels, sums.xImageStride, gather, block, cut.shared);
    scratch += (cut.shared ? sharing.classes : 1) * lineCount * pitch;
  }

  const T* grad = sums.gradOutput + block.image * sums.gradImageStride + start;
  i32 gradStride = sums.gradRowStride;
  T* const rest = scratch;
  if (sums.winners) {
    gradStride = cut.pitch;
    scratch += tallestDotTile * cut.pitch;
  } else if (block.images > 1) {
    // Rows that run on over several images.
    for (i32 row = 0; row < rows; ++row) {
      for (i32 n = 0; n < block.images; ++n) {
        copyOver(rest + row * cut.pitch + n * gradStride, grad + n * sums.gradImageStride + row * gradStride, gradStride);
      }
    }
    grad = rest;
    gradStride = cut.pitch;
    scratch += (rows + 1) * cut.pitch;
  }

  const T** line = reinterpret_cast<const T**>(scratch);
  for (i32 outer = 0, at = 0; outer < outerTaps; ++outer) {
    const T* first = lines + (cut.shared ? sharing.offset(gather, block, outer, lineCount * pitch) : 0);
    for (i32 j = 0; j < lineCount; ++j) line[at++] = first + j * pitch;
  }
  const auto addRows = [&](const T* grad, i32 firstRow, i32 endRow) {
    dotProduct<T>(grad, gradStride, firstRow, endRow, [&](i32 j) { return line[j]; }, outerTaps * lineCount, columns,
                  [&]<i32 tileRows>(Constant<tileRows>, i32 row, i32 column, i32 tileColumns, const T* tile) {
                    addTile<T, tileRows>(tile, tileColumns, isFirst, y + column * sums.pitch + row, sums.pitch);
                  });
  };
  if (!sums.winners) return addRows(grad, 0, rows);
  // A tile of rows stays in the first-level cache.
  const RowTiles tiles(rows, tallestDotTile);
  for (i32 tile = 0; tile < tiles.count; ++tile) {
    const i32 row = tiles.start(tile), count = tiles.height(tile);
    spreadBlock(sums, block, row, count, cut.pitch, rest);
    addRows(rest - row * cut.pitch, row, row + count);
  }
}

// One part of the sums of a block of channels of a group.
template <class T>
void sumByDots(const ConvWeightArgs<T>& args, const Task& task) {
  const WeightTask<T> place(args, task.index);
  const WeightSums<T> sums = weightSums(args, place.group, place.channel);
  const i32 taps = sums.gather.tapCount();
  T* y = args.partial + ((place.part * args.groups + place.group) * args.inChannels + place.channel) * taps * sums.pitch;
  place.forEachBlock([&](const Block& block, bool isFirst) {
    addBlock(sums, cutOf(args), block, place.channels, args.outChannels, isFirst, y, scratchOf<T>(args, task));
  });
}

// Adds the parts of a block of channels of a group.
template <class T>
void addDotParts(const ConvWeightArgs<T>& args, const Task& task) {
  const WeightTask<T> place(args, task.index * args.parts);
  const i32 taps = args.kernelSize[0] * args.kernelSize[1] * args.kernelSize[2];
  const i32 pitch = weightSums(args, place.group, place.channel).pitch;
  const i32 outerTaps = args.shareRows ? args.kernelSize[0] * args.kernelSize[1] : 1;
  const i32 innerTaps = taps / outerTaps;
  const i32 partStride = args.groups * args.inChannels * taps * pitch;
  const T* sums = args.partial + (place.group * args.inChannels + place.channel) * taps * pitch;
  T* weight = args.weight + (place.group * args.outChannels * args.inChannels + place.channel) * taps;
  for (i32 row = 0; row < place.channels * taps; ++row, sums += pitch) {
    const i32 tap = row / innerTaps / place.channels * innerTaps + row % innerTaps;
    T* to = weight + row / innerTaps % place.channels * taps + tap;
    for (i32 o = 0; o < args.outChannels; o += lanes<T>) {
      Vector<T> sum = load(sums + o);
      for (i32 part = 1; part < args.parts; ++part) sum += load(sums + part * partStride + o);
      for (i32 lane = 0; lane < minimum(lanes<T>, args.outChannels - o); ++lane) to[(o + lane) * args.inChannels * taps] = sum[lane];
    }
  }
}

}  // namespace convgrad

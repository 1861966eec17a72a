// The gradient of a convolution by its weight, tap by tap: products of the output's gradient [outChannels, outputs] with the image turned
// round, [places, channels], in panels of whole vectors of channels. In a panel a tap is an offset, and outputs whose tap lies outside of
// the image are left out. The gradient is read number by number where it lies, so nothing else is copied, nothing summed over lanes, and
// short rows leave no lane idle. The sums are [taps, outChannels, inChannels], rows filling whole vectors.
#pragma once

#include "image_parts.h"
#include "row_product.h"
#include "transpose.h"
#include "weight_task.h"

namespace convgrad {

// Vectors of the widest panel, and rows of the tallest tile whose sums fit beside one of so many.
inline constexpr i32 widestTransposed = vectorBytes == 64 ? 4 : 2;
constexpr i32 tallestBeside(i32 vectors) { return minimum(tallestTile, (vectorRegisters - 2) / vectors - 1); }

// Outputs that a tap is multiplied with: `runs` times `count` that lie side by side, each run at a place of the gradient and one of the panel.
struct TapRuns {
  struct Run {
    i32 gradient, panel;
  };
  const Run* places;
  i32 runs, count;
};

// c[rows, vectors * lanes] = the products of rows of the gradient with a panel, or that much more.
template <class T, i32 rows, i32 vectors>
[[gnu::noinline]] void tapTile(const T* a, i32 aPitch, const T* panel, const TapRuns& tap, bool isFirst, T* c, i32 stride) {
  Vector<T> values[rows][vectors] = {};
  for (i32 run = 0; run < tap.runs; ++run) {
    const T* b = panel + tap.places[run].panel;
    const T* left[rows];
    for (i32 i = 0; i < rows; ++i) left[i] = a + tap.places[run].gradient + i * aPitch;
    for (i32 step = 0; step < tap.count; ++step, b += vectors * lanes<T>) rowStep(values, left, step, b);
  }
  if (!isFirst) {
    CONVGRAD_UNROLL
    for (i32 i = 0; i < rows * vectors; ++i) values[i / vectors][i % vectors] += load(c + i / vectors * stride + i % vectors * lanes<T>);
  }
  storeInOrder(c, stride, values);
}

// Elements from row to row of the sums.
template <class T>
i32 tapSumsPitch(const ConvWeightArgs<T>& args) { return ceilDivide(args.inChannels, lanes<T>) * lanes<T>; }

// Where a tap of a block reads, panels having `width` numbers a place and parts and images their own steps.
template <class T>
TapRuns findRuns(const ChannelSums<T>& sums, const ImageParts& parts, const Block& block, i32 tap, i32 width, i32 partStep, i32 imageStep,
                 TapRuns::Run* places) {
  const i32* taps = sums.gather.taps;
  const i32* out = sums.gather.out;
  const i32 at[3] = {tap / taps[2] / taps[1], tap / taps[2] % taps[1], tap % taps[2]};
  const Range slices = parts.inside(block, 0, at[0]), columns = parts.inside(block, 2, at[2]);
  Range lines = parts.inside(block, 1, at[1]);
  i32 count = columns.end - columns.start;
  if (count <= 0) return {places, 0, 0};
  // Whole rows follow each other.
  const bool isWhole = count == out[2] && count == parts.size[2];
  if (isWhole) {
    count *= lines.end - lines.start;
    lines.end = minimum(lines.end, lines.start + 1);
  }
  i32 runs = 0;
  for (i32 n = 0; n < block.images; ++n) {
    for (i32 z = slices.start; z < slices.end; ++z) {
      for (i32 y = lines.start; y < lines.end; ++y) {
        const i32 slice = block.start[0] + z, line = block.start[1] + y, column = block.start[2] + columns.start;
        const i32 place = (slice * parts.size[1] + line) * parts.size[2] + column + parts.offset(at[0], at[1], at[2]);
        places[runs++] = {n * sums.gradImageStride + (slice * out[1] + line) * out[2] + column,
                          n * imageStep + parts.part(at[0], at[1], at[2]) * partStep + place * width};
      }
    }
  }
  return {places, runs, count};
}

// y[places, width] = x[channels, places] of one image: of all its parts, `partStep` apart.
template <class T>
void turnRound(const ImageParts& parts, const T* x, i32 channels, T* y, i32 width, i32 partStep, T* memory) {
  const Gather& gather = parts.gather;
  const i32 plane = parts.size[1] * parts.size[2];
  if (parts.count == 1) {
    const bool isWhole = parts.size[2] == gather.source[2];
    const i32 rows = isWhole ? 1 : parts.size[1];
    const i32 run = isWhole ? plane : parts.size[2];
    for (i32 slice = 0; slice < parts.size[0]; ++slice) {
      for (i32 row = 0; row < rows; ++row, y += run * width) {
        const T* from = x + ((parts.first[0] + slice) * gather.source[1] + parts.first[1] + row) * gather.source[2] + parts.first[2];
        transpose(y, width, from, gather.sourceVolume(), channels, run);
      }
    }
    return;
  }
  const i32 step = channels * parts.volume() + lanes<T>;
  parts.split(x, channels, memory, step);
  for (i32 part = 0; part < parts.count; ++part) {
    const i32* stride = gather.stride;
    if (!parts.isRead(0, part / stride[2] / stride[1]) || !parts.isRead(1, part / stride[2] % stride[1]) || !parts.isRead(2, part % stride[2])) continue;
    transpose(y + part * partStep, width, memory + part * step, parts.volume(), channels, parts.volume());
  }
}

// Clears the lanes of a panel behind its last channel: anything may lie there, and numbers so small that they slow every product.
template <class T, i32 width>
void clearLanes(T* panel, i32 places, i32 channels) {
  for (i32 place = 0; place < places; ++place, panel += width) {
    for (i32 lane = channels / lanes<T> * lanes<T>; lane < width; lane += lanes<T>) store(panel + lane, Vector<T>{});
  }
}

// A block's products of all rows of the gradient with `channels` channels from `channel` on, which fill a panel or nearly so.
template <class T, i32 vectors>
void multiplyTaps(const ChannelSums<T>& sums, const Block& block, i32 channel, bool isFirst, T* scratch) {
  constexpr i32 width = vectors * lanes<T>;
  constexpr i32 tallest = tallestBeside(vectors);
  const ImageParts parts(sums.gather, block, true);
  const i32 partStep = parts.volume() * width;
  const i32 imageStep = parts.count * partStep;
  T* panel = scratch;
  TapRuns::Run* places = reinterpret_cast<TapRuns::Run*>(panel + block.images * imageStep);
  T* memory = reinterpret_cast<T*>(places + block.images * block.size[0] * block.size[1]);
  const i32 channels = minimum(width, sums.channels - channel);
  const T* x = sums.x + block.image * sums.xImageStride + channel * sums.gather.sourceVolume();
  if (channels < width) clearLanes<T, width>(panel, block.images * imageStep / width, channels);
  for (i32 n = 0; n < block.images; ++n) turnRound(parts, x + n * sums.xImageStride, channels, panel + n * imageStep, width, partStep, memory);

  const T* gradient = sums.gradOutput + block.image * sums.gradImageStride;
  const i32 outVolume = sums.gather.out[0] * sums.gather.out[1] * sums.gather.out[2];
  const RowTiles tiles(sums.rows, tallest);
  T* y = sums.y + channel;
  for (i32 tap = 0; tap < sums.gather.tapCount(); ++tap, y += sums.rows * sums.pitch) {
    const TapRuns runs = findRuns(sums, parts, block, tap, width, partStep, imageStep, places);
    forEachHeight(tiles, 0, tiles.count, [&](i32 height, i32 firstTile, i32 endTile) {
      withConstant<1, tallest>(height, [&]<i32 rows>(Constant<rows>) {
        for (i32 tile = firstTile; tile < endTile; ++tile) {
          const i32 row = tiles.start(tile);
          tapTile<T, rows, vectors>(gradient + row * outVolume, outVolume, panel, runs, isFirst, y + row * sums.pitch, sums.pitch);
        }
      });
    });
  }
}

// One part of the sums of a block of channels of a group.
template <class T>
void sumByTaps(const ConvWeightArgs<T>& args, const Task& task) {
  const WeightTask<T> place(args, task.index);
  const ChannelSums<T> sums = place.sums(tapSumsPitch(args));
  const RowTiles panels(ceilDivide(place.channels, lanes<T>), widestTransposed);
  place.forEachBlock([&](const Block& block, bool isFirst) {
    for (i32 panel = 0; panel < panels.count; ++panel) {
      withConstant<1, widestTransposed>(panels.height(panel), [&]<i32 vectors>(Constant<vectors>) {
        multiplyTaps<T, vectors>(sums, block, panels.start(panel) * lanes<T>, isFirst, scratchOf<T>(args, task));
      });
    }
  });
}

}  // namespace convgrad

// A convolution in one of its two gathering directions (forward, or backward to the input for one phase of the stride): rows of
// packed weights times the lines of an image, block of outputs by block.
#pragma once

#include "gather_operands.h"
#include "row_product.h"
#include "tap_panels.h"

namespace convgrad {

// Whether the outputs are all of the target, in its order.
template <class T>
bool fillsTarget(const GatherProduct<T>& product) {
  const Placement& place = product.placement;
  bool same = true;
  for (i32 d = 0; d < 3; ++d) same = same && place.step[d] == 1 && place.origin[d] == 0 && place.size[d] == product.gather.out[d];
  return same;
}

// Copies finished rows of a block, [rows, columns], to where its outputs belong.
template <class T>
void placeBlock(const GatherProduct<T>& product, const Block& block, const T* sums, i32 stride, i32 firstRow, i32 endRow) {
  const Placement& place = product.placement;
  if (fillsTarget(product)) {
    const i32 volume = product.targetRowStride();
    for (i32 row = firstRow; row < endRow; ++row, sums += stride) {
      T* to = product.target + block.image * product.targetImageStride + row * volume;
      for (i32 n = 0; n < block.images; ++n, to += product.targetImageStride) copyRow(sums + n * volume, to, volume);
    }
    return;
  }
  for (i32 row = firstRow; row < endRow; ++row, sums += stride) {
    const T* from = sums;
    for (i32 n = 0; n < block.images; ++n) {
      T* volume = product.target + (block.image + n) * product.targetImageStride + row * product.targetRowStride();
      for (i32 z = 0; z < block.size[0]; ++z) {
        for (i32 y = 0; y < block.size[1]; ++y) {
          const i32 slice = place.origin[0] + (block.start[0] + z) * place.step[0];
          const i32 line = place.origin[1] + (block.start[1] + y) * place.step[1];
          T* to = volume + (slice * place.size[1] + line) * place.size[2] + place.origin[2] + block.start[2] * place.step[2];
          for (i32 x = 0; x < block.size[2]; ++x) to[x * place.step[2]] = *from++;
        }
      }
    }
  }
}

// multiplyPanels without panels.
template <class T>
void multiplyTapLines(const PackedRows<T>& a, const RowTiles& tiles, i32 firstTile, i32 endTile, const TapPanels<T>& panels, i32 columns, T* c,
                      i32 stride, const Epilogue<T>& epilogue) {
  for (i32 column = 0; column < columns; column += panelWidth<T>) {
    const i32 width = minimum(panelWidth<T>, columns - column);
    withConstant<1, panelVectors>(ceilDivide(width, lanes<T>), [&]<i32 vectors>(Constant<vectors>) {
      const TapLines<T> lines = panels.template lines<vectors>(column, reinterpret_cast<i32*>(panels.rest()));
      forEachHeight(tiles, firstTile, endTile, [&](i32 height, i32 first, i32 end) {
        const i32 row = tiles.start(first);
        withConstant<lowestPanelTile, tallestTile>(height, [&]<i32 rows>(Constant<rows>) {
          multiplyMasked<T, rows, vectors>(a.tile(tiles, first), rows * a.rowStep, end - first, lines, width, c + row * stride + column, stride,
                                           epilogue.at(row, column));
        });
      });
    });
  }
}

// multiplyBlock without lines.
template <class T>
void multiplyTapPanels(const GatherProduct<T>& product, const Cut& cut, const Block& block, i32 firstTile, i32 endTile, T* target,
                       i32 stride, T* scratch) {
  const i32 taps = product.gather.tapCount();
  TapPanels<T> panels(product.gather, block, scratch);
  const auto gather = [&]<i32 vectors>(Constant<vectors>, i32 column, T* panel) { panels.template fill<vectors>(column, panel); };
  for (i32 channel = 0; channel == 0 || channel < product.channels; channel += cut.channels) {
    const i32 channels = minimum(cut.channels, product.channels - channel);
    panels.turnTo(product.source + channel * product.gather.sourceVolume(), channels, product.sourceImageStride);
    const PackedRows<T> rows = {product.packed, product.depth(), channel * taps};
    const Epilogue<T> epilogue = {channel > 0, channel > 0 ? nullptr : product.bias, nullptr};
    if (panels.readsImage()) {
      multiplyTapLines(rows, RowTiles(product.rows), firstTile, endTile, panels, block.columns(), target, stride, epilogue);
    } else {
      multiplyPanels(rows, RowTiles(product.rows), firstTile, endTile, gather, channels * taps, block.columns(), target, stride, epilogue,
                     panels.rest());
    }
  }
}

// multiplyBlock where the image is read as it lies, from `source` on.
template <class T>
void multiplyPlaces(const GatherProduct<T>& product, const Cut& cut, const Block& block, i32 firstRow, i32 endRow, const T* source, T* target,
                    i32 stride) {
  const i32 pitch = product.gather.sourceVolume();
  for (i32 channel = 0; channel < product.channels; channel += cut.channels) {
    const T* bias = channel > 0 || !product.bias ? nullptr : product.bias + firstRow;
    multiplyRows<T>({product.packed + firstRow * product.channels + channel, product.channels, source + channel * pitch, pitch,
                     target + firstRow * stride, stride, endRow - firstRow, block.columns(), minimum(cut.channels, product.channels - channel),
                     channel > 0, bias, nullptr, true});
  }
}

// Computes one block of outputs for tiles [firstTile, endTile) of the rows: row 0 of all begins at `target`, rows are `stride` apart.
template <class T>
void multiplyBlock(const GatherProduct<T>& product, const Cut& cut, const Block& block, i32 firstTile, i32 endTile, T* target, i32 stride,
                   T* scratch) {
  const Gather& gather = product.gather;
  const RowTiles tiles(product.rows);
  if (!cut.hasLines()) return multiplyTapPanels(product, cut, block, firstTile, endTile, target, stride, scratch);
  const bool inPlace = readsInPlace(gather, block);
  const i32 place = (block.start[0] * gather.out[1] + block.start[1]) * gather.out[2] + block.start[2];
  const T* image = product.source + block.image * product.sourceImageStride + place;
  if (cut.readsRows(gather) && product.channels > 0) {
    return multiplyPlaces(product, cut, block, tiles.start(firstTile), tiles.start(endTile), image, target, stride);
  }
  const SharedLines sharing(gather, block);
  const i32 classes = cut.shared ? sharing.classes : 1;
  const i32 outerTaps = cut.shared ? gather.taps[0] * gather.taps[1] : 1;
  const i32 innerTaps = gather.tapCount() / maximum(1, outerTaps);
  T* lines = scratch;
  scratch += inPlace ? 0 : classes * cut.channels * innerTaps * cut.pitch;
  i32* offsets = reinterpret_cast<i32*>(scratch);
  scratch += outerTaps;

  for (i32 channel = 0; channel == 0 || channel < product.channels; channel += cut.channels) {
    const i32 channels = minimum(cut.channels, product.channels - channel);
    const T* source = product.source + channel * gather.sourceVolume();
    for (i32 outer = 0; outer < outerTaps; ++outer) {
      offsets[outer] = cut.shared ? sharing.offset(gather, block, outer, channels * innerTaps * cut.pitch) : 0;
    }
    Lines<T> operand = {lines, cut.pitch, channels * innerTaps, offsets, outerTaps};
    if (inPlace) {
      operand.data = image + channel * gather.sourceVolume();
      operand.pitch = gather.sourceVolume();
    } else if (gather.tapCount() > 0) {
      copyLines(lines, cut.pitch, source, channels, product.sourceImageStride, gather, block, cut.shared);
    }
    const PackedRows<T> rows = {product.packed, product.depth(), channel * gather.tapCount()};
    const Epilogue<T> epilogue = {channel > 0, channel > 0 ? nullptr : product.bias, nullptr};
    multiplyLines(rows, tiles, firstTile, endTile, operand, block.columns(), target, stride, epilogue, scratch);
  }
}

// The same, and puts the outputs in their places.
template <class T>
void multiplyAndPlace(const GatherProduct<T>& product, const Cut& cut, const Block& block, i32 firstTile, i32 endTile, T* scratch) {
  const i32* out = product.gather.out;
  if (block.images == 1 && fillsTarget(product)) {
    T* target = product.target + block.image * product.targetImageStride + (block.start[0] * out[1] + block.start[1]) * out[2] + block.start[2];
    return multiplyBlock(product, cut, block, firstTile, endTile, target, product.targetRowStride(), scratch);
  }
  const RowTiles tiles(product.rows);
  const i32 firstRow = tiles.start(firstTile), endRow = tiles.start(endTile);
  const i32 columns = block.columns();
  multiplyBlock(product, cut, block, firstTile, endTile, scratch - firstRow * columns, columns, scratch + (endRow - firstRow) * columns);
  placeBlock(product, block, scratch, columns, firstRow, endRow);
}

// The cut that the arguments of conv and convInput carry.
template <class Args>
Cut cutOf(const Args& args) { return {args.blockChannels, args.linePitch, args.shareRows != 0, args.blockImages}; }

// Which product, block and rows a task is about: `phases` products a group, whose outputs are at most `out`.
template <class Args>
struct GatherTask {
  i32 group, phase, rowPart;
  Block block;

  GatherTask(const Args& args, const i32* out, i32 phases, i32 index) {
    for (i32 d = 2; d >= 0; --d) {
      const i32 blocks = blocksOf(out[d], args.blockSize[d]);
      block.start[d] = index % blocks * args.blockSize[d];
      index /= blocks;
    }
    const i32 imageBlocks = blocksOf(args.batch, args.blockImages);
    block.image = index % imageBlocks * args.blockImages;
    block.images = minimum(args.blockImages, args.batch - block.image);
    index /= imageBlocks;
    rowPart = index % args.rowParts;
    index /= args.rowParts;
    phase = index % phases;
    group = index / phases;
  }

  // Cuts the block down to a product's outputs; false where nothing is left.
  bool clip(const Args& args, const i32* out) {
    for (i32 d = 0; d < 3; ++d) {
      block.size[d] = minimum(args.blockSize[d], out[d] - block.start[d]);
      if (block.size[d] <= 0) return false;
    }
    return true;
  }
};

template <class T, class Args>
void multiplyTask(const Args& args, const Task& task, GatherTask<Args>& place, const GatherProduct<T>& product) {
  if (!place.clip(args, product.gather.out)) return;
  const i32 tiles = RowTiles(product.rows).count;
  const i32 firstTile = shareStart(tiles, place.rowPart, args.rowParts);
  const i32 endTile = shareStart(tiles, place.rowPart + 1, args.rowParts);
  multiplyAndPlace(product, cutOf(args), place.block, firstTile, endTile, scratchOf<T>(args, task));
}

}  // namespace convgrad

// y = conv(x, weight) + bias for 3x3 kernels with stride 1, or (`transposed`) the adjoint by the input, which is the same with
// flipped weights of which rows and columns change places. See winograd.h.
//
// Stage 0 transforms the weights into packed rows for each point; tasks are shares of the row tiles. In stage 1 a task is a block
// of tiles and a share of the outputs' channels (rows): it transforms the inputs of its tiles into panels [channel, panelWidth] for each point,
// multiplies some rows at a time, which leaves [row, tile] for each point, and transforms those back.
#include "product.h"
#include "winograd.h"

namespace convgrad {

// Sums of more terms are made in blocks, for accuracy.
inline constexpr i32 winogradDepth = 256;

// The lowest height that so many rows or more are cut into.
inline constexpr i32 fewestRows = 12;
constexpr i32 lowestWinogradTile() {
  i32 lowest = tallestTile;
  for (i32 rows = fewestRows; rows < fewestRows + 2 * tallestTile; ++rows) {
    const i32 height = rows / ((rows + tallestTile - 1) / tallestTile);
    if (height < lowest) lowest = height;
  }
  return lowest;
}

template <class T>
[[gnu::noinline]] void mapWeights(const T* const (&taps)[lanes<T>], bool isFlipped, T* to, i32 stride, i32 step, i32 count) {
  T between[tilePoints * lanes<T>];
  mapSquare<WeightMap, T>(
      [&](i32 i, Vector<T>(&line)[3]) {
        Vector<T> row[4];
        loadAcross<T, 4>(taps, isFlipped ? 6 - 3 * i : 3 * i, row);
        line[0] = isFlipped ? row[2] : row[0];
        line[1] = row[1];
        line[2] = isFlipped ? row[0] : row[2];
      },
      [&](i32 j, const Vector<T>(&line)[6]) {
        for (i32 i = 0; i < 6; ++i) store(between + (i * 6 + j) * lanes<T>, line[i]);
      });
  const T* from = between;
  for (i32 point = 0; point < tilePoints; ++point, to += stride, from += lanes<T>) {
    const Vector<T> values = load(from);
    if (count == lanes<T>) {
      for (i32 lane = 0; lane < lanes<T>; ++lane) to[lane * step] = values[lane];
    } else {
      for (i32 lane = 0; lane < count; ++lane) to[lane * step] = from[lane];
    }
  }
}

template <class T>
void transformWeights(const WinogradArgs<T>& args, const Task& task) {
  const RowTiles tiles(args.rows);
  const i32 rowStep = args.transposed ? 9 : args.channels * 9;
  const i32 channelStep = args.transposed ? args.rows * 9 : 9;
  const i32 endTile = shareStart(tiles.count, task.index + 1, task.count);
  for (i32 tile = shareStart(tiles.count, task.index, task.count); tile < endTile; ++tile) {
    const i32 height = tiles.height(tile);
    const T* rows = args.weight + tiles.start(tile) * rowStep;
    T* to = args.transformed + tiles.start(tile) * args.channels;
    for (i32 channel = 0; channel < args.channels; channel += lanes<T>) {
      const i32 count = minimum(lanes<T>, args.channels - channel);
      for (i32 i = 0; i < height; ++i) {
        const T* taps[lanes<T>];
        for (i32 lane = 0; lane < lanes<T>; ++lane) taps[lane] = rows + i * rowStep + minimum(channel + lane, args.channels - 1) * channelStep;
        mapWeights<T>(taps, args.transposed != 0, to + channel * height + i, args.weightStride, height, count);
      }
    }
  }
}

// Where a tile's outputs go, from the row's plane in the first image on, and how many are there; none for a tile beyond the last.
// `isWhole` says that all are there, side by side.
struct TileTarget {
  i32 place, rows, columns;
  bool isWhole;
};

// A task's part of the work, and its scratch memory.
template <class T>
struct TileBlock {
  TileGrid grid;
  i32 first, end;
  i32 width;  // tiles, to whole panels
  T* inputs;
  T* sums;
  TileTarget* targets;
  i32* offsets;
  T* planes;
};

template <class T>
TileBlock<T> tileBlock(const WinogradArgs<T>& args, const Task& task) {
  const TileGrid grid(args.inSize, args.outSize, args.dilation, args.padding[1], args.padding[2], tileInputs);
  const i32 first = task.index / args.rowParts * args.blockTiles;
  const i32 end = minimum(first + args.blockTiles, args.batch * grid.phases() * grid.tilesAnImage());
  const i32 width = (end - first + panelWidth<T> - 1) / panelWidth<T> * panelWidth<T>;
  T* inputs = reinterpret_cast<T*>(static_cast<u8*>(args.scratch) + task.worker * args.scratchStride);
  T* sums = inputs + tilePoints * args.inputStride;
  TileTarget* targets = reinterpret_cast<TileTarget*>(sums + tilePoints * args.sumStride);
  i32* offsets = reinterpret_cast<i32*>(targets + width);
  return {grid, first, end, width, inputs, sums, targets, offsets, reinterpret_cast<T*>(offsets + width)};
}

template <class T>
void transformInputs(const WinogradArgs<T>& args, const TileBlock<T>& block) {
  const i32 volume = args.inSize[1] * args.inSize[2];
  const i32 count = block.end - block.first;
  placeTiles(block.grid, block.first, block.end, block.offsets);
  for (i32 i = count; i < block.width; ++i) block.offsets[i] = block.offsets[count - 1];
  for (i32 channel = 0; channel < args.channels; ++channel) {
    copyPlanes<T>(args.x + channel * volume, args.channels * volume, block.grid, block.first, block.end, block.planes);
    for (i32 tile = 0; tile < block.width; tile += lanes<T>) {
      const T* places[lanes<T>];
      for (i32 lane = 0; lane < lanes<T>; ++lane) places[lane] = block.planes + block.offsets[tile + lane];
      const i32 column = tile % panelWidth<T>;
      T* to = block.inputs + (tile - column) * args.channels + channel * panelWidth<T> + column;
      mapTiles<InputMap, T>(places, block.grid.pitch(), to, args.inputStride);
    }
  }
}

// sums[point, row - firstRow, tile] for the rows of tiles [firstTile, endTile).
template <class T>
void multiplyPoints(const WinogradArgs<T>& args, const TileBlock<T>& block, const RowTiles& tiles, i32 firstTile, i32 endTile) {
  const i32 firstRow = tiles.start(firstTile);
  for (i32 point = 0; point < tilePoints; ++point) {
    const T* weights = args.transformed + point * args.weightStride;
    const T* inputs = block.inputs + point * args.inputStride;
    T* sums = block.sums + point * args.sumStride;
    for (i32 column = 0; column < block.width; column += panelWidth<T>) {
      for (i32 channel = 0; channel < args.channels; channel += winogradDepth) {
        forEachHeight(tiles, firstTile, endTile, [&](i32 height, i32 first, i32 end) {
          const TileRun<T> run = {
              weights + tiles.start(first) * args.channels + height * channel,
              height * args.channels,
              end - first,
              inputs + column * args.channels + channel * panelWidth<T>,
              nullptr,
              minimum(winogradDepth, args.channels - channel),
              panelWidth<T>,
              sums + (tiles.start(first) - firstRow) * block.width + column,
              block.width,
          };
          withConstant<lowestWinogradTile(), tallestTile>(height, [&]<i32 rows>(Constant<rows>) {
            multiplyRun<T, rows, panelVectors, true>(run, Epilogue<T>{channel > 0, nullptr, nullptr});
          });
        });
      }
    }
  }
}

template <class T>
void placeTargets(const WinogradArgs<T>& args, const TileBlock<T>& block) {
  const TileGrid& grid = block.grid;
  TileTarget* target = block.targets;
  forEachImage(grid, block.first, block.end, [&](i32 image, i32 start, i32 stop) {
    const SubImage sub(grid, image);
    for (i32 tile = start; tile < stop; ++tile, ++target) {
      const i32 row = tile / grid.wide * tileOutputs * grid.rowStep + sub.row;
      const i32 column = tile % grid.wide * tileOutputs * grid.columnStep + sub.column;
      target->place = (sub.batch * args.rows * args.outSize[1] + row) * args.outSize[2] + column;
      target->rows = minimum(tileOutputs, (args.outSize[1] - row + grid.rowStep - 1) / grid.rowStep);
      target->columns = minimum(tileOutputs, (args.outSize[2] - column + grid.columnStep - 1) / grid.columnStep);
      target->isWhole = target->rows == tileOutputs && target->columns == tileOutputs && grid.columnStep == 1;
    }
  });
  while (target < block.targets + block.width) *target++ = {0, 0, 0, false};
}

// The outputs of as many tiles as a vector has lanes, to[lane] + row * pitch[lane].
template <class T>
[[gnu::noinline]] void mapOutputs(const T* from, i32 stride, T bias, T* const (&to)[lanes<T>], const i32 (&pitch)[lanes<T>]) {
  mapSquare<OutputMap, T>(
      [&](i32 j, Vector<T>(&line)[6]) {
        for (i32 i = 0; i < 6; ++i) line[i] = load(from + (i * 6 + j) * stride);
      },
      [&](i32 i, const Vector<T>(&line)[4]) {
        storeAcross<T>(line[0] + bias, line[1] + bias, line[2] + bias, line[3] + bias, to, i, pitch);
      });
}

template <class T>
void copyPart(const T* part, const TileTarget& target, T* to, i32 pitch, i32 step) {
  for (i32 i = 0; i < target.rows; ++i, part += tileOutputs, to += pitch) {
    for (i32 j = 0; j < tileOutputs; ++j) {
      if (j < target.columns) to[j * step] = part[j];
    }
  }
}

template <class T>
void transformOutputs(const WinogradArgs<T>& args, const TileBlock<T>& block, i32 firstRow, i32 endRow) {
  const i32 outPitch = args.outSize[2] * block.grid.rowStep;
  T parts[lanes<T>][tileOutputs * tileOutputs];
  for (i32 row = firstRow; row < endRow; ++row) {
    const T bias = args.bias ? args.bias[row] : T(0);
    T* plane = args.y + row * args.outSize[1] * args.outSize[2];
    const T* from = block.sums + (row - firstRow) * block.width;
    for (i32 tile = 0; tile < block.width; tile += lanes<T>) {
      const TileTarget* targets = block.targets + tile;
      T* to[lanes<T>];
      i32 pitch[lanes<T>];
      for (i32 lane = 0; lane < lanes<T>; ++lane) {
        to[lane] = targets[lane].isWhole ? plane + targets[lane].place : parts[lane];
        pitch[lane] = targets[lane].isWhole ? outPitch : tileOutputs;
      }
      mapOutputs<T>(from + tile, args.sumStride, bias, to, pitch);
      for (i32 lane = 0; lane < lanes<T>; ++lane) {
        if (!targets[lane].isWhole) copyPart(parts[lane], targets[lane], plane + targets[lane].place, outPitch, block.grid.columnStep);
      }
    }
  }
}

template <class T>
void winograd(const WinogradArgs<T>& args, Task task) {
  if (args.stage == 0) return transformWeights(args, task);
  const TileBlock<T> block = tileBlock(args, task);
  const RowTiles tiles(args.rows);
  const i32 shares = args.rowParts * args.partBlocks;
  const i32 firstShare = task.index % args.rowParts * args.partBlocks;
  transformInputs(args, block);
  placeTargets(args, block);
  for (i32 share = firstShare; share < firstShare + args.partBlocks; ++share) {
    const i32 firstTile = shareStart(tiles.count, share, shares);
    const i32 endTile = shareStart(tiles.count, share + 1, shares);
    multiplyPoints(args, block, tiles, firstTile, endTile);
    transformOutputs(args, block, tiles.start(firstTile), tiles.start(endTile));
  }
}

}  // namespace convgrad

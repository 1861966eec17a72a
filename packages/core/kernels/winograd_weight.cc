// weight = the gradient of a 3x3 convolution with stride 1 by its weight, as sums over tiles: see winograd.h.
//
// Stage 0: a task is a share of the rows, sixteen at a time, and a part of the tiles. Chunk by chunk it transforms the cotangents of its
// rows, then, panel by panel of the input's channels, transforms those, multiplies, and maps the sums back to taps, which it adds up. All
// but these lies in the worker's own memory: lines that another processor wrote or read last take several times as long to write. Stage 1
// adds the parts' taps in order; its tasks are shares of the rows. With `winners` gradOutput has a number for each window of a max pooling by
// 2x2 (see TileSource).
#include "weight_blocks.h"
#include "winograd_tiles.h"

namespace convgrad {

inline constexpr i32 rowUnit = 16;
inline constexpr i32 squareTaps = 9;

template <class T>
TileSource<T> inputSource(const WinogradWeightArgs<T>& args) {
  return {args.x, args.channels, args.inSize[0], args.depthTaps, -args.padding[0], args.dilation[0], nullptr};
}

// The taps of a part: [row, vector of channels, tap, lane].
template <class T>
T* tapsOf(const WinogradWeightArgs<T>& args, i32 part, i32 row) {
  return args.partial + (part * args.rows + row) * inputSource(args).vectors() * squareTaps * lanes<T>;
}

// A task's rows [firstRow, endRow), tiles, and memory; what one point leaves to the next has a stride.
template <class T>
struct WeightTask {
  const WinogradWeightArgs<T>& args;
  TileSource<T> inputs, cotangents;
  TileGrid inputGrid, cotangentGrid;
  i32 part, firstRow, endRow, firstTile, tiles;
  T *transformedInputs, *transformedCotangents, *sums, *strip;

  WeightTask(const WinogradWeightArgs<T>& args, const Task& task)
      : args(args),
        inputs(inputSource(args)),
        cotangents{args.gradOutput, args.rows, args.outSize[0], 1, 0, 1, args.winners},
        inputGrid(args.inSize, args.outSize, args.dilation, args.padding[1], args.padding[2], tileInputs),
        cotangentGrid(args.outSize, args.outSize, args.dilation, 0, 0, tileOutputs) {
    const i32 units = (args.rows + rowUnit - 1) / rowUnit;
    const i32 rowPart = task.index % args.rowParts;
    part = task.index / args.rowParts;
    firstRow = shareStart(units, rowPart, args.rowParts) * rowUnit;
    endRow = minimum(shareStart(units, rowPart + 1, args.rowParts) * rowUnit, args.rows);
    const i32 allTiles = cotangentGrid.imagesOf(args.batch) * cotangentGrid.tilesAnImage();
    firstTile = shareStart(allTiles, part, args.tileParts);
    tiles = shareStart(allTiles, part + 1, args.tileParts) - firstTile;
    transformedCotangents = reinterpret_cast<T*>(static_cast<u8*>(args.scratch) + task.worker * args.scratchStride);
    transformedInputs = transformedCotangents + tilePoints * args.cotangentStride;
    sums = transformedInputs + tilePoints * args.inputStride;
    strip = sums + tilePoints * args.sumStride;
  }

  // [block of weightRows, place of the tile, row of the block] for each point.
  void transformCotangents(const TileOrder& order, i32 first, i32 end) const {
    const i32 count = end - first;
    for (i32 row = firstRow; row < endRow; row += lanes<T>) {
      T* to = transformedCotangents + (row - firstRow) * count;
      forEachLine<T>(cotangents, row / lanes<T>, cotangentGrid, order, first, end, strip, [&](const TileStretch& tiles, const T* line) {
        mapTiles<CotangentMap, ShortCotangentMap, T, weightRows<T>>(cotangentGrid, tiles, line, to + tiles.place * weightRows<T>, weightRows<T>,
                                                                    args.cotangentStride, count * weightRows<T>);
      });
    }
  }

  // [place of the tile, column of the panel] for each point.
  void transformInputs(i32 firstVector, i32 vectors, const TileOrder& order, i32 first, i32 end) const {
    const i32 width = vectors * lanes<T>;
    for (i32 v = 0; v < vectors; ++v) {
      T* to = transformedInputs + v * lanes<T>;
      forEachLine<T>(inputs, firstVector + v, inputGrid, order, first, end, strip, [&](const TileStretch& tiles, const T* line) {
        mapTiles<InputMap, ShortInputMap, T, lanes<T>>(inputGrid, tiles, line, to + tiles.place * width, width, args.inputStride, 0);
      });
    }
  }

  // [row, column of the panel] for each point, over the tiles of which it takes products.
  template <i32 vectors>
  void multiply(const TileOrder& order, i32 count) const {
    constexpr i32 width = vectors * lanes<T>;
    const i32 blocks = (endRow - firstRow + weightRows<T> - 1) / weightRows<T>;
    for (i32 point = 0; point < tilePoints; ++point) {
      const TileRange tiles = order.ofPoint(point);
      multiplyBlocks<T, vectors>(transformedCotangents + point * args.cotangentStride + tiles.first * weightRows<T>, weightRows<T> * count, blocks,
                                 transformedInputs + point * args.inputStride + tiles.first * width, tiles.count(), sums + point * args.sumStride);
    }
  }
};

// taps[tap, lane] = those of a vector of sums, or the same added.
template <class T>
[[gnu::noinline]] void mapSums(const T* sums, i32 stride, T* taps, bool accumulate) {
  mapSquare<WeightGradientMap, T>(
      [&](i32 j, Vector<T>(&line)[6]) {
        CONVGRAD_UNROLL
        for (i32 i = 0; i < 6; ++i) line[i] = load(sums + (i * 6 + j) * stride);
      },
      [&](i32 i, const Vector<T>(&line)[3]) {
        CONVGRAD_UNROLL
        for (i32 j = 0; j < 3; ++j) {
          T* to = taps + (i * 3 + j) * lanes<T>;
          store(to, accumulate ? load(to) + line[j] : line[j]);
        }
      });
}

template <class T>
void sumTiles(const WeightTask<T>& task) {
  const WinogradWeightArgs<T>& args = task.args;
  const RowTiles panels(task.inputs.vectors(), weightVectors<T>);
  for (i32 chunk = 0; chunk < args.chunks; ++chunk) {
    const i32 first = task.firstTile + shareStart(task.tiles, chunk, args.chunks);
    const i32 end = task.firstTile + shareStart(task.tiles, chunk + 1, args.chunks);
    const TileOrder order = tileOrder(task.inputGrid, first, end);
    task.transformCotangents(order, first, end);
    for (i32 panel = 0; panel < panels.count; ++panel) {
      withConstant<1, weightVectors<T>>(panels.height(panel), [&]<i32 vectors>(Constant<vectors>) {
        task.transformInputs(panels.start(panel), vectors, order, first, end);
        task.template multiply<vectors>(order, end - first);
        for (i32 row = task.firstRow; row < task.endRow; ++row) {
          const T* sums = task.sums + (row - task.firstRow) * vectors * lanes<T>;
          T* taps = tapsOf(args, task.part, row) + panels.start(panel) * squareTaps * lanes<T>;
          for (i32 v = 0; v < vectors; ++v) mapSums<T>(sums + v * lanes<T>, args.sumStride, taps + v * squareTaps * lanes<T>, chunk > 0);
        }
      });
    }
  }
}

template <class T>
void addParts(const WinogradWeightArgs<T>& args, const Task& task) {
  const TileSource<T> inputs = inputSource(args);
  i32 offsets[lanes<T>];
  for (i32 lane = 0; lane < lanes<T>; ++lane) offsets[lane] = lane * squareTaps;
  const i32 endRow = shareStart(args.rows, task.index + 1, task.count);
  for (i32 row = shareStart(args.rows, task.index, task.count); row < endRow; ++row) {
    for (i32 vector = 0; vector < inputs.vectors(); ++vector) {
      Vector<T> sum[squareTaps] = {};
      for (i32 part = 0; part < args.tileParts; ++part) {
        const T* taps = tapsOf(args, part, row) + vector * squareTaps * lanes<T>;
        CONVGRAD_UNROLL
        for (i32 tap = 0; tap < squareTaps; ++tap) sum[tap] += load(taps + tap * lanes<T>);
      }
      T across[squareTaps * lanes<T>];
      storeAcross<4, T>({sum[0], sum[1], sum[2], sum[3]}, across, offsets);
      storeAcross<4, T>({sum[4], sum[5], sum[6], sum[7]}, across + 4, offsets);
      for (i32 lane = 0; lane < lanes<T>; ++lane) across[offsets[lane] + 8] = sum[8][lane];
      const i32 slice = vector / inputs.vectorsATap(), channel = vector % inputs.vectorsATap() * lanes<T>;
      const i32 count = minimum(lanes<T>, args.channels - channel);
      T* to = args.weight + ((row * args.channels + channel) * args.depthTaps + slice) * squareTaps;
      if (args.depthTaps == 1) {
        copyRow(across, to, squareTaps * count);
      } else {
        for (i32 lane = 0; lane < count; ++lane) copyRow(across + offsets[lane], to + lane * args.depthTaps * squareTaps, squareTaps);
      }
    }
  }
}

template <class T>
void winogradWeight(const WinogradWeightArgs<T>& args, Task task) {
  if (args.stage == 0) sumTiles(WeightTask<T>(args, task));
  else addParts(args, task);
}

}  // namespace convgrad

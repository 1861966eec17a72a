// weight = the gradient of a 3x3 convolution with stride 1 by its weight, as sums over tiles: see winograd.h.
//
// Some tiles at a time: stage 0 transforms the inputs and the cotangents of `tileCount` tiles from `firstTile` on, vectors running
// over channels; its tasks are (sixteen channels of the input, then of the cotangent; share of the tiles). Stage 1 adds up the
// products; its tasks are the points. After the last tiles stage 2 transforms the sums; its tasks are shares of the rows.
#include "product.h"
#include "winograd.h"

namespace convgrad {

inline constexpr i32 channelsPerTask = 16;
// Register tiles: rows are cotangents, columns inputs.
inline constexpr i32 weightRows = 4;
inline constexpr i32 weightVectors = vectorsFor(weightRows) < 4 ? vectorsFor(weightRows) : 4;
template <class T>
inline constexpr i32 weightWidth = weightVectors * lanes<T>;

template <class T>
struct TileSource {
  const T* x;
  i32 channels;
  TileGrid grid;
};

// Transforms channels [channel, channel + lanes) of tiles [start, stop) of the launch; `to(tile)` is called with their places.
template <class Map, class T, class Keep>
void transformChannels(const WinogradWeightArgs<T>& args, const TileSource<T>& source, i32 channel, i32 start, i32 stop, u8* scratch,
                       Keep keep) {
  const TileGrid& grid = source.grid;
  const i32 volume = grid.height * grid.width;
  i32* offsets = reinterpret_cast<i32*>(scratch);
  T* planes = reinterpret_cast<T*>(offsets + args.tileCount);
  placeTiles(grid, args.firstTile + start, args.firstTile + stop, offsets);
  const T* places[lanes<T>];
  for (i32 lane = 0; lane < lanes<T>; ++lane) {
    places[lane] = planes + lane * args.planeStride;
    const i32 plane = minimum(channel + lane, source.channels - 1);
    copyPlanes<T>(source.x + plane * volume, source.channels * volume, grid, args.firstTile + start, args.firstTile + stop,
                  planes + lane * args.planeStride);
  }
  for (i32 tile = start; tile < stop; ++tile) {
    const T* tiles[lanes<T>];
    for (i32 lane = 0; lane < lanes<T>; ++lane) tiles[lane] = places[lane] + offsets[tile - start];
    keep(tile, tiles);
  }
}

template <class T>
void transformTiles(const WinogradWeightArgs<T>& args, const Task& task) {
  const i32 part = task.index % args.tileParts;
  const i32 group = task.index / args.tileParts;
  const i32 start = shareStart(args.tileCount, part, args.tileParts);
  const i32 stop = shareStart(args.tileCount, part + 1, args.tileParts);
  const i32 inputGroups = (args.channels + channelsPerTask - 1) / channelsPerTask;
  u8* scratch = static_cast<u8*>(args.scratch) + task.worker * args.scratchStride;
  if (group < inputGroups) {
    const TileGrid grid(args.inSize, args.outSize, args.dilation, args.padding[1], args.padding[2], tileInputs);
    const TileSource<T> source = {args.x, args.channels, grid};
    const i32 end = minimum((group + 1) * channelsPerTask, args.channels);
    for (i32 channel = group * channelsPerTask; channel < end; channel += lanes<T>) {
      const i32 column = channel % weightWidth<T>;
      T* inputs = args.inputs + (channel - column) * args.tileCount + column;
      transformChannels<InputMap>(args, source, channel, start, stop, scratch, [&](i32 tile, const T* const(&tiles)[lanes<T>]) {
        mapTiles<InputMap, T>(tiles, source.grid.pitch(), inputs + tile * weightWidth<T>, args.inputStride);
      });
    }
  } else {
    const TileGrid grid(args.outSize, args.outSize, args.dilation, 0, 0, tileOutputs);
    const TileSource<T> source = {args.gradOutput, args.rows, grid};
    const i32 first = (group - inputGroups) * channelsPerTask;
    const i32 end = minimum(first + channelsPerTask, args.rows);
    for (i32 row = first; row < end; row += lanes<T>) {
      T* cotangents = args.cotangents + row * args.tileCount;
      transformChannels<CotangentMap>(args, source, row, start, stop, scratch, [&](i32 tile, const T* const(&tiles)[lanes<T>]) {
        if constexpr (lanes<T> == weightRows) {
          mapTiles<CotangentMap, T>(tiles, source.grid.pitch(), cotangents + tile * weightRows, args.cotangentStride);
        } else {
          T points[tilePoints * lanes<T>];
          mapTiles<CotangentMap, T>(tiles, source.grid.pitch(), points, lanes<T>);
          for (i32 i = 0; i < tilePoints * lanes<T>; ++i) {
            const i32 row = i % lanes<T>;
            cotangents[i / lanes<T> * args.cotangentStride + (row / weightRows * args.tileCount + tile) * weightRows + row % weightRows] =
                points[i];
          }
        }
      });
    }
  }
}

template <class T>
void multiplyTiles(const WinogradWeightArgs<T>& args, const Task& task) {
  const i32 rowTiles = (args.rows + weightRows - 1) / weightRows;
  const T* cotangents = args.cotangents + task.index * args.cotangentStride;
  const T* inputs = args.inputs + task.index * args.inputStride;
  T* sums = args.sums + task.index * args.sumStride;
  for (i32 column = 0; column < args.channels; column += weightWidth<T>) {
    const TileRun<T> run = {cotangents,      weightRows * args.tileCount, rowTiles, inputs + column * args.tileCount, nullptr, args.tileCount,
                            weightWidth<T>, sums + column,               args.sumPitch};
    multiplyRun<T, weightRows, weightVectors, true>(run, Epilogue<T>{args.firstTile > 0, nullptr, nullptr});
  }
}

template <class T>
[[gnu::noinline]] void mapSums(const T* sums, i32 stride, T* weight, i32 count) {
  T taps[9 * lanes<T>];
  mapSquare<WeightGradientMap, T>(
      [&](i32 j, Vector<T>(&line)[6]) {
        for (i32 i = 0; i < 6; ++i) line[i] = load(sums + (i * 6 + j) * stride);
      },
      [&](i32 i, const Vector<T>(&line)[3]) {
        for (i32 j = 0; j < 3; ++j) store(taps + (i * 3 + j) * lanes<T>, line[j]);
      });
  for (i32 lane = 0; lane < count; ++lane) {
    for (i32 tap = 0; tap < 9; ++tap) *weight++ = taps[tap * lanes<T> + lane];
  }
}

template <class T>
void winogradWeight(const WinogradWeightArgs<T>& args, Task task) {
  if (args.stage == 0) return transformTiles(args, task);
  if (args.stage == 1) return multiplyTiles(args, task);
  const i32 endRow = shareStart(args.rows, task.index + 1, task.count);
  for (i32 row = shareStart(args.rows, task.index, task.count); row < endRow; ++row) {
    for (i32 channel = 0; channel < args.channels; channel += lanes<T>) {
      mapSums<T>(args.sums + row * args.sumPitch + channel, args.sumStride, args.weight + (row * args.channels + channel) * 9,
                 minimum(lanes<T>, args.channels - channel));
    }
  }
}

}  // namespace convgrad

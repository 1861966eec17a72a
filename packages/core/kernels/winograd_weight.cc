// weight = the gradient of a 3x3 convolution with stride 1 by its weight, as sums over tiles: see winograd.h.
//
// Some tiles at a time: stage 0 transforms the inputs and the cotangents of `tileCount` tiles from `firstTile` on, vectors running
// over channels; its tasks are (sixteen channels of a tap of the input, then of the cotangent; share of the tiles). Stage 1 adds up
// the products; its tasks are the points. After the last tiles stage 2 transforms the sums; its tasks are shares of the rows.
#include "product.h"
#include "winograd_tiles.h"

namespace convgrad {

inline constexpr i32 channelsPerTask = 16;
// Register tiles: rows are cotangents, of which a vector is one tile or two; columns are inputs.
template <class T>
inline constexpr i32 weightRows = maximum(4, lanes<T> / 2);
template <class T>
inline constexpr i32 weightVectors = vectorsFor(weightRows<T>);

template <class T>
TileSource<T> inputSource(const WinogradWeightArgs<T>& args) {
  return {args.x, args.channels, args.inSize[0], args.depthTaps, -args.padding[0], args.dilation[0]};
}

// Panels of the inputs' vectors.
template <class T>
RowTiles inputPanels(const WinogradWeightArgs<T>& args) { return RowTiles(inputSource(args).vectors(), weightVectors<T>); }

template <class T>
void transformTiles(const WinogradWeightArgs<T>& args, const Task& task) {
  const i32 part = task.index % args.tileParts;
  const i32 group = task.index / args.tileParts;
  const i32 start = shareStart(args.tileCount, part, args.tileParts);
  const i32 first = args.firstTile + start;
  const i32 end = args.firstTile + shareStart(args.tileCount, part + 1, args.tileParts);
  const TileSource<T> inputs = inputSource(args);
  const i32 groupsATap = (args.channels + channelsPerTask - 1) / channelsPerTask;
  const i32 inputGroups = args.depthTaps * groupsATap;
  T* strip = reinterpret_cast<T*>(static_cast<u8*>(args.scratch) + task.worker * args.scratchStride);
  if (group < inputGroups) {
    const TileGrid grid(args.inSize, args.outSize, args.dilation, args.padding[1], args.padding[2], tileInputs);
    const RowTiles panels = inputPanels(args);
    const i32 pitch = grid.columns() * lanes<T>;
    const i32 firstChannel = group % groupsATap * channelsPerTask;
    const i32 endChannel = minimum(firstChannel + channelsPerTask, args.channels);
    for (i32 channel = firstChannel; channel < endChannel; channel += lanes<T>) {
      const i32 vector = group / groupsATap * inputs.vectorsATap() + channel / lanes<T>;
      const i32 panel = panels.tileOf(vector), firstVector = panels.start(panel), width = panels.height(panel);
      T* to = args.inputs + (firstVector * args.tileCount + start * width + vector - firstVector) * lanes<T>;
      forEachTile<T>(inputs, vector, grid, first, end, strip, [&](i32 index, const T* square) {
        mapTile<InputMap, T, lanes<T>>(square, pitch, to + index * width * lanes<T>, args.inputStride, 0);
      });
    }
  } else {
    const TileSource<T> cotangents = {args.gradOutput, args.rows, args.outSize[0], 1, 0, 1};
    const TileGrid grid(args.outSize, args.outSize, args.dilation, 0, 0, tileOutputs);
    const i32 pitch = grid.columns() * lanes<T>;
    const i32 firstRow = (group - inputGroups) * channelsPerTask;
    const i32 endRow = minimum(firstRow + channelsPerTask, args.rows);
    for (i32 row = firstRow; row < endRow; row += lanes<T>) {
      T* to = args.cotangents + row * args.tileCount + start * weightRows<T>;
      forEachTile<T>(cotangents, row / lanes<T>, grid, first, end, strip, [&](i32 index, const T* square) {
        mapTile<CotangentMap, T, weightRows<T>>(square, pitch, to + index * weightRows<T>, args.cotangentStride,
                                                args.tileCount * weightRows<T>);
      });
    }
  }
}

template <class T>
void multiplyTiles(const WinogradWeightArgs<T>& args, const Task& task) {
  const i32 rowTiles = (args.rows + weightRows<T> - 1) / weightRows<T>;
  const RowTiles panels = inputPanels(args);
  const T* cotangents = args.cotangents + task.index * args.cotangentStride;
  const T* inputs = args.inputs + task.index * args.inputStride;
  T* sums = args.sums + task.index * args.sumStride;
  for (i32 panel = 0; panel < panels.count; ++panel) {
    const i32 column = panels.start(panel) * lanes<T>;
    withConstant<1, weightVectors<T>>(panels.height(panel), [&]<i32 vectors>(Constant<vectors>) {
      const TileRun<T> run = {cotangents,     weightRows<T> * args.tileCount, rowTiles,    inputs + column * args.tileCount, nullptr, args.tileCount,
                              vectors * lanes<T>, sums + column,              args.sumPitch};
      multiplyRun<T, weightRows<T>, vectors, true>(run, Epilogue<T>{args.firstTile > 0, nullptr, nullptr});
    });
  }
}

// to[lane, tap] = the taps of a vector of sums.
template <class T>
[[gnu::noinline]] void mapSums(const T* sums, i32 stride, T* to) {
  Vector<T> taps[9];
  mapSquare<WeightGradientMap, T>(
      [&](i32 j, Vector<T>(&line)[6]) {
        CONVGRAD_UNROLL
        for (i32 i = 0; i < 6; ++i) line[i] = load(sums + (i * 6 + j) * stride);
      },
      [&](i32 i, const Vector<T>(&line)[3]) {
        CONVGRAD_UNROLL
        for (i32 j = 0; j < 3; ++j) taps[i * 3 + j] = line[j];
      });
  i32 offsets[lanes<T>];
  for (i32 lane = 0; lane < lanes<T>; ++lane) offsets[lane] = lane * 9;
  storeAcross<4, T>({taps[0], taps[1], taps[2], taps[3]}, to, offsets);
  storeAcross<4, T>({taps[4], taps[5], taps[6], taps[7]}, to + 4, offsets);
  for (i32 lane = 0; lane < lanes<T>; ++lane) to[lane * 9 + 8] = taps[8][lane];
}

template <class T>
void storeWeights(const WinogradWeightArgs<T>& args, const Task& task) {
  const TileSource<T> inputs = inputSource(args);
  const i32 endRow = shareStart(args.rows, task.index + 1, task.count);
  for (i32 row = shareStart(args.rows, task.index, task.count); row < endRow; ++row) {
    for (i32 vector = 0; vector < inputs.vectors(); ++vector) {
      const i32 tap = vector / inputs.vectorsATap(), channel = vector % inputs.vectorsATap() * lanes<T>;
      const i32 count = minimum(lanes<T>, args.channels - channel);
      T taps[9 * lanes<T>];
      mapSums<T>(args.sums + row * args.sumPitch + vector * lanes<T>, args.sumStride, taps);
      T* to = args.weight + ((row * args.channels + channel) * args.depthTaps + tap) * 9;
      if (args.depthTaps == 1) {
        copyRow(taps, to, 9 * count);
      } else {
        for (i32 lane = 0; lane < count; ++lane) copyRow(taps + lane * 9, to + lane * args.depthTaps * 9, 9);
      }
    }
  }
}

template <class T>
void winogradWeight(const WinogradWeightArgs<T>& args, Task task) {
  if (args.stage == 0) transformTiles(args, task);
  else if (args.stage == 1) multiplyTiles(args, task);
  else storeWeights(args, task);
}

}  // namespace convgrad

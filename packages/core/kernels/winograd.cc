// y = conv(x, weight) + bias for 3x3 kernels with stride 1, or (`transposed`) the adjoint by the input, which is the same with
// flipped weights of which rows and columns change places. See winograd.h.
//
// Vectors run over channels everywhere: over those that are read in the transforms of tiles, over the rows of the result elsewhere.
// Stage 0 transforms the weights into panels [channel, column of the panel] for each point; its tasks are shares of the vectors of
// rows and their channels. In stage 1 a task is a block of tiles and a share of the panels: it transforms its inputs, which leaves
// [vector of channels, tile, lane] for each point, multiplies some panels at a time, which leaves [panel, tile, column of the panel]
// for each point, and transforms those back.
//
// With `pooled` ReLU and a max pooling by windows of 2x2 follow, and y and `winners` are theirs; with `inWinners` x is what the gradient of such
// a pooling has for its windows.
#include "point_products.h"
#include "winograd_outputs.h"

namespace convgrad {

template <class T>
[[gnu::noinline]] void mapWeights(const T* const (&taps)[lanes<T>], bool isFlipped, T* to, i32 stride) {
  mapSquare<WeightMap, T>(
      [&](i32 i, Vector<T>(&line)[3]) {
        Vector<T> row[4];
        loadAcross<T>(taps, isFlipped ? 6 - 3 * i : 3 * i, row);
        line[0] = isFlipped ? row[2] : row[0];
        line[1] = row[1];
        line[2] = isFlipped ? row[0] : row[2];
      },
      [&](i32 j, const Vector<T>(&line)[6]) {
        CONVGRAD_UNROLL
        for (i32 i = 0; i < 6; ++i) store(to + (i * 6 + j) * stride, line[i]);
      });
}

template <class T>
TileSource<T> tileSource(const WinogradArgs<T>& args) {
  return {args.x, args.channels, args.inSize[0], args.depthTaps, -args.padding[0], args.dilation[0], args.inWinners};
}

// Terms of a sum: the channels of each tap along the depth, in whole vectors but for the last.
template <class T>
i32 sumDepth(const WinogradArgs<T>& args) {
  return (args.depthTaps - 1) * tileSource(args).vectorsATap() * lanes<T> + args.channels;
}

template <class T>
void transformWeights(const WinogradArgs<T>& args, const Task& task) {
  const RowTiles panels = rowPanels<T>(args.rows);
  const i32 depth = sumDepth(args);
  const i32 channelsATap = tileSource(args).vectorsATap() * lanes<T>;
  const i32 volume = args.depthTaps * 9;
  const i32 rowStep = args.transposed ? volume : args.channels * volume;
  const i32 channelStep = args.transposed ? args.rows * volume : volume;
  const i32 end = shareStart(panels.rows * depth, task.index + 1, task.count);
  for (i32 item = shareStart(panels.rows * depth, task.index, task.count); item < end; ++item) {
    const i32 vector = item / depth, term = item % depth;
    const i32 panel = panels.tileOf(vector), first = panels.start(panel);
    T* to = args.transformed + (first * depth + term * panels.height(panel) + vector - first) * lanes<T>;
    const i32 channel = term % channelsATap, tap = term / channelsATap;
    if (channel >= args.channels) {
      for (i32 point = 0; point < tilePoints; ++point) store(to + point * args.weightStride, Vector<T>{});
      continue;
    }
    const i32 square = (args.transposed ? args.depthTaps - 1 - tap : tap) * 9;
    const T* taps[lanes<T>];
    for (i32 lane = 0; lane < lanes<T>; ++lane) {
      taps[lane] = args.weight + minimum(vector * lanes<T> + lane, args.rows - 1) * rowStep + channel * channelStep + square;
    }
    mapWeights<T>(taps, args.transposed != 0, to, args.weightStride);
  }
}

template <class T>
TileBlock<T> tileBlock(const WinogradArgs<T>& args, const TileGrid& grid, const Task& task) {
  const i32 first = task.index / args.rowParts * args.blockTiles;
  const i32 end = minimum(first + args.blockTiles, grid.imagesOf(args.batch) * grid.tilesAnImage());
  const i32 width = (end - first + winogradRows - 1) / winogradRows * winogradRows;
  T* inputs = reinterpret_cast<T*>(static_cast<u8*>(args.scratch) + task.worker * args.scratchStride);
  T* sums = inputs + tilePoints * args.inputStride;
  return {first, end, width, inputs, sums, sums + tilePoints * args.sumStride};
}

template <class T>
void transformInputs(const WinogradArgs<T>& args, const TileGrid& grid, const TileBlock<T>& block) {
  const i32 pitch = grid.columns() * lanes<T>;
  const TileSource<T> source = tileSource(args);
  for (i32 vector = 0; vector < source.vectors(); ++vector) {
    T* to = block.inputs + vector * lanes<T> * block.width;
    forEachTile<T>(source, vector, grid, block.first, block.end, block.strip, [&](i32 index, const T* square) {
      mapTile<InputMap, T, lanes<T>>(square, pitch, to + index * lanes<T>, args.inputStride, 0);
    });
  }
}

template <class T>
void winograd(const WinogradArgs<T>& args, Task task) {
  if (args.stage == 0) return transformWeights(args, task);
  const TileGrid grid(args.inSize, args.outSize, args.dilation, args.padding[1], args.padding[2], tileInputs);
  const TileBlock<T> block = tileBlock(args, grid, task);
  const RowTiles panels = rowPanels<T>(args.rows);
  const i32 shares = args.rowParts * args.partBlocks;
  const i32 firstShare = task.index % args.rowParts * args.partBlocks;
  transformInputs(args, grid, block);
  for (i32 share = firstShare; share < firstShare + args.partBlocks; ++share) {
    const i32 firstPanel = shareStart(panels.count, share, shares);
    const i32 endPanel = shareStart(panels.count, share + 1, shares);
    multiplyPoints<T>({block.inputs, args.inputStride, args.transformed, args.weightStride, block.sums, args.sumStride, block.width, sumDepth(args), tilePoints},
                      panels, firstPanel, endPanel);
    const T* sums = block.sums;
    for (i32 panel = firstPanel; panel < endPanel; ++panel) {
      const i32 step = panels.height(panel) * lanes<T>;
      for (i32 column = 0; column < step; column += lanes<T>) {
        const i32 row = panels.start(panel) * lanes<T> + column;
        if (args.pooled) poolOutputs<T>(args, grid, block, row, sums + column, step);
        else transformOutputs<T>(args, grid, block, row, sums + column, step);
      }
      sums += block.width * step;
    }
  }
}

}  // namespace convgrad

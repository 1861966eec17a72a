// y = conv(x, weight) + bias for 3x3 kernels with stride 1, or (`transposed`) the adjoint by the input, which is the same with
// flipped weights of which rows and columns change places. See winograd.h.
//
// Vectors run over channels everywhere: over those that are read in the transforms of tiles, over the rows of the result elsewhere. Transformed
// inputs are [vector of channels, tile, lane] for each point, weights panels [channel, column of the panel], sums [panel, tile, column of the
// panel]. Stage 0 transforms one of the two operands, the smaller one, for all tasks of stage 1, which transform the other as they go:
//
// Of many tiles weights are shared. A task is a block of tiles and a share of the panels: it transforms its inputs, multiplies some panels at
// a time (`partBlocks` in all), and transforms those back. Multiplied all at once, the sums of a point take the place of the inputs of the one
// before, which the caches still hold. Of few tiles (`sharesInputs`) inputs are. A task is a block of tiles and a share of the rows: it transforms
// the weights of some terms at a time, which stay in the cache for the products, and transforms the sums back.
//
// With `pooled` ReLU and a max pooling by windows of 2x2 follow, and y and `winners` are theirs; with `inWinners` x is what the gradient of such
// a pooling has for its windows.
#include "map_weights.h"
#include "point_products.h"
#include "winograd_outputs.h"

namespace convgrad {

template <class T>
TileSource<T> tileSource(const WinogradArgs<T>& args) {
  return {args.x, args.channels, args.inSize[0], args.depthTaps, -args.padding[0], args.dilation[0], args.inWinners};
}

// Terms of a sum: the channels of each tap along the depth, in whole vectors but for the last.
template <class T>
i32 sumDepth(const WinogradArgs<T>& args) {
  return (args.depthTaps - 1) * tileSource(args).vectorsATap() * lanes<T> + args.channels;
}

// The weights of a vector of rows for one term of the sums; those of the next point begin a stride behind.
template <class T>
void transformWeight(const WinogradArgs<T>& args, i32 vector, i32 term, T* to) {
  const i32 channelsATap = tileSource(args).vectorsATap() * lanes<T>;
  const i32 volume = args.depthTaps * 9;
  const i32 rowStep = args.transposed ? volume : args.channels * volume;
  const i32 channelStep = args.transposed ? args.rows * volume : volume;
  const i32 channel = term % channelsATap, tap = term / channelsATap;
  if (channel >= args.channels) {
    for (i32 point = 0; point < tilePoints; ++point) store(to + point * args.weightStride, Vector<T>{});
    return;
  }
  const i32 square = (args.transposed ? args.depthTaps - 1 - tap : tap) * 9;
  const T* taps[lanes<T>];
  for (i32 lane = 0; lane < lanes<T>; ++lane) {
    taps[lane] = args.weight + minimum(vector * lanes<T> + lane, args.rows - 1) * rowStep + channel * channelStep + square;
  }
  mapWeights<T>(taps, args.transposed != 0, to, args.weightStride);
}

// Where panels of weights for so many terms have those of a vector for one term.
template <class T>
i32 weightPlace(const RowTiles& panels, i32 terms, i32 vector, i32 term) {
  const i32 panel = panels.tileOf(vector), first = panels.start(panel);
  return (first * terms + term * panels.height(panel) + vector - first) * lanes<T>;
}

template <class T>
void transformAllWeights(const WinogradArgs<T>& args, const Task& task) {
  const RowTiles panels = rowPanels<T>(args.rows);
  const i32 terms = sumDepth(args), items = panels.rows * terms;
  const i32 end = shareStart(items, task.index + 1, task.count);
  for (i32 item = shareStart(items, task.index, task.count); item < end; ++item) {
    const i32 vector = item / terms, term = item % terms;
    transformWeight<T>(args, vector, term, args.transformed + weightPlace<T>(panels, terms, vector, term));
  }
}

// Tiles [first, end) of a vector of terms.
template <class T>
void transformInputs(const WinogradArgs<T>& args, const TileGrid& grid, i32 vector, const TileBlock<T>& block, T* strip) {
  T* to = block.inputs + vector * lanes<T> * block.pitch;
  forEachLine<T>(tileSource(args), vector, grid, block.order, block.first, block.end, strip, [&](const TileStretch& tiles, const T* line) {
    mapTiles<InputMap, ShortInputMap, T, lanes<T>>(grid, tiles, line, to + tiles.place * lanes<T>, lanes<T>, args.inputStride, 0);
  });
  clearTiles<T>(to, args.inputStride, tilePoints, block.order, block.width);
}

// Panels [firstPanel, endPanel) of a block's sums, of vectors of rows from `firstVector` on.
template <class T>
void placeSums(const WinogradArgs<T>& args, const TileGrid& grid, const TileBlock<T>& block, i32 firstVector, const RowTiles& panels,
               i32 firstPanel, i32 endPanel) {
  const T* sums = block.sums;
  for (i32 panel = firstPanel; panel < endPanel; ++panel) {
    const i32 step = panels.height(panel) * lanes<T>;
    for (i32 column = 0; column < step; column += lanes<T>) {
      const i32 row = (firstVector + panels.start(panel)) * lanes<T> + column;
      if (args.pooled) poolOutputs<T>(args, grid, block, row, sums + column, step);
      else transformOutputs<T>(args, grid, block, row, sums + column, step);
    }
    sums += block.width * step;
  }
}

// A block of tiles, and what is not shared of a task's memory.
template <class T>
TileBlock<T> tileBlock(const WinogradArgs<T>& args, const TileGrid& grid, i32 index, T* memory) {
  const i32 first = index * args.blockTiles;
  const i32 end = minimum(first + args.blockTiles, grid.imagesOf(args.batch) * grid.tilesAnImage());
  const i32 width = (end - first + winogradRows - 1) / winogradRows * winogradRows;
  const TileOrder order = tileOrder(grid, first, end);
  if (args.sharesInputs) return {first, end, width, order, args.transformed + first * lanes<T>, args.inputPitch, memory + tilePoints * args.weightStride};
  if (args.partBlocks == 1) return {first, end, width, order, memory + args.sumStride, width, memory};
  return {first, end, width, order, memory, width, memory + tilePoints * args.inputStride};
}

template <class T>
void multiplyTiles(const WinogradArgs<T>& args, const TileGrid& grid, const Task& task, T* memory) {
  const TileBlock<T> block = tileBlock(args, grid, task.index / args.rowParts, memory);
  T* strip = (args.partBlocks == 1 ? block.inputs : block.sums) + tilePoints * args.sumStride;
  for (i32 vector = 0; vector < tileSource(args).vectors(); ++vector) transformInputs(args, grid, vector, block, strip);
  const RowTiles panels = rowPanels<T>(args.rows);
  const i32 shares = args.rowParts * args.partBlocks;
  const i32 firstShare = task.index % args.rowParts * args.partBlocks;
  for (i32 share = firstShare; share < firstShare + args.partBlocks; ++share) {
    const i32 firstPanel = shareStart(panels.count, share, shares), endPanel = shareStart(panels.count, share + 1, shares);
    multiplyPoints<T>({block.inputs, args.inputStride, block.pitch, args.transformed, args.weightStride, sumDepth(args), 0, block.sums, args.sumStride,
                       block.width, block.order, sumDepth(args), tilePoints, false},
                      panels, firstPanel, endPanel);
    placeSums(args, grid, block, 0, panels, firstPanel, endPanel);
  }
}

// Terms whose weights are transformed at a time.
inline constexpr i32 termsTogether = 64;

template <class T>
void multiplyRows(const WinogradArgs<T>& args, const TileGrid& grid, const Task& task, T* weights) {
  const i32 rowPart = task.index / args.blocks;
  const TileBlock<T> block = tileBlock(args, grid, task.index % args.blocks, weights);
  const i32 vectors = (args.rows + lanes<T> - 1) / lanes<T>;
  const i32 firstVector = shareStart(vectors, rowPart, args.rowParts);
  const RowTiles panels(shareStart(vectors, rowPart + 1, args.rowParts) - firstVector, winogradVectors);
  for (i32 first = 0; first < sumDepth(args); first += termsTogether) {
    const i32 terms = minimum(termsTogether, sumDepth(args) - first);
    for (i32 vector = 0; vector < panels.rows; ++vector) {
      for (i32 term = 0; term < terms; ++term) {
        transformWeight<T>(args, firstVector + vector, first + term, weights + weightPlace<T>(panels, terms, vector, term));
      }
    }
    multiplyPoints<T>({block.inputs + first * block.pitch, args.inputStride, block.pitch, weights, args.weightStride, terms, 0, block.sums,
                       args.sumStride, block.width, block.order, terms, tilePoints, first > 0},
                      panels, 0, panels.count);
  }
  placeSums(args, grid, block, firstVector, panels, 0, panels.count);
}

template <class T>
void transformAllInputs(const WinogradArgs<T>& args, const TileGrid& grid, const Task& task, T* memory) {
  const i32 items = tileSource(args).vectors() * args.blocks;
  const i32 end = shareStart(items, task.index + 1, task.count);
  for (i32 item = shareStart(items, task.index, task.count); item < end; ++item) {
    transformInputs(args, grid, item / args.blocks, tileBlock(args, grid, item % args.blocks, memory), memory);
  }
}

template <class T>
void winograd(const WinogradArgs<T>& args, Task task) {
  const TileGrid grid(args.inSize, args.outSize, args.dilation, args.padding[1], args.padding[2], tileInputs);
  T* memory = reinterpret_cast<T*>(static_cast<u8*>(args.scratch) + task.worker * args.scratchStride);
  if (args.sharesInputs) return args.stage == 0 ? transformAllInputs(args, grid, task, memory) : multiplyRows(args, grid, task, memory);
  if (args.stage == 1) return multiplyTiles(args, grid, task, memory);
  transformAllWeights(args, task);
}

}  // namespace convgrad

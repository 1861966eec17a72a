// y = conv(x, weight) + bias with a stride of one or two and at most three taps for each phase of it, or (`transposed`) the adjoint by the
// input, which is as many convolutions as the stride has phases, whose results alternate along rows and columns.
//
// With stride s an output reads x[s o + t - padding]: of the tap t = s u + phase, the place o + u of the image that takes every s-th place
// from phase - padding on. So a strided convolution is one of stride 1 that reads as many images, each with taps u of its own; and the adjoint
// makes as many images, all from the same places. Winograd's algorithm serves both with few products, transforms no tile twice, and needs
// no taps at all where a phase has fewer than the others.
//
// Stage 0 transforms the weights into panels [term, column of the panel] for each phase of the result and each point, terms being phases of
// the channels, a vector of them at a time; its tasks are shares of the rows' vectors and the channels. Stage 1 does as winograd.cc does.
#include "phase_tiles.h"
#include "point_products.h"

namespace convgrad {

// What is read and what is made; one of both has the phases of the stride, the other one phase.
template <class T>
struct PhaseConv {
  const PhaseConvArgs<T>& args;
  i32 taps, outputs, channelVectors, rowVectors, terms;
  PhaseGrid from, to;

  explicit PhaseConv(const PhaseConvArgs<T>& args) : args(args), taps(args.taps), outputs(outputsOf(args.taps)) {
    const i32 stepY = args.stride[1], stepX = args.stride[2];
    const i32 top = args.padding[1], left = args.padding[2];
    const PhaseGrid strided = {0, 0, top, left, stepY, stepX, 0, 0, outputs, outputs};
    if (args.transposed) {
      // The first place that any phase of the result has, counted from the first output.
      const i32 firstY = top / stepY, firstX = left / stepX;
      from = {args.inSize[1], args.inSize[2], taps - 1 - firstY, taps - 1 - firstX, 1, 1, 0, 0, outputs, tileInputs};
      to = strided;
      to.top -= firstY * stepY;
      to.left -= firstX * stepX;
    } else {
      from = strided;
      from.height = args.inSize[1];
      from.width = args.inSize[2];
      from.side = tileInputs;
      to = {0, 0, 0, 0, 1, 1, 0, 0, outputs, outputs};
    }
    to.height = args.outSize[1];
    to.width = args.outSize[2];
    from.high = to.high = tilesFor(to.height + to.top, to.rowStep);
    from.wide = to.wide = tilesFor(to.width + to.left, to.columnStep);
    channelVectors = (args.channels + lanes<T> - 1) / lanes<T>;
    rowVectors = (args.rows + lanes<T> - 1) / lanes<T>;
    terms = channelVectors * from.phases() * lanes<T>;
  }
  i32 tilesFor(i32 places, i32 step) const { return (places + step * outputs - 1) / (step * outputs); }
};

// The taps of a vector of rows by one channel: [row of the kernel, column, lane], as many as the phases have taps, of which some may be zero.
template <class T>
void gatherKernel(const PhaseConv<T>& conv, i32 vector, i32 channel, T* kernel) {
  const PhaseConvArgs<T>& args = conv.args;
  const i32 high = args.kernelSize[1], wide = args.kernelSize[2];
  const i32 rowStep = (args.transposed ? 1 : args.channels) * high * wide;
  const i32 channelStep = (args.transposed ? args.rows : 1) * high * wide;
  const T* places[lanes<T>];
  for (i32 lane = 0; lane < lanes<T>; ++lane) {
    places[lane] = args.weight + minimum(vector * lanes<T> + lane, args.rows - 1) * rowStep + channel * channelStep;
  }
  const i32 columns = conv.taps * args.stride[2];
  for (i32 y = 0; y < conv.taps * args.stride[1]; ++y) {
    for (i32 x = 0; x < columns; x += 4) {
      Vector<T> line[4];
      loadAcross<T>(places, y < high ? y * wide + x : 0, line);
      for (i32 k = 0; k < 4 && x + k < columns; ++k) {
        store(kernel + (y * columns + x + k) * lanes<T>, y < high && x + k < wide ? line[k] : Vector<T>{});
      }
    }
  }
}

// to[point * stride] = the map of the taps of one phase, which begins at `kernel`, in the order in which the places are read.
template <class T, i32 taps>
[[gnu::noinline]] void mapTaps(const T* kernel, i32 rowStep, i32 columnStep, bool isFlipped, T* to, i32 stride) {
  mapSquare<typename PhaseMaps<taps>::Weight, T>(
      [&](i32 i, Vector<T>(&line)[taps]) {
        const T* row = kernel + (isFlipped ? taps - 1 - i : i) * rowStep;
        CONVGRAD_UNROLL
        for (i32 j = 0; j < taps; ++j) line[j] = load(row + (isFlipped ? taps - 1 - j : j) * columnStep);
      },
      [&](i32 j, const Vector<T>(&line)[6]) {
        CONVGRAD_UNROLL
        for (i32 i = 0; i < 6; ++i) store(to + (i * 6 + j) * stride, line[i]);
      });
}

template <class T, i32 taps>
void transformWeights(const PhaseConv<T>& conv, const Task& task) {
  const PhaseConvArgs<T>& args = conv.args;
  const RowTiles panels = rowPanels<T>(args.rows);
  const i32 rowPhases = args.stride[1], columnPhases = args.stride[2];
  const i32 columns = taps * columnPhases;
  const i32 channels = conv.channelVectors * lanes<T>;
  T kernel[3 * longestStride * 3 * longestStride * lanes<T>];
  const i32 end = shareStart(conv.rowVectors * channels, task.index + 1, task.count);
  for (i32 item = shareStart(conv.rowVectors * channels, task.index, task.count); item < end; ++item) {
    const i32 vector = item / channels, channel = item % channels;
    const i32 panel = panels.tileOf(vector), first = panels.start(panel);
    if (channel < args.channels) gatherKernel(conv, vector, channel, kernel);
    for (i32 phase = 0; phase < rowPhases * columnPhases; ++phase) {
      // A phase is one of the result's, or one of the terms'.
      const i32 part = args.transposed ? phase : 0;
      const i32 term = args.transposed ? channel : (channel / lanes<T> * conv.from.phases() + phase) * lanes<T> + channel % lanes<T>;
      T* to = args.transformed + part * tilePoints * args.weightStride +
              (first * conv.terms + term * panels.height(panel) + vector - first) * lanes<T>;
      if (channel < args.channels) {
        const T* corner = kernel + (phase / columnPhases * columns + phase % columnPhases) * lanes<T>;
        mapTaps<T, taps>(corner, rowPhases * columns * lanes<T>, columnPhases * lanes<T>, args.transposed != 0, to, args.weightStride);
      } else {
        for (i32 point = 0; point < tilePoints; ++point) store(to + point * args.weightStride, Vector<T>{});
      }
    }
  }
}

// A task's tiles [first, end), and its scratch memory.
template <class T>
struct PhaseBlock {
  i32 first, end;
  i32 width;  // tiles, to whole register tiles
  T* inputs;
  T* sums;
  T* strip;

  PhaseBlock(const PhaseConv<T>& conv, const Task& task) {
    const PhaseConvArgs<T>& args = conv.args;
    first = task.index / args.rowParts * args.blockTiles;
    end = minimum(first + args.blockTiles, args.batch * conv.to.tilesAnImage());
    width = (end - first + winogradRows - 1) / winogradRows * winogradRows;
    inputs = reinterpret_cast<T*>(static_cast<u8*>(args.scratch) + task.worker * args.scratchStride);
    sums = inputs + tilePoints * args.inputStride;
    strip = sums + conv.to.phases() * tilePoints * args.sumStride;
  }
};

template <class T>
void transformInputs(const PhaseConv<T>& conv, const PhaseBlock<T>& block) {
  const PhaseConvArgs<T>& args = conv.args;
  const i32 pitch = conv.from.columns() * lanes<T>;
  T* to = block.inputs;
  for (i32 vector = 0; vector < conv.channelVectors; ++vector) {
    for (i32 rowPhase = 0; rowPhase < conv.from.rowStep; ++rowPhase) {
      withConstant<1, longestStride>(conv.from.columnStep, [&]<i32 phases>(Constant<phases>) {
        const auto transform = [&](i32 index, const T* square) {
          for (i32 phase = 0; phase < phases; ++phase) {
            mapTile<InputMap, T, lanes<T>, phases>(square + phase * lanes<T>, pitch, to + (phase * block.width + index) * lanes<T>, args.inputStride, 0);
          }
        };
        forEachPhaseTile<T>(args.x, args.channels, vector * lanes<T>, rowPhase, conv.from, block.first, block.end, block.strip, transform);
      });
      to += conv.from.columnStep * block.width * lanes<T>;
    }
  }
}

// to[row, column, lane] = the outputs of a tile of one phase.
template <class T, i32 taps>
[[gnu::noinline]] void mapOutputs(const T* sums, i32 stride, T* to, i32 rowStep, i32 columnStep) {
  mapSquare<typename PhaseMaps<taps>::Output, T>(
      [&](i32 j, Vector<T>(&line)[6]) {
        CONVGRAD_UNROLL
        for (i32 i = 0; i < 6; ++i) line[i] = load(sums + (i * 6 + j) * stride);
      },
      [&](i32 i, const Vector<T>(&line)[outputsOf(taps)]) {
        CONVGRAD_UNROLL
        for (i32 j = 0; j < outputsOf(taps); ++j) store(to + i * rowStep + j * columnStep, line[j]);
      });
}

// Planes of the result, one in each lane. Behind the last one stand copies of it: their outputs are the same and go to the same place.
template <class T>
struct PhasePlanes {
  Vector<T> bias;
  i32 offsets[lanes<T>];
};

// y[row, column] = columns [first, end) of a row of outputs.
template <class T>
[[gnu::noinline]] void storeOutputs(const T* row, i32 first, i32 end, const PhasePlanes<T>& planes, T* y) {
  i32 column = first;
  for (; column < end; column += 4) {
    Vector<T> line[4];
    CONVGRAD_UNROLL
    for (i32 k = 0; k < 4; ++k) line[k] = load(row + (column + k) * lanes<T>) + planes.bias;
    withConstant<1, 4>(minimum(end - column, 4), [&]<i32 count>(Constant<count>) { storeAcross<count, T>(line, y + column, planes.offsets); });
  }
}

// A vector of rows from `firstRow` on, for all tiles of a block, whose sums are `step` apart.
template <class T, i32 taps>
void transformOutputs(const PhaseConv<T>& conv, const PhaseBlock<T>& block, i32 firstRow, const T* sums, i32 step) {
  constexpr i32 outputs = outputsOf(taps);
  const PhaseConvArgs<T>& args = conv.args;
  const PhaseGrid& grid = conv.to;
  const i32 plane = grid.height * grid.width;
  const i32 columns = grid.columnStep * outputs, rows = grid.rowStep * outputs;
  T tileOutputs[(longestStride * outputs * longestStride * outputs + 3) * lanes<T>];
  PhasePlanes<T> planes = {};
  for (i32 lane = 0; lane < lanes<T>; ++lane) {
    const i32 row = minimum(firstRow + lane, args.rows - 1);
    planes.offsets[lane] = row * plane;
    if (args.bias) planes.bias[lane] = args.bias[row];
  }
  forEachImage(grid, block.first, block.end, [&](i32 image, i32 start, i32 stop) {
    T* images = args.y + image * args.rows * plane;
    for (i32 tile = start; tile < stop; ++tile, sums += step) {
      for (i32 phase = 0; phase < grid.phases(); ++phase) {
        const i32 y = phase / grid.columnStep, x = phase % grid.columnStep;
        mapOutputs<T, taps>(sums + phase * tilePoints * args.sumStride, args.sumStride, tileOutputs + (y * columns + x) * lanes<T>,
                            grid.rowStep * columns * lanes<T>, grid.columnStep * lanes<T>);
      }
      const i32 top = tile / grid.wide * rows - grid.top, left = tile % grid.wide * columns - grid.left;
      const i32 firstColumn = maximum(-left, 0), endColumn = minimum(columns, grid.width - left);
      for (i32 i = maximum(-top, 0); i < minimum(rows, grid.height - top); ++i) {
        storeOutputs<T>(tileOutputs + i * columns * lanes<T>, firstColumn, endColumn, planes, images + (top + i) * grid.width + left);
      }
    }
  });
}

template <class T, i32 taps>
void multiplyBlock(const PhaseConv<T>& conv, const Task& task) {
  const PhaseConvArgs<T>& args = conv.args;
  const PhaseBlock<T> block(conv, task);
  const RowTiles panels = rowPanels<T>(args.rows);
  const i32 shares = args.rowParts * args.partBlocks;
  const i32 firstShare = task.index % args.rowParts * args.partBlocks;
  transformInputs(conv, block);
  for (i32 share = firstShare; share < firstShare + args.partBlocks; ++share) {
    const i32 firstPanel = shareStart(panels.count, share, shares);
    const i32 endPanel = shareStart(panels.count, share + 1, shares);
    for (i32 phase = 0; phase < conv.to.phases(); ++phase) {
      multiplyPoints<T>({block.inputs, args.inputStride, args.transformed + phase * tilePoints * args.weightStride, args.weightStride,
                         block.sums + phase * tilePoints * args.sumStride, args.sumStride, block.width, conv.terms},
                        panels, firstPanel, endPanel);
    }
    const T* sums = block.sums;
    for (i32 panel = firstPanel; panel < endPanel; ++panel) {
      const i32 step = panels.height(panel) * lanes<T>;
      for (i32 column = 0; column < step; column += lanes<T>) {
        transformOutputs<T, taps>(conv, block, panels.start(panel) * lanes<T> + column, sums + column, step);
      }
      sums += block.width * step;
    }
  }
}

template <class T>
void phaseConv(const PhaseConvArgs<T>& args, Task task) {
  const PhaseConv<T> conv(args);
  withConstant<2, 3>(args.taps, [&]<i32 taps>(Constant<taps>) {
    if (args.stage == 0) transformWeights<T, taps>(conv, task);
    else multiplyBlock<T, taps>(conv, task);
  });
}

}  // namespace convgrad

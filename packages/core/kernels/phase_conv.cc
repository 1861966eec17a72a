// y = conv(x, weight) + bias with a stride of one or two and at most five taps for each phase of it, or (`transposed`) the adjoint by the
// input, which is as many convolutions as the stride has phases, whose results alternate along rows and columns.
//
// With stride s an output reads x[s o + t - padding]: of the tap t = s u + phase, the place o + u of the image that takes every s-th place
// from phase - padding on. So a strided convolution is one of stride 1 that reads as many images, each with taps u of its own; and the adjoint
// makes as many images, all from the same places. Winograd's algorithm serves both with few products, transforms no tile twice, and needs
// no taps at all where a phase has fewer than the others.
//
// Stage 0 transforms the weights into panels [term, column of the panel] for each phase of the result and each point, terms being phases of
// the channels, a vector of them at a time; its first tasks are shares of the rows' vectors and the channels. In stage 1 a task is a block of
// tiles and a share of the rows: some vectors of channels at a time it transforms its inputs and adds their products to the sums, which it
// transforms back. Where inputs are small beside the weights (`sharedInputs`), the other tasks of stage 0 transform them for all, and a task of
// stage 1 is about one row of phases of the result: so its weights stay in the cache for many tiles.
#include "phase_tiles.h"
#include "plane_columns.h"
#include "point_products.h"

namespace convgrad {

// What is read and what is made; one of both has the phases of the stride, the other one phase.
template <class T>
struct PhaseConv {
  const PhaseConvArgs<T>& args;
  i32 points, channelVectors, rowVectors, terms;
  PhaseGrid from, to;

  explicit PhaseConv(const PhaseConvArgs<T>& args) : args(args) {
    setAxis(1, from.y, to.y);
    setAxis(2, from.x, to.x);
    points = from.y.side * from.x.side;
    channelVectors = (args.channels + lanes<T> - 1) / lanes<T>;
    rowVectors = (args.rows + lanes<T> - 1) / lanes<T>;
    terms = channelVectors * from.phases() * lanes<T>;
  }

 private:
  void setAxis(i32 d, PhaseAxis& read, PhaseAxis& made) const {
    const i32 taps = args.taps[d], step = args.stride[d], padding = args.padding[d];
    const i32 outputs = outputsOf(taps), side = placesOf(taps);
    // Transposed, the first place that any phase of the result has, counted from the first output.
    const i32 first = padding / step;
    read = args.transposed ? PhaseAxis{args.inSize[d], taps - 1 - first, 1, 0, outputs, side} : PhaseAxis{args.inSize[d], padding, step, 0, outputs, side};
    made = args.transposed ? PhaseAxis{args.outSize[d], padding % step, step, 0, outputs, outputs} : PhaseAxis{args.outSize[d], 0, 1, 0, outputs, outputs};
    read.tiles = made.tiles = (made.size + made.before + made.step * outputs - 1) / (made.step * outputs);
  }
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
  const i32 columns = args.taps[2] * args.stride[2];
  for (i32 y = 0; y < args.taps[1] * args.stride[1]; ++y) {
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
template <class T, i32 down, i32 along>
[[gnu::noinline]] void mapTaps(const T* kernel, i32 rowStep, i32 columnStep, bool isFlipped, T* to, i32 stride) {
  constexpr i32 high = placesOf(down), wide = placesOf(along);
  mapRectangle<typename PhaseMaps<along>::Weight, typename PhaseMaps<down>::Weight, T>(
      [&](i32 i, Vector<T>(&line)[along]) {
        const T* row = kernel + (isFlipped ? down - 1 - i : i) * rowStep;
        CONVGRAD_UNROLL
        for (i32 j = 0; j < along; ++j) line[j] = load(row + (isFlipped ? along - 1 - j : j) * columnStep);
      },
      [&](i32 j, const Vector<T>(&line)[high]) {
        CONVGRAD_UNROLL
        for (i32 i = 0; i < high; ++i) store(to + (i * wide + j) * stride, line[i]);
      });
}

template <class T, i32 down, i32 along>
void transformWeights(const PhaseConv<T>& conv, i32 share, i32 shares) {
  const PhaseConvArgs<T>& args = conv.args;
  const RowTiles panels = rowPanels<T>(args.rows);
  const i32 rowPhases = args.stride[1], columnPhases = args.stride[2];
  const i32 columns = along * columnPhases;
  const i32 channels = conv.channelVectors * lanes<T>;
  T kernel[mostTaps * longestStride * mostTaps * longestStride * lanes<T>];
  const i32 end = shareStart(conv.rowVectors * channels, share + 1, shares);
  for (i32 item = shareStart(conv.rowVectors * channels, share, shares); item < end; ++item) {
    const i32 vector = item / channels, channel = item % channels;
    const i32 panel = panels.tileOf(vector), first = panels.start(panel);
    if (channel < args.channels) gatherKernel(conv, vector, channel, kernel);
    for (i32 phase = 0; phase < rowPhases * columnPhases; ++phase) {
      // A phase is one of the result's, or one of the terms'.
      const i32 part = args.transposed ? phase : 0;
      const i32 term = args.transposed ? channel : (channel / lanes<T> * conv.from.phases() + phase) * lanes<T> + channel % lanes<T>;
      T* to = args.transformed + part * conv.points * args.weightStride +
              (first * conv.terms + term * panels.height(panel) + vector - first) * lanes<T>;
      if (channel < args.channels) {
        const T* corner = kernel + (phase / columnPhases * columns + phase % columnPhases) * lanes<T>;
        mapTaps<T, down, along>(corner, rowPhases * columns * lanes<T>, columnPhases * lanes<T>, args.transposed != 0, to, args.weightStride);
      } else {
        for (i32 point = 0; point < conv.points; ++point) store(to + point * args.weightStride, Vector<T>{});
      }
    }
  }
}

// Tiles [first, end), their transformed inputs [vector of terms, tile, lane], vectors being `pitch` tiles apart, and where their sums go.
template <class T>
struct PhaseBlock {
  i32 first, end;
  i32 width;  // tiles, to whole register tiles
  T* inputs;
  i32 pitch;
  T* sums;

  PhaseBlock(const PhaseConv<T>& conv, i32 index, T* memory) {
    const PhaseConvArgs<T>& args = conv.args;
    first = index * args.blockTiles;
    end = minimum(first + args.blockTiles, args.batch * conv.to.tilesAnImage());
    width = (end - first + winogradRows - 1) / winogradRows * winogradRows;
    inputs = args.sharedInputs ? args.sharedInputs + first * lanes<T> : memory;
    pitch = args.sharedInputs ? args.inputPitch : width;
    sums = args.sharedInputs ? memory : memory + conv.points * args.inputStride;
  }
};

// The inputs of a vector of channels, of all phases.
template <class T, i32 down, i32 along>
void transformInputs(const PhaseConv<T>& conv, const PhaseBlock<T>& block, i32 vector, T* to, T* strip) {
  using Rows = typename PhaseMaps<down>::Input;
  using Columns = typename PhaseMaps<along>::Input;
  const PhaseConvArgs<T>& args = conv.args;
  const i32 pitch = conv.from.columns() * lanes<T>;
  for (i32 rowPhase = 0; rowPhase < conv.from.y.step; ++rowPhase) {
    withConstant<1, longestStride>(conv.from.x.step, [&]<i32 phases>(Constant<phases>) {
      const auto transform = [&](i32 index, const T* square) {
        for (i32 phase = 0; phase < phases; ++phase) {
          T* at = to + (phase * block.pitch + index) * lanes<T>;
          mapTileOf<Rows, Columns, T, lanes<T>>(square + phase * lanes<T>, pitch, Constant<phases>{}, at, args.inputStride, 0);
        }
      };
      forEachPhaseTile<T>(args.x, args.channels, vector * lanes<T>, rowPhase, conv.from, block.first, block.end, strip, transform);
    });
    for (i32 phase = 0; phase < conv.from.x.step; ++phase, to += block.pitch * lanes<T>) {
      clearTiles<T>(to, args.inputStride, conv.points, TileOrder::whole(block.end - block.first), block.width);
    }
  }
}

// to[row, column, lane] = the outputs of a tile of one phase.
template <class T, i32 down, i32 along>
[[gnu::noinline]] void mapOutputs(const T* sums, i32 stride, T* to, i32 rowStep, i32 columnStep) {
  constexpr i32 high = placesOf(down), wide = placesOf(along);
  mapRectangle<typename PhaseMaps<down>::Output, typename PhaseMaps<along>::Output, T>(
      [&](i32 j, Vector<T>(&line)[high]) {
        CONVGRAD_UNROLL
        for (i32 i = 0; i < high; ++i) line[i] = load(sums + (i * wide + j) * stride);
      },
      [&](i32 i, const Vector<T>(&line)[outputsOf(along)]) {
        CONVGRAD_UNROLL
        for (i32 j = 0; j < outputsOf(along); ++j) store(to + i * rowStep + j * columnStep, line[j]);
      });
}

// Columns of outputs that are put together before they are stored: most tiles end within a quad.
inline constexpr i32 columnsTogether = 32;

// A vector of rows from `firstRow` on, for all tiles of a block, whose sums are `step` apart: rows of phases [firstPhase, endPhase).
template <class T, i32 down, i32 along>
void transformOutputs(const PhaseConv<T>& conv, const PhaseBlock<T>& block, i32 firstPhase, i32 endPhase, i32 firstRow, const T* sums, i32 step) {
  const PhaseConvArgs<T>& args = conv.args;
  const PhaseGrid& grid = conv.to;
  const i32 plane = grid.y.size * grid.x.size;
  const i32 tileRows = grid.y.step * outputsOf(down), tileColumns = grid.x.step * outputsOf(along);
  T outputs[(longestStride * outputsOf(down) * columnsTogether + 3) * lanes<T>];
  const PlaneVector<T> planes = planeVector<T>(args, firstRow, plane);
  forEachImage(grid, block.first, block.end, [&](i32 image, i32 start, i32 stop) {
    T* images = args.y + image * args.rows * plane;
    const i32 firstPlace = start / grid.x.tiles * tileRows * grid.x.size;
    const i32 endPlace = minimum(((stop - 1) / grid.x.tiles + 1) * tileRows * grid.x.size, plane);
    for (i32 lane = 0; lane < lanes<T>; ++lane) prefetchLines(images + planes.offsets[lane] + firstPlace, endPlace - firstPlace);
    for (i32 tile = start, count; tile < stop; tile += count) {
      const i32 tileColumn = tile % grid.x.tiles;
      count = minimum(minimum(columnsTogether / tileColumns, grid.x.tiles - tileColumn), stop - tile);
      const i32 columns = count * tileColumns;
      for (i32 k = 0; k < count; ++k, sums += step) {
        const T* phaseSums = sums;
        for (i32 y = firstPhase; y < endPhase; ++y) {
          for (i32 x = 0; x < grid.x.step; ++x, phaseSums += conv.points * args.sumStride) {
            mapOutputs<T, down, along>(phaseSums, args.sumStride, outputs + (y * columns + k * tileColumns + x) * lanes<T>,
                                       grid.y.step * columns * lanes<T>, grid.x.step * lanes<T>);
          }
        }
      }
      const i32 top = tile / grid.x.tiles * tileRows - grid.y.before, left = tileColumn * tileColumns - grid.x.before;
      const i32 firstColumn = maximum(-left, 0), endColumn = minimum(columns, grid.x.size - left);
      for (i32 i = maximum(-top, 0); i < minimum(tileRows, grid.y.size - top); ++i) {
        if (i % grid.y.step < firstPhase || i % grid.y.step >= endPhase) continue;
        storeColumns<T>(outputs + i * columns * lanes<T>, firstColumn, endColumn, planes, images + (top + i) * grid.x.size + left);
      }
    }
  });
}

// Panels [firstPanel, endPanel) of the sums of rows of phases [firstPhase, endPhase): the products of some vectors of channels from `firstVector`
// on, whose inputs begin at `inputs`.
template <class T>
void multiplyPhases(const PhaseConv<T>& conv, const PhaseBlock<T>& block, i32 firstPhase, i32 endPhase, const RowTiles& panels, i32 firstPanel,
                    i32 endPanel, const T* inputs, i32 firstVector, i32 vectors) {
  const PhaseConvArgs<T>& args = conv.args;
  const i32 columns = conv.to.x.step, termsAVector = conv.from.phases() * lanes<T>;
  for (i32 phase = firstPhase * columns; phase < endPhase * columns; ++phase) {
    multiplyPoints<T>({inputs, args.inputStride, block.pitch, args.transformed + phase * conv.points * args.weightStride, args.weightStride,
                       conv.terms, firstVector * termsAVector, block.sums + (phase - firstPhase * columns) * conv.points * args.sumStride,
                       args.sumStride, block.width, TileOrder::whole(block.end - block.first), vectors * termsAVector, conv.points, firstVector > 0},
                      panels, firstPanel, endPanel);
  }
}

template <class T, i32 down, i32 along>
void placeSums(const PhaseConv<T>& conv, const PhaseBlock<T>& block, i32 firstPhase, i32 endPhase, const RowTiles& panels, i32 firstPanel,
               i32 endPanel) {
  const T* sums = block.sums;
  for (i32 panel = firstPanel; panel < endPanel; ++panel) {
    const i32 step = panels.height(panel) * lanes<T>;
    for (i32 column = 0; column < step; column += lanes<T>) {
      transformOutputs<T, down, along>(conv, block, firstPhase, endPhase, panels.start(panel) * lanes<T> + column, sums + column, step);
    }
    sums += block.width * step;
  }
}

template <class T, i32 down, i32 along>
void multiplyTiles(const PhaseConv<T>& conv, const Task& task, T* memory) {
  const PhaseConvArgs<T>& args = conv.args;
  const PhaseBlock<T> block(conv, task.index / args.rowParts, memory);
  T* strip = block.sums + conv.to.phases() * conv.points * args.sumStride;
  const RowTiles panels = rowPanels<T>(args.rows);
  const i32 shares = args.rowParts * args.partBlocks;
  const i32 firstShare = task.index % args.rowParts * args.partBlocks, phases = conv.to.y.step;
  for (i32 first = 0; first < conv.channelVectors; first += args.vectorsTogether) {
    const i32 vectors = minimum(args.vectorsTogether, conv.channelVectors - first);
    for (i32 v = 0; v < vectors; ++v) {
      transformInputs<T, down, along>(conv, block, first + v, block.inputs + v * conv.from.phases() * block.pitch * lanes<T>, strip);
    }
    for (i32 share = firstShare; share < firstShare + args.partBlocks; ++share) {
      const i32 firstPanel = shareStart(panels.count, share, shares), endPanel = shareStart(panels.count, share + 1, shares);
      multiplyPhases(conv, block, 0, phases, panels, firstPanel, endPanel, block.inputs, first, vectors);
      if (first + vectors == conv.channelVectors) placeSums<T, down, along>(conv, block, 0, phases, panels, firstPanel, endPanel);
    }
  }
}

template <class T, i32 down, i32 along>
void multiplyShared(const PhaseConv<T>& conv, const Task& task, T* memory) {
  const PhaseConvArgs<T>& args = conv.args;
  const i32 phases = conv.to.y.step;
  const i32 phase = task.index / args.blocks % phases, rowPart = task.index / args.blocks / phases;
  const PhaseBlock<T> block(conv, task.index % args.blocks, memory);
  const RowTiles panels = rowPanels<T>(args.rows);
  const i32 firstPanel = shareStart(panels.count, rowPart, args.rowParts), endPanel = shareStart(panels.count, rowPart + 1, args.rowParts);
  multiplyPhases(conv, block, phase, phase + 1, panels, firstPanel, endPanel, block.inputs, 0, conv.channelVectors);
  placeSums<T, down, along>(conv, block, phase, phase + 1, panels, firstPanel, endPanel);
}

template <class T, i32 down, i32 along>
void transformSharedInputs(const PhaseConv<T>& conv, i32 share, i32 shares, T* strip) {
  const PhaseConvArgs<T>& args = conv.args;
  const i32 items = conv.channelVectors * args.blocks;
  for (i32 item = shareStart(items, share, shares); item < shareStart(items, share + 1, shares); ++item) {
    const i32 vector = item / args.blocks;
    const PhaseBlock<T> block(conv, item % args.blocks, strip);
    transformInputs<T, down, along>(conv, block, vector, block.inputs + vector * conv.from.phases() * block.pitch * lanes<T>, strip);
  }
}

template <class T>
void phaseConv(const PhaseConvArgs<T>& args, Task task) {
  const PhaseConv<T> conv(args);
  T* memory = reinterpret_cast<T*>(static_cast<u8*>(args.scratch) + task.worker * args.scratchStride);
  withTaps(args.taps[1], args.taps[2], [&]<i32 down, i32 along>(Constant<down>, Constant<along>) {
    if (args.stage == 1) {
      if (args.sharedInputs) return multiplyShared<T, down, along>(conv, task, memory);
      return multiplyTiles<T, down, along>(conv, task, memory);
    }
    if (task.index < args.weightTasks) return transformWeights<T, down, along>(conv, task.index, args.weightTasks);
    transformSharedInputs<T, down, along>(conv, task.index - args.weightTasks, task.count - args.weightTasks, memory);
  });
}

}  // namespace convgrad

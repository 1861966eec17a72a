// The tiles of a convolution with kernels of two or three taps for each phase of its stride: see phase_conv.cc. Six places side by side
// make a tile, so that the transform of the inputs is that of winograd.h; two taps leave five outputs of them, F(5x5, 2x2), three taps four.
#pragma once

#include "winograd_tiles.h"

namespace convgrad {

struct OutputMapOfTwo {  // A^T
  static constexpr i32 from = 6, to = 5;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[6], Vector<T> (&y)[5]) {
    const Vector<T> evenP = x[1] + x[2], oddP = pointP<T> * (x[1] - x[2]);
    const Vector<T> evenQ = x[3] + x[4], oddQ = pointQ<T> * (x[3] - x[4]);
    y[0] = x[0] + evenP + evenQ;
    y[1] = oddP + oddQ;
    y[2] = T(0.5) * evenP + T(2) * evenQ;
    y[3] = T(0.5) * oddP + T(2) * oddQ;
    y[4] = x[5] + T(0.25) * evenP + T(4) * evenQ;
  }
};

struct CotangentMapOfTwo {  // A
  static constexpr i32 from = 5, to = 6;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[5], Vector<T> (&y)[6]) {
    const Vector<T> evenP = x[0] + T(0.5) * x[2] + T(0.25) * x[4], oddP = pointP<T> * (x[1] + T(0.5) * x[3]);
    const Vector<T> evenQ = x[0] + T(2) * x[2] + T(4) * x[4], oddQ = pointQ<T> * (x[1] + T(2) * x[3]);
    y[0] = x[0];
    y[1] = evenP + oddP;
    y[2] = evenP - oddP;
    y[3] = evenQ + oddQ;
    y[4] = evenQ - oddQ;
    y[5] = x[4];
  }
};

struct WeightMapOfTwo {  // G
  static constexpr i32 from = 2, to = 6;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[2], Vector<T> (&y)[6]) {
    const Vector<T> evenP = scaleP<T> * x[0], oddP = (scaleP<T> * pointP<T>) * x[1];
    const Vector<T> evenQ = scaleQ<T> * x[0], oddQ = (scaleQ<T> * pointQ<T>) * x[1];
    y[0] = x[0];
    y[1] = evenP + oddP;
    y[2] = evenP - oddP;
    y[3] = evenQ + oddQ;
    y[4] = evenQ - oddQ;
    y[5] = x[1];
  }
};

struct WeightGradientMapOfTwo {  // G^T
  static constexpr i32 from = 6, to = 2;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[6], Vector<T> (&y)[2]) {
    y[0] = x[0] + scaleP<T> * (x[1] + x[2]) + scaleQ<T> * (x[3] + x[4]);
    y[1] = x[5] + (scaleP<T> * pointP<T>) * (x[1] - x[2]) + (scaleQ<T> * pointQ<T>) * (x[3] - x[4]);
  }
};

template <i32 taps>
struct PhaseMaps {
  using Output = OutputMap;
  using Cotangent = CotangentMap;
  using Weight = WeightMap;
  using WeightGradient = WeightGradientMap;
};
template <>
struct PhaseMaps<2> {
  using Output = OutputMapOfTwo;
  using Cotangent = CotangentMapOfTwo;
  using Weight = WeightMapOfTwo;
  using WeightGradient = WeightGradientMapOfTwo;
};

constexpr i32 outputsOf(i32 taps) { return tileInputs + 1 - taps; }

// Phases along an axis, at most.
inline constexpr i32 longestStride = 2;

// The tiles of all images, over planes of height x width of which `top` rows and `left` columns of zeros lie before the first tile's corner.
// Each is a tile of every phase: the places of one are rowStep rows and columnStep columns apart, and a tile is `outputs` of them from the next.
struct PhaseGrid {
  i32 height, width, top, left, rowStep, columnStep, high, wide, outputs, side;
  i32 tilesAnImage() const { return high * wide; }
  i32 phases() const { return rowStep * columnStep; }
  // Places that the tiles of a row read side by side.
  i32 columns() const { return columnStep * (outputs * (wide - 1) + side); }
};

// Calls visit(index, square) for tiles [first, end), index counted from 0, of planes [image, channel], with the place of each in `strip`: there
// the rows of a phase that an image's tiles read are copied as the tiles reach them, [row, grid.columns(), lane], lanes being channels.
template <class T, class Visit>
[[gnu::always_inline]] inline void forEachPhaseTile(const T* x, i32 channels, i32 channel, i32 rowPhase, const PhaseGrid& grid, i32 first,
                                                    i32 end, T* strip, Visit visit) {
  const i32 plane = grid.height * grid.width;
  const i32 pitch = grid.columns() * lanes<T>;
  i32 index = 0;
  forEachImage(grid, first, end, [&](i32 image, i32 start, i32 stop) {
    const T* planes[lanes<T>];
    for (i32 lane = 0; lane < lanes<T>; ++lane) planes[lane] = x + (image * channels + minimum(channel + lane, channels - 1)) * plane;
    const i32 firstRow = start / grid.wide * grid.outputs;
    i32 row = firstRow, column = start % grid.wide, endRow = firstRow;
    for (i32 tile = start; tile < stop; ++tile, ++index) {
      for (; endRow < row + grid.side; ++endRow) {
        const i32 y = endRow * grid.rowStep + rowPhase - grid.top;
        copyLine<T>(planes, {y, grid.height, grid.width, -grid.left, 1, grid.columns()}, strip + (endRow - firstRow) * pitch);
      }
      visit(index, strip + (row - firstRow) * pitch + column * grid.outputs * grid.columnStep * lanes<T>);
      if (++column == grid.wide) {
        column = 0;
        row += grid.outputs;
      }
    }
  });
}

}  // namespace convgrad

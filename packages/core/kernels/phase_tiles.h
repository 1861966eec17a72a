// The tiles of a convolution with kernels of two, three or five taps for each phase of its stride: see phase_conv.cc. Six places side by side
// make a tile, so that the transform of the inputs is that of winograd.h; two taps leave five outputs of them, F(5x5, 2x2), three taps four, five taps two.
// Along an axis with one tap nothing is to be saved: there a tile is one place, F(1x4, 1x3).
#pragma once

#include "product.h"
#include "winograd_tiles.h"

namespace convgrad {

// The maps of winograd.h for as many outputs, or taps, as the six points leave. Of a polynomial's numbers at the points +-p and +-q even powers
// give the halves that are the same on both sides, odd ones those that change sign.
template <i32 outputs>
struct OutputMapOf {  // A^T
  static constexpr i32 from = 6, to = outputs;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[6], Vector<T> (&y)[outputs]) {
    const Vector<T> evenP = x[1] + x[2], oddP = pointP<T> * (x[1] - x[2]);
    const Vector<T> evenQ = x[3] + x[4], oddQ = pointQ<T> * (x[3] - x[4]);
    y[0] = x[0] + evenP + evenQ;
    y[1] = oddP + oddQ;
    if constexpr (outputs > 2) y[2] = T(0.5) * evenP + T(2) * evenQ;
    if constexpr (outputs > 3) y[3] = T(0.5) * oddP + T(2) * oddQ;
    if constexpr (outputs > 4) y[4] = T(0.25) * evenP + T(4) * evenQ;
    y[outputs - 1] += x[5];
  }
};

template <i32 outputs>
struct CotangentMapOf {  // A
  static constexpr i32 from = outputs, to = 6;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[outputs], Vector<T> (&y)[6]) {
    Vector<T> evenP = x[0], oddP = x[1], evenQ = x[0], oddQ = x[1];
    if constexpr (outputs > 2) evenP += T(0.5) * x[2], evenQ += T(2) * x[2];
    if constexpr (outputs > 3) oddP += T(0.5) * x[3], oddQ += T(2) * x[3];
    if constexpr (outputs > 4) evenP += T(0.25) * x[4], evenQ += T(4) * x[4];
    oddP *= pointP<T>;
    oddQ *= pointQ<T>;
    y[0] = x[0];
    y[1] = evenP + oddP;
    y[2] = evenP - oddP;
    y[3] = evenQ + oddQ;
    y[4] = evenQ - oddQ;
    y[5] = x[outputs - 1];
  }
};

template <i32 taps>
struct WeightMapOf {  // G
  static constexpr i32 from = taps, to = 6;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[taps], Vector<T> (&y)[6]) {
    Vector<T> evenP = x[0], oddP = x[1], evenQ = x[0], oddQ = x[1];
    if constexpr (taps > 2) evenP += T(0.5) * x[2], evenQ += T(2) * x[2];
    if constexpr (taps > 3) oddP += T(0.5) * x[3], oddQ += T(2) * x[3];
    if constexpr (taps > 4) evenP += T(0.25) * x[4], evenQ += T(4) * x[4];
    evenP *= scaleP<T>;
    oddP *= scaleP<T> * pointP<T>;
    evenQ *= scaleQ<T>;
    oddQ *= scaleQ<T> * pointQ<T>;
    y[0] = x[0];
    y[1] = evenP + oddP;
    y[2] = evenP - oddP;
    y[3] = evenQ + oddQ;
    y[4] = evenQ - oddQ;
    y[5] = x[taps - 1];
  }
};

template <i32 taps>
struct WeightGradientMapOf {  // G^T
  static constexpr i32 from = 6, to = taps;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[6], Vector<T> (&y)[taps]) {
    const Vector<T> evenP = scaleP<T> * (x[1] + x[2]), oddP = (scaleP<T> * pointP<T>) * (x[1] - x[2]);
    const Vector<T> evenQ = scaleQ<T> * (x[3] + x[4]), oddQ = (scaleQ<T> * pointQ<T>) * (x[3] - x[4]);
    y[0] = x[0] + evenP + evenQ;
    y[1] = oddP + oddQ;
    if constexpr (taps > 2) y[2] = T(0.5) * evenP + T(2) * evenQ;
    if constexpr (taps > 3) y[3] = T(0.5) * oddP + T(2) * oddQ;
    if constexpr (taps > 4) y[4] = T(0.25) * evenP + T(4) * evenQ;
    y[taps - 1] += x[5];
  }
};

template <i32 places>
struct NoMap {
  static constexpr i32 from = places, to = places;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[places], Vector<T> (&y)[places]) {
    for (i32 i = 0; i < places; ++i) y[i] = x[i];
  }
};

constexpr i32 placesOf(i32 taps) { return taps == 1 ? 1 : tileInputs; }
constexpr i32 outputsOf(i32 taps) { return placesOf(taps) + 1 - taps; }

// The maps along an axis.
template <i32 taps>
struct PhaseMaps {
  using Input = InputMap;
  using Output = OutputMapOf<outputsOf(taps)>;
  using Cotangent = CotangentMapOf<outputsOf(taps)>;
  using Weight = WeightMapOf<taps>;
  using WeightGradient = WeightGradientMapOf<taps>;
};
template <>
struct PhaseMaps<1> {
  using Input = NoMap<1>;
  using Output = NoMap<1>;
  using Cotangent = NoMap<1>;
  using Weight = NoMap<1>;
  using WeightGradient = NoMap<1>;
};

// Taps of a phase along an axis, at most. Along a single axis five save too little.
inline constexpr i32 mostTaps = 5;

// Calls `function` with the taps along both axes as constants: of two axes with several, each has as many.
template <class Function>
inline void withTaps(i32 down, i32 along, Function function) {
  if (down == 1) return along == 2 ? function(Constant<1>{}, Constant<2>{}) : function(Constant<1>{}, Constant<3>{});
  if (along == 1) return down == 2 ? function(Constant<2>{}, Constant<1>{}) : function(Constant<3>{}, Constant<1>{});
  if (down == 2) return function(Constant<2>{}, Constant<2>{});
  down == 3 ? function(Constant<3>{}, Constant<3>{}) : function(Constant<mostTaps>{}, Constant<mostTaps>{});
}

// Phases along an axis, at most.
inline constexpr i32 longestStride = 2;

// An axis of the tiles: planes of `size` places, of which `before` zeros lie before the first tile's corner. Each tile is one of every phase:
// the places of a phase are `step` apart, and a tile is `outputs` of them from the next, of which there are `tiles`, and reads `side`.
struct PhaseAxis {
  i32 size, before, step, tiles, outputs, side;
  // Places of a phase that all tiles read.
  i32 places() const { return outputs * (tiles - 1) + side; }
};

// The tiles of all images.
struct PhaseGrid {
  PhaseAxis y, x;
  i32 tilesAnImage() const { return y.tiles * x.tiles; }
  i32 phases() const { return y.step * x.step; }
  i32 columns() const { return x.step * x.places(); }
};

// Calls visit(index, square) for tiles [first, end), index counted from 0, of planes [image, channel], with the place of each in `strip`: there
// the rows of a phase that an image's tiles read are copied as the tiles reach them, [row, grid.columns(), lane], lanes being channels.
template <class T, class Visit>
[[gnu::always_inline]] inline void forEachPhaseTile(const T* x, i32 channels, i32 channel, i32 rowPhase, const PhaseGrid& grid, i32 first,
                                                    i32 end, T* strip, Visit visit) {
  const i32 plane = grid.y.size * grid.x.size;
  const i32 pitch = grid.columns() * lanes<T>;
  i32 index = 0;
  forEachImage(grid, first, end, [&](i32 image, i32 start, i32 stop) {
    const T* planes[lanes<T>];
    for (i32 lane = 0; lane < lanes<T>; ++lane) planes[lane] = x + (image * channels + minimum(channel + lane, channels - 1)) * plane;
    const i32 firstRow = start / grid.x.tiles * grid.y.outputs;
    i32 row = firstRow, column = start % grid.x.tiles, endRow = firstRow;
    for (i32 tile = start; tile < stop; ++tile, ++index) {
      for (; endRow < row + grid.y.side; ++endRow) {
        const i32 y = endRow * grid.y.step + rowPhase - grid.y.before;
        copyLine<T>(planes, {y, grid.y.size, grid.x.size, -grid.x.before, grid.columns()}, strip + (endRow - firstRow) * pitch);
      }
      visit(index, strip + (row - firstRow) * pitch + column * grid.x.outputs * grid.x.step * lanes<T>);
      if (++column == grid.x.tiles) {
        column = 0;
        row += grid.y.outputs;
      }
    }
  });
}

}  // namespace convgrad

// Convolutions that walk down a plane of an image as it lies there: no copy, no padding.
//
// A vector of outputs walks down the plane. Every line of the image is loaded once a column of the kernel and multiplied with all
// taps of that column, for as many outputs as there are taps, whose sums wait in registers. Lines above and below the image are left
// out, and lanes beside it are cleared by masks, so that whatever lies there is read but never seen.
#pragma once

#include "micro_kernel.h"
#include "vectors.h"

namespace convgrad {

// V8 has too few registers.
inline constexpr bool hasWalks = vectorRegisters >= 16;

// What one walk passes, as far as it does not depend on where in the row it walks.
struct PlaneWalk {
  i32 rows;                // of outputs
  i32 firstLine, endLine;  // of the rows + taps - 1 lines that the outputs read, those inside the image
  i32 width;               // of the image
  i32 columnStep;          // from a column of taps to the next, in the image
  std::ptrdiff_t lineStep, rowStep;  // from line to line of the image, from row to row of the result or gradient
  std::ptrdiff_t linesAhead, rowsAhead;  // from a line and from a row to what is called into the cache
};

// How far ahead a walk calls into the cache what it or the next one reads and writes: the same place of the next plane, or in a tall one some
// steps down.
inline i32 placesAhead(i32 height, i32 width, i32 step) { return height <= 32 ? height * width : 8 * step; }

// From tap to tap of the weights.
struct WeightSteps {
  i32 down, along;
};

// `width` numbers side by side: a vector, or half of one for short rows.
template <class T, i32 width>
struct WalkVectorOf {
  typedef T type __attribute__((vector_size(width * sizeof(T)), aligned(alignof(T)), may_alias));
};
template <class T, i32 width>
using WalkVector = typename WalkVectorOf<T, width>::type;
template <class T>
inline constexpr i32 halfLanes = lanes<T> >= 8 ? lanes<T> / 2 : lanes<T>;

template <class T, i32 width>
[[gnu::always_inline]] inline WalkVector<T, width> loadWalk(const T* p) { return *reinterpret_cast<const WalkVector<T, width>*>(p); }
template <class T, i32 width>
[[gnu::always_inline]] inline WalkVector<T, width> splatWalk(T x) { return x - WalkVector<T, width>{}; }

template <class T, i32 width>
[[gnu::always_inline]] inline WalkVector<T, width> maskedWalk(const T* p, WalkVector<Integer<T>, width> mask) {
  return reinterpret_cast<WalkVector<T, width>>(loadWalk<Integer<T>, width>(reinterpret_cast<const Integer<T>*>(p)) & mask);
}

template <class T, i32 width>
[[gnu::always_inline]] inline void pinWalk(WalkVector<T, width>& value) { asm volatile("" : CONVGRAD_VECTOR_REGISTER(value) : : "memory"); }

// Where in its lines the image a vector of outputs reads, column by column of the kernel, and which of the lanes are inside.
template <class T, i32 columns, i32 width>
struct PlaneView {
  using Mask = WalkVector<Integer<T>, width>;
  std::ptrdiff_t places[columns];
  Mask inside[columns];

  // `place`: the image's column that the first lane reads for the first column of taps.
  [[gnu::always_inline]] PlaneView(i32 place, i32 step, i32 imageWidth) {
    Mask lane;
    CONVGRAD_UNROLL
    for (i32 i = 0; i < width; ++i) lane[i] = i;
    CONVGRAD_UNROLL
    for (i32 c = 0; c < columns; ++c, place += step) {
      // Where no lane is inside, no farther from the image than need be.
      const i32 near = minimum(maximum(place, -width), imageWidth);
      places[c] = near;
      const Mask at = lane + static_cast<Integer<T>>(near);
      inside[c] = (at >= Mask{}) & (at < static_cast<Integer<T>>(imageWidth));
    }
  }

  [[gnu::always_inline]] WalkVector<T, width> read(const T* line, i32 c) const { return maskedWalk<T, width>(line + places[c], inside[c]); }
};

template <class T, i32 width, i32 taps>
[[gnu::always_inline]] inline void nextRow(WalkVector<T, width> (&window)[taps], WalkVector<T, width> first) {
  CONVGRAD_UNROLL
  for (i32 k = taps - 1; k > 0; --k) window[k] = window[k - 1];
  window[0] = first;
}

// The products of a line with all taps of some columns.
template <class T, i32 taps, i32 columns, i32 width>
[[gnu::always_inline]] inline void walkStep(WalkVector<T, width> (&sums)[taps], const WalkVector<T, width> (&factors)[taps][columns],
                                            const PlaneView<T, columns, width>& view, const T* line) {
  WalkVector<T, width> values[columns];
  CONVGRAD_UNROLL
  for (i32 c = 0; c < columns; ++c) values[c] = view.read(line, c);
  CONVGRAD_UNROLL
  for (i32 k = taps - 1; k >= 0; --k) {
    // Apart from the sum, so that rows need not wait for each other.
    WalkVector<T, width> products = factors[k][0] * values[0];
    CONVGRAD_UNROLL
    for (i32 c = 1; c < columns; ++c) products += factors[k][c] * values[c];
    sums[k] += products;
  }
}

// A vector of every row: y = start + the sum over columns c and taps k of
// weight[k * down + c * along] x[k * lineStep + place + c * columnStep], or y += it. `x` is the first line inside the image.
template <class T, i32 taps, i32 columns, i32 width>
[[gnu::noinline]] void planeWalk(const T* weight, WeightSteps steps, const T* x, const PlaneWalk& given, i32 place, T start, T* y, bool accumulate) {
  using V = WalkVector<T, width>;
  const PlaneWalk walk = given;
  V factors[taps][columns];
  CONVGRAD_UNROLL
  for (i32 k = 0; k < taps; ++k, weight += steps.down) {
    CONVGRAD_UNROLL
    for (i32 c = 0; c < columns; ++c) factors[k][c] = splatWalk<T, width>(weight[c * steps.along]);
  }
  const PlaneView<T, columns, width> view(place, walk.columnStep, walk.width);
  V sums[taps];
  CONVGRAD_UNROLL
  for (i32 k = 0; k < taps; ++k) sums[k] = splatWalk<T, width>(start);
  const auto step = [&](i32 line) __attribute__((always_inline)) {
    if (line < walk.firstLine || line >= walk.endLine) return;
    __builtin_prefetch(x + view.places[columns / 2] + walk.linesAhead);
    walkStep<T, taps, columns, width>(sums, factors, view, x);
    x += walk.lineStep;
  };
  i32 line = 0;
  // The sums of rows above the first are never stored.
  for (; line < taps - 1; ++line) {
    step(line);
    nextRow<T, width, taps>(sums, splatWalk<T, width>(start));
  }
  for (; line < walk.rows + taps - 1; ++line, y += walk.rowStep) {
    step(line);
    __builtin_prefetch(y + walk.rowsAhead, 1);
    if (accumulate) sums[taps - 1] += loadWalk<T, width>(y);
    *reinterpret_cast<V*>(y) = sums[taps - 1];
    nextRow<T, width, taps>(sums, splatWalk<T, width>(start));
  }
}

}  // namespace convgrad

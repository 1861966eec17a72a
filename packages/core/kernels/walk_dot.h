// The adjoint by the weight of a walk down a plane (see plane_walk.h): dot products of a gradient's plane with the image's lines as they
// lie there, one a tap, lane by lane.
#pragma once

#include "plane_walk.h"

namespace convgrad {

// The lanes [first, end) of a row, the others zero.
template <class T, i32 width>
[[gnu::always_inline]] inline WalkVector<Integer<T>, width> lanesBetween(i32 first, i32 end) {
  WalkVector<Integer<T>, width> lane;
  CONVGRAD_UNROLL
  for (i32 i = 0; i < width; ++i) lane[i] = i;
  return (lane >= static_cast<Integer<T>>(first)) & (lane < static_cast<Integer<T>>(end));
}

// sums[columns, taps, width] += the sum over rows r and vectors of rows of g[r * rowStep] x[(r + k) * lineStep + place + c * columnStep], 
// `x` is the first line inside the image, `count` the length of a row.
template <class T, i32 taps, i32 columns, i32 width>
[[gnu::noinline]] void walkDot(const T* g, const T* x, const PlaneWalk& given, i32 place, i32 count, T* sums) {
  using V = WalkVector<T, width>;
  const PlaneWalk walk = given;
  V values[columns][taps] = {};
  // The last vector lies over the one before it where the count is no multiple.
  const i32 last = maximum(count - width, 0);
  for (i32 column = 0; column < count; column += width) {
    const i32 first = minimum(column, last);
    const PlaneView<T, columns, width> view(place + first, walk.columnStep, walk.width);
    const WalkVector<Integer<T>, width> inside = lanesBetween<T, width>(column - first, count - first);
    const T* gradient = g + first;
    const T* image = x;
    V window[taps] = {};
    const auto step = [&](i32 line, auto isEdge) __attribute__((always_inline)) {
      if (line < walk.rows) {
        __builtin_prefetch(gradient + walk.rowsAhead);
        nextRow<T, width, taps>(window, maskedWalk<T, width>(gradient, inside));
        gradient += walk.rowStep;
      } else {
        nextRow<T, width, taps>(window, V{});
      }
      if (line < walk.firstLine || line >= walk.endLine) return;
      __builtin_prefetch(image + view.places[columns / 2] + walk.linesAhead);
      CONVGRAD_UNROLL
      for (i32 c = 0; c < columns; ++c) {
        const V value = view.read(image, c);
        CONVGRAD_UNROLL
        for (i32 k = 0; k < taps; ++k) {
          // Not 0 times what no tap sees, which might be infinite.
          if (isEdge && (line < k || line - k >= walk.rows)) continue;
          values[c][k] += window[k] * value;
        }
      }
      image += walk.lineStep;
    };
    i32 line = 0;
    for (; line < taps - 1; ++line) step(line, std::true_type{});
    for (; line < walk.rows; ++line) step(line, std::false_type{});
    for (; line < walk.rows + taps - 1; ++line) step(line, std::true_type{});
  }
  CONVGRAD_UNROLL
  for (i32 i = 0; i < columns * taps; ++i) *reinterpret_cast<V*>(sums + i * width) += values[i / taps][i % taps];
}

}  // namespace convgrad

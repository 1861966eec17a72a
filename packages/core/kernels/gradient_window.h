// A walk down the output's gradient of a depthwise convolution of 3x3 with stride 1 as it lies there, without a copy, that makes both gradients: every line is
// loaded once a column of the kernel, and meets three rows of the image's gradient, whose sums wait in registers, and three of the image.
#pragma once

#include "image_lines.h"
#include "walk_dot.h"

namespace convgrad {

// For rows r and lanes i, those of the gradient outside of the plane being 0:
//   dx[r * rowStep + i] = the sum over taps (j, c) of factors[3 j + c, i] g[(r + j) * lineStep + place + i + c]
//   sums[3 j + c, i] += the sum over rows of x[r * xStep + i] g[(r + j) * lineStep + place + i + c], x being 0 outside of lanes [first, end)
// `g` is the first line inside the plane.
template <class T, i32 width>
[[gnu::noinline]] void gradientWindow(const T* g, const PlaneWalk& given, i32 place, const T* factors, const T* x, i32 xStep, i32 first, i32 end,
                                      T* dx, T* sums) {
  using V = WalkVector<T, width>;
  constexpr i32 taps = kernelSide;
  const PlaneWalk walk = given;
  const PlaneView<T, taps, width> view(place, walk.columnStep, walk.width);
  const auto inside = lanesBetween<T, width>(first, end);
  V weights[taps][taps], values[taps][taps] = {}, results[taps] = {}, window[taps] = {};
  CONVGRAD_UNROLL
  for (i32 i = 0; i < taps * taps; ++i) weights[i / taps][i % taps] = loadWalk<T, width>(factors + i * lanes<T>);
  const auto step = [&](i32 line, auto isEdge) __attribute__((always_inline)) {
    if (line < walk.rows) {
      nextRow<T, width, taps>(window, maskedWalk<T, width>(x, inside));
      x += xStep;
    } else {
      nextRow<T, width, taps>(window, V{});
    }
    if (line < walk.firstLine || line >= walk.endLine) return;
    __builtin_prefetch(g + view.places[1] + walk.linesAhead);
    V lines[taps];
    CONVGRAD_UNROLL
    for (i32 c = 0; c < taps; ++c) lines[c] = view.read(g, c);
    CONVGRAD_UNROLL
    for (i32 j = taps - 1; j >= 0; --j) {
      // Apart from the sum, so that rows need not wait for each other.
      V products = weights[j][0] * lines[0];
      CONVGRAD_UNROLL
      for (i32 c = 1; c < taps; ++c) products += weights[j][c] * lines[c];
      results[j] += products;
      // Not 0 times what no tap sees above or below, which might be infinite.
      if (isEdge && (line < j || line - j >= walk.rows)) continue;
      CONVGRAD_UNROLL
      for (i32 c = 0; c < taps; ++c) values[j][c] += window[j] * lines[c];
    }
    g += walk.lineStep;
  };
  const auto put = [&]() __attribute__((always_inline)) {
    *reinterpret_cast<V*>(dx) = results[taps - 1];
    __builtin_prefetch(dx + walk.rowsAhead, 1);
    __builtin_prefetch(x + walk.rowsAhead);
    dx += walk.rowStep;
    nextRow<T, width, taps>(results, V{});
  };
  i32 line = 0;
  for (; line < taps - 1; ++line) {
    step(line, std::true_type{});
    nextRow<T, width, taps>(results, V{});
  }
  for (; line < walk.rows; ++line) {
    step(line, std::false_type{});
    put();
  }
  for (; line < walk.rows + taps - 1; ++line) {
    step(line, std::true_type{});
    put();
  }
  CONVGRAD_UNROLL
  for (i32 i = 0; i < taps * taps; ++i) *reinterpret_cast<V*>(sums + i * lanes<T>) += values[i / taps][i % taps];
}

}  // namespace convgrad

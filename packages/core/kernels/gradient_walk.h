// gradient_window.h where there are too few registers for it: the walk goes down a copy of the output's gradient with the zeros around it, and loads
// every place that an element of the image reaches for the one row.
#pragma once

#include "image_lines.h"
#include "plane_tile.h"
#include "walk_dot.h"

namespace convgrad {

inline constexpr i32 gradientTaps = kernelSide * kernelSide;

// For rows r and lanes i:
//   dx[r * dxStep + i] = the sum over taps (j, c) of factors[3 j + c, i] g[(r + j) * pitch + i + c]
//   sums[3 j + c, i] += the sum over rows of x[r * xStep + i] g[(r + j) * pitch + i + c], x being 0 outside of lanes [first, end) if it is masked
template <class T, i32 width, bool isMasked>
[[gnu::noinline]] void gradientWalk(const T* g, std::ptrdiff_t pitch, const T* factors, const T* x, std::ptrdiff_t xStep, i32 first,
                                    i32 end, i32 rows, T* dx, std::ptrdiff_t dxStep, T* sums) {
  using V = WalkVector<T, width>;
  const auto mask = lanesBetween<T, width>(first, end);
  V values[gradientTaps];
  CONVGRAD_UNROLL
  for (i32 tap = 0; tap < gradientTaps; ++tap) values[tap] = loadWalk<T, width>(sums + tap * lanes<T>);
  i32 sign = signOf(rows);
  V result = {};
  for (; rows > 0; --rows, g += pitch, x += xStep, dx += dxStep) {
    const V element = isMasked ? maskedWalk<T, width>(x, mask) : loadWalk<T, width>(x);
    const T* line = g;
    pinPointer(factors);
    CONVGRAD_UNROLL
    for (i32 tap = 0; tap < gradientTaps; ++tap) {
      const i32 column = tap % kernelSide;
      if (tap > 0 && column == 0) line += pitch;
      if (column == 0) pinPointer(line);
      // Two taps' loads fit beside the sums.
      if (tap % 2 == 1 && isBroken(sign, tap)) goto done;
      const V value = loadWalk<T, width>(line + column);
      const V factor = loadWalk<T, width>(factors + tap * lanes<T>);
      result = tap == 0 ? factor * value : result + factor * value;
      values[tap] += element * value;
      pinWalk<T, width>(result);
      pinWalk<T, width>(values[tap]);
    }
    *reinterpret_cast<V*>(dx) = result;
  }
done:
  // V8 places the sums as they are stored.
  *reinterpret_cast<V*>(sums + gradientTaps * lanes<T>) = result;
  asm volatile("" : : : "memory");
  CONVGRAD_UNROLL
  for (i32 tap = 0; tap < gradientTaps; ++tap) {
    *reinterpret_cast<V*>(sums + tap * lanes<T>) = values[tap];
    asm volatile("" : : : "memory");
  }
}

}  // namespace convgrad

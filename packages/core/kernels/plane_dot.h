// Register tiles of the adjoint by the weight on whole planes: dot products of a gradient's plane with an image's, one a tap, lane by lane.
#pragma once

#include "plane_tile.h"

namespace convgrad {

// Rows of outputs that a walk passes, and steps from row to row of both sides.
struct DotWalk {
  i32 rows;
  std::ptrdiff_t xStep, yStep;
};

template <class T, i32 taps>
[[gnu::always_inline]] inline void nextDotRow(Vector<T> (&window)[taps], Vector<T> first) {
  static_assert(taps <= 7);
  if constexpr (taps > 6) window[6] = window[5];
  if constexpr (taps > 5) window[5] = window[4];
  if constexpr (taps > 4) window[4] = window[3];
  if constexpr (taps > 3) window[3] = window[2];
  if constexpr (taps > 2) window[2] = window[1];
  if constexpr (taps > 1) window[1] = window[0];
  window[0] = first;
}

template <class T, i32 columns>
[[gnu::always_inline]] inline void nextLine(const T* (&lines)[columns], std::ptrdiff_t step) {
CONVGRAD_UNROLL
  for (i32 c = 0; c < columns; ++c) lines[c] += step;
}

// Adds the products of a row of the image that not all taps see.
template <class T, i32 taps, i32 columns>
[[gnu::always_inline]] inline void addEdge(Vector<T> (&values)[columns][taps], const T* g, const DotWalk& walk, const T* (&lines)[columns], i32 row) {
CONVGRAD_UNROLL
  for (i32 k = 0; k < taps; ++k) {
    if (row < k || row - k >= walk.rows) continue;
    const Vector<T> factor = load(g + (row - k) * walk.yStep);
CONVGRAD_UNROLL
    for (i32 c = 0; c < columns; ++c) values[c][k] += factor * load(lines[c]);
  }
  nextLine<T, columns>(lines, walk.xStep);
}

// sums[columns, taps, lanes] += lane by lane, the sum over rows r and `vectors` vectors of g[r * yStep ..] x[offsets[c] + (r + k) * xStep ..].
template <class T, i32 taps, i32 columns>
[[gnu::noinline]] void planeWalkDot(const T* g, const T* x, const i32* offsets, const DotWalk& given, i32 vectors, T* sums) {
  const DotWalk walk = given;
  i32 sign = signOf(walk.rows);
  Vector<T> values[columns][taps];
CONVGRAD_UNROLL
  for (i32 i = 0; i < columns * taps; ++i) values[i / taps][i % taps] = load(sums + i * lanes<T>);
  for (; vectors > 0; --vectors, g += lanes<T>, x += lanes<T>) {
    const T* lines[columns];
CONVGRAD_UNROLL
    for (i32 c = 0; c < columns; ++c) lines[c] = x + offsets[c];
    i32 row = 0;
    for (; row < taps - 1; ++row) addEdge<T, taps, columns>(values, g, walk, lines, row);
    if (row < walk.rows) {
      Vector<T> factors[taps];
CONVGRAD_UNROLL
      for (i32 k = 1; k < taps; ++k) factors[k - 1] = load(g + (row - k) * walk.yStep);
      const T* left = g + row * walk.yStep;
      for (i32 count = walk.rows - row; count > 0; --count, left += walk.yStep) {
        nextDotRow<T, taps>(factors, load(left));
CONVGRAD_UNROLL
        for (i32 c = 0; c < columns; ++c) {
          if (c > 0 && isBroken(sign, c)) goto done;
          const Vector<T> value = load(lines[c]);
CONVGRAD_UNROLL
          for (i32 k = 0; k < taps; ++k) {
            values[c][k] += factors[k] * value;
            pin<T>(values[c][k]);
          }
        }
        nextLine<T, columns>(lines, walk.xStep);
      }
      row = walk.rows;
    }
    for (; row < walk.rows + taps - 1; ++row) addEdge<T, taps, columns>(values, g, walk, lines, row);
  }
done:
CONVGRAD_UNROLL
  for (i32 i = 0; i < columns * taps; ++i) {
    store(sums + i * lanes<T>, values[i / taps][i % taps]);
    asm volatile("" : : : "memory");
  }
}

// sums[columns, taps, lanes] += the same for `rows` rows, of which taps read every `step`-th: g[r * yStep ..] x[offsets[c] + (r * step + k) * xStep ..].
template <class T, i32 taps, i32 step, i32 columns, i32 rows>
[[gnu::noinline]] void planeDotTile(const T* g, const T* x, const i32* offsets, const DotWalk& walk, i32 vectors, T* sums) {
  const std::ptrdiff_t xStep = walk.xStep, gStep = walk.yStep;
  Vector<T> values[columns][taps];
  const T* lines[columns];
CONVGRAD_UNROLL
  for (i32 c = 0; c < columns; ++c) lines[c] = x + offsets[c];
CONVGRAD_UNROLL
  for (i32 i = 0; i < columns * taps; ++i) values[i / taps][i % taps] = load(sums + i * lanes<T>);
  for (; vectors > 0; --vectors) {
    Vector<T> factors[rows];
CONVGRAD_UNROLL
    for (i32 r = 0; r < rows; ++r) factors[r] = load(g + r * gStep);
    g += lanes<T>;
CONVGRAD_UNROLL
    for (i32 c = 0; c < columns; ++c) {
      const T* line = lines[c];
      lines[c] += lanes<T>;
CONVGRAD_UNROLL
      for (i32 j = 0; j < tileLines<taps, step, rows>; ++j, line += xStep) {
        const Vector<T> value = load(line);
CONVGRAD_UNROLL
        for (i32 r = 0; r < rows; ++r) {
          const i32 k = j - r * step;
          if (k < 0 || k >= taps) continue;
          values[c][k] += factors[r] * value;
          pin<T>(values[c][k]);
        }
      }
    }
  }
CONVGRAD_UNROLL
  for (i32 i = 0; i < columns * taps; ++i) {
    store(sums + i * lanes<T>, values[i / taps][i % taps]);
    asm volatile("" : : : "memory");
  }
}

}  // namespace convgrad

// Register tiles of convolutions that work on whole planes of an image, without packing its rows into panels.
//
// The taps of a convolution are cut into columns of `taps` neighbours down the image. Where the rows that neighbouring outputs read
// lie one tap apart, a vector of outputs walks down the plane: every row of the image is loaded once and multiplied with all taps of
// its columns, for as many outputs as there are taps, whose sums wait in registers. Elsewhere a tile of some rows at a time loads a
// row once a column.
#pragma once

#include "micro_kernel.h"

namespace convgrad {

// Rows of the image that a tile reads.
template <i32 taps, i32 step, i32 rows>
inline constexpr i32 tileLines = (rows - 1) * step + taps;

// Whether to leave a loop: never, which neither clang nor V8 knows. V8 loads all that a block without branches loads at its beginning,
// and spills what does not fit; a branch to where the sums are stored ends a block at almost no cost. `sign` comes from signOf, and
// every place in a loop has a number of its own.
[[gnu::always_inline]] inline i32 signOf(i32 positive) {
  asm volatile("" : "+r"(positive));
  return positive >> 31;
}
[[gnu::always_inline]] inline bool isBroken([[maybe_unused]] i32& sign, [[maybe_unused]] i32 number) {
#if defined(__wasm__)
  asm volatile("" : "+r"(sign));
  return sign == number + 1;
#else
  return false;
#endif
}

// y[r][i] = start + the sum over columns c and taps k of weights[c, k] x[offsets[c] + (r * step + k) * unit + i] for `rows` rows, from i =
// `column` on `count` times `vectors` vectors.
template <class T, i32 taps, i32 step, i32 rows, i32 vectors>
[[gnu::noinline]] void planeTile(const T* weights, const i32* offsets, i32 columns, const T* x, std::ptrdiff_t unit, T start, T* const* y,
                                 i32 column, i32 count) {
  constexpr i32 linesAtOnce = maximum(1, (vectorRegisters - rows * vectors - taps) / vectors);
  i32 sign = signOf(columns);
  for (; count > 0; --count, column += vectors * lanes<T>) {
    Vector<T> sums[rows][vectors];
CONVGRAD_UNROLL
    for (i32 i = 0; i < rows * vectors; ++i) sums[i / vectors][i % vectors] = splat(start);
    const T* factor = weights;
    for (i32 c = 0; c < columns; ++c, factor += taps) {
      const T* line = x + offsets[c] + column;
      Vector<T> factors[taps];
CONVGRAD_UNROLL
      for (i32 k = 0; k < taps; ++k) factors[k] = splat(factor[k]);
CONVGRAD_UNROLL
      for (i32 j = 0; j < tileLines<taps, step, rows>; ++j, line += unit) {
        pinPointer(line);
        if (j > 0 && j % linesAtOnce == 0 && isBroken(sign, j)) goto done;
        Vector<T> values[vectors];
CONVGRAD_UNROLL
        for (i32 v = 0; v < vectors; ++v) values[v] = load(line + v * lanes<T>);
CONVGRAD_UNROLL
        for (i32 r = 0; r < rows; ++r) {
          const i32 k = j - r * step;
          if (k < 0 || k >= taps) continue;
CONVGRAD_UNROLL
          for (i32 v = 0; v < vectors; ++v) sums[r][v] += factors[k] * values[v];
CONVGRAD_UNROLL
          for (i32 v = 0; v < vectors; ++v) pin<T>(sums[r][v]);
        }
      }
    }
  done:
CONVGRAD_UNROLL
    for (i32 i = 0; i < rows * vectors; ++i) {
      store(y[i / vectors] + column + i % vectors * lanes<T>, sums[i / vectors][i % vectors]);
      asm volatile("" : : : "memory");
    }
  }
}

// Rows of outputs that a walk passes, and steps from row to row of both sides.
struct PlaneWalk {
  i32 rows;
  std::ptrdiff_t xStep, yStep;
};

template <class T, i32 taps>
[[gnu::always_inline]] inline void nextRow(Vector<T> (&window)[taps], Vector<T> first) {
  static_assert(taps <= 5);
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

// A step of a walk, whose lines begin `place` elements further.
template <class T, i32 taps, i32 columns>
[[gnu::always_inline]] inline void walkStep(Vector<T> (&sums)[taps], const Vector<T> (&factors)[taps][columns], const T* const (&lines)[columns],
                                            std::ptrdiff_t place) {
  Vector<T> values[columns];
CONVGRAD_UNROLL
  for (i32 c = 0; c < columns; ++c) values[c] = load(lines[c] + place);
CONVGRAD_UNROLL
  for (i32 k = taps - 1; k >= 0; --k) {
    // Apart from the sum, so that rows need not wait for each other.
    Vector<T> products = factors[k][0] * values[0];
CONVGRAD_UNROLL
    for (i32 c = 1; c < columns; ++c) products += factors[k][c] * values[c];
    sums[k] += products;
  }
}

// Columns of taps that a walk takes at a time, and vectors of a row that walk side by side, as far as registers go.
inline constexpr i32 mostWalkColumns = 3;
constexpr i32 walkColumns(i32 taps) { return taps * mostWalkColumns + taps + mostWalkColumns <= vectorRegisters ? mostWalkColumns : 1; }
constexpr i32 walkVectors(i32 taps) {
  const i32 columns = walkColumns(taps);
  return taps * columns + 2 * (taps + columns) + 2 <= vectorRegisters ? 2 : 1;
}

// `vectors` vectors of every row, `apart` elements from each other: y = start + the sum over columns c and taps k of
// weights[c, k] x[offsets[c] + k * xStep], or y += it.
template <class T, i32 taps, i32 columns, bool accumulate, i32 vectors>
[[gnu::noinline]] void planeWalkTile(const T* weights, const i32* offsets, const T* x, const PlaneWalk& walk, T start, T* y, std::ptrdiff_t apart) {
  const std::ptrdiff_t xStep = walk.xStep, yStep = walk.yStep;
  i32 rows = walk.rows;
  const T* lines[columns];
  Vector<T> factors[taps][columns];
  Vector<T> sums[vectors][taps];
CONVGRAD_UNROLL
  for (i32 c = 0; c < columns; ++c) {
    lines[c] = x + offsets[c];
CONVGRAD_UNROLL
    for (i32 k = 0; k < taps; ++k) factors[k][c] = splat(weights[c * taps + k]);
  }
CONVGRAD_UNROLL
  for (i32 v = 0; v < vectors; ++v) {
CONVGRAD_UNROLL
    for (i32 k = 0; k < taps; ++k) sums[v][k] = splat(start);
  }
  // The sums of rows above the first are never stored.
  for (i32 row = 1; row < taps; ++row) {
CONVGRAD_UNROLL
    for (i32 v = 0; v < vectors; ++v) {
      walkStep<T, taps, columns>(sums[v], factors, lines, v * apart);
      nextRow<T, taps>(sums[v], splat(start));
    }
    nextLine<T, columns>(lines, xStep);
  }
  for (; rows > 0; --rows, y += yStep) {
CONVGRAD_UNROLL
    for (i32 v = 0; v < vectors; ++v) {
      walkStep<T, taps, columns>(sums[v], factors, lines, v * apart);
      if constexpr (accumulate) sums[v][taps - 1] += load(y + v * apart);
    }
CONVGRAD_UNROLL
    for (i32 v = 0; v < vectors; ++v) {
      store(y + v * apart, sums[v][taps - 1]);
      nextRow<T, taps>(sums[v], splat(start));
    }
    nextLine<T, columns>(lines, xStep);
  }
}

}  // namespace convgrad

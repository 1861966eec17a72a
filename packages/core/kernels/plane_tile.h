// Register tiles of convolutions that work on whole planes of an image, without packing its rows into panels.
//
// The taps of a convolution are cut into columns of `taps` neighbours down the image. A tile of some rows at a time loads a row once a
// column.
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
  // Beside the sums and the factors: lines, and the products of one.
  constexpr i32 linesAtOnce = maximum(1, (vectorRegisters - 3 - rows * vectors - taps) / vectors);
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

}  // namespace convgrad

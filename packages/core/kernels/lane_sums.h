// What becomes of a dot tile: its sums over the lanes.
#pragma once

#include "micro_kernel.h"
#include "quads.h"
#include "vectors.h"

namespace convgrad {

// A vector in memory, its quads added up.
template <class T>
[[gnu::always_inline]] inline Quad<T> sumOfQuads(const T* x) {
  Quad<T> sum = loadQuad(x);
  CONVGRAD_UNROLL
  for (i32 i = 4; i < lanes<T>; i += 4) sum += loadQuad(x + i);
  return sum;
}

// The sum over the lanes of each of four vectors, `stride` elements apart.
template <class T>
[[gnu::always_inline]] inline Quad<T> sumOfEach(const T* x, i32 stride) {
  const Quad<T> a = sumOfQuads(x), b = sumOfQuads(x + stride), c = sumOfQuads(x + 2 * stride), d = sumOfQuads(x + 3 * stride);
  const Quad<T> ab = __builtin_shufflevector(a, b, 0, 1, 4, 5) + __builtin_shufflevector(a, b, 2, 3, 6, 7);
  const Quad<T> cd = __builtin_shufflevector(c, d, 0, 1, 4, 5) + __builtin_shufflevector(c, d, 2, 3, 6, 7);
  return __builtin_shufflevector(ab, cd, 0, 2, 4, 6) + __builtin_shufflevector(ab, cd, 1, 3, 5, 7);
}

// Adds a tile's sums to its place in the matrix of sums, or begins it with them.
template <class T, i32 rows, i32 tileColumns = dotColumnsFor(rows)>
[[gnu::noinline]] void addTile(const T* sums, i32 columns, bool isFirst, T* y, i32 pitch) {
  for (i32 j = 0; j < columns; ++j, y += pitch, sums += lanes<T>) {
    if constexpr (rows == 4 && lanes<T> >= 4) {
      const Quad<T> sum = sumOfEach(sums, tileColumns * lanes<T>);
      storeQuad(y, isFirst ? sum : loadQuad(y) + sum);
    } else {
      for (i32 i = 0; i < rows; ++i) {
        const T sum = sumOfLanes(sums + i * tileColumns * lanes<T>);
        y[i] = isFirst ? sum : y[i] + sum;
      }
    }
  }
}

}  // namespace convgrad

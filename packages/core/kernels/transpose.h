// y[column, row] = x[row, column] for small matrices, a square of vectors of 16 bytes at a time, which is the narrowest of any target:
// matrices may have fewer rows than a wider vector has lanes.
#pragma once

#include "quads.h"

namespace convgrad {

template <class T>
inline constexpr i32 squareSide = 16 / static_cast<i32>(sizeof(T));

template <class T>
[[gnu::always_inline]] inline void transposeSquare(T* y, i32 yStride, const T* x, i32 xStride) {
  if constexpr (squareSide<T> == 4) {
    Quad<T> a = loadQuad(x), b = loadQuad(x + xStride), c = loadQuad(x + 2 * xStride), d = loadQuad(x + 3 * xStride);
    transposeQuads<T>(a, b, c, d);
    storeQuad(y, a);
    storeQuad(y + yStride, b);
    storeQuad(y + 2 * yStride, c);
    storeQuad(y + 3 * yStride, d);
  } else {
    typedef T Pair __attribute__((vector_size(16), aligned(alignof(T)), may_alias));
    const auto row = [&](i32 i) { return *reinterpret_cast<const Pair*>(x + i * xStride); };
    const auto put = [&](i32 i, Pair v) { *reinterpret_cast<Pair*>(y + i * yStride) = v; };
    const Pair a = row(0), b = row(1);
    put(0, __builtin_shufflevector(a, b, 0, 2));
    put(1, __builtin_shufflevector(a, b, 1, 3));
  }
}

// A cache line's columns at a time, so that what is written of a row of y is written at once.
template <class T>
[[gnu::noinline]] void transpose(T* y, i32 yStride, const T* x, i32 xStride, i32 rows, i32 columns) {
  constexpr i32 side = squareSide<T>;
  constexpr i32 strip = 4 * side;
  const i32 wholeRows = rows / side * side;
  const i32 wholeColumns = columns / side * side;
  for (i32 first = 0; first < wholeColumns; first += strip) {
    const i32 end = minimum(first + strip, wholeColumns);
    for (i32 i = 0; i < wholeRows; i += side) {
      for (i32 j = first; j < end; j += side) transposeSquare(y + j * yStride + i, yStride, x + i * xStride + j, xStride);
    }
  }
  for (i32 i = 0; i < wholeRows; ++i) {
    for (i32 j = wholeColumns; j < columns; ++j) y[j * yStride + i] = x[i * xStride + j];
  }
  for (i32 i = wholeRows; i < rows; ++i) {
    for (i32 j = 0; j < columns; ++j) y[j * yStride + i] = x[i * xStride + j];
  }
}

}  // namespace convgrad

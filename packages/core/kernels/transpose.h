// y[column, row] = x[row, column] for small matrices, a square of vectors of 16 bytes at a time, which is the narrowest of any target:
// matrices may have fewer rows than a wider vector has lanes.
#pragma once

#include "kernel.h"

namespace convgrad {

template <class T>
struct ShortVectorOf {
  typedef T type __attribute__((vector_size(16), aligned(alignof(T)), may_alias));
};
template <class T>
inline constexpr i32 squareSide = 16 / static_cast<i32>(sizeof(T));

template <class T>
[[gnu::always_inline]] inline void transposeSquare(T* y, i32 yStride, const T* x, i32 xStride) {
  using V = typename ShortVectorOf<T>::type;
  const auto row = [&](i32 i) { return *reinterpret_cast<const V*>(x + i * xStride); };
  const auto put = [&](i32 i, V v) { *reinterpret_cast<V*>(y + i * yStride) = v; };
  if constexpr (squareSide<T> == 4) {
    const V a = row(0), b = row(1), c = row(2), d = row(3);
    const V abLow = __builtin_shufflevector(a, b, 0, 4, 1, 5), abHigh = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const V cdLow = __builtin_shufflevector(c, d, 0, 4, 1, 5), cdHigh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    put(0, __builtin_shufflevector(abLow, cdLow, 0, 1, 4, 5));
    put(1, __builtin_shufflevector(abLow, cdLow, 2, 3, 6, 7));
    put(2, __builtin_shufflevector(abHigh, cdHigh, 0, 1, 4, 5));
    put(3, __builtin_shufflevector(abHigh, cdHigh, 2, 3, 6, 7));
  } else {
    const V a = row(0), b = row(1);
    put(0, __builtin_shufflevector(a, b, 0, 2));
    put(1, __builtin_shufflevector(a, b, 1, 3));
  }
}

template <class T>
[[gnu::noinline]] void transpose(T* y, i32 yStride, const T* x, i32 xStride, i32 rows, i32 columns) {
  constexpr i32 side = squareSide<T>;
  const i32 wholeRows = rows / side * side;
  const i32 wholeColumns = columns / side * side;
  for (i32 i = 0; i < wholeRows; i += side) {
    for (i32 j = 0; j < wholeColumns; j += side) transposeSquare(y + j * yStride + i, yStride, x + i * xStride + j, xStride);
    for (i32 j = wholeColumns; j < columns; ++j) {
      for (i32 lane = 0; lane < side; ++lane) y[j * yStride + i + lane] = x[(i + lane) * xStride + j];
    }
  }
  for (i32 i = wholeRows; i < rows; ++i) {
    for (i32 j = 0; j < columns; ++j) y[j * yStride + i] = x[i * xStride + j];
  }
}

}  // namespace convgrad

// y[column, row] = x[row, column] for small matrices, a square of vectors at a time.
#pragma once

#include "kernel.h"

namespace convgrad {

template <class T>
[[gnu::always_inline]] inline void transposeSquare(T* y, i32 yStride, const T* x, i32 xStride) {
  if constexpr (lanes<T> == 4) {
    const Vector<T> a = load(x), b = load(x + xStride), c = load(x + 2 * xStride), d = load(x + 3 * xStride);
    const Vector<T> abLow = __builtin_shufflevector(a, b, 0, 4, 1, 5), abHigh = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const Vector<T> cdLow = __builtin_shufflevector(c, d, 0, 4, 1, 5), cdHigh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    store(y, __builtin_shufflevector(abLow, cdLow, 0, 1, 4, 5));
    store(y + yStride, __builtin_shufflevector(abLow, cdLow, 2, 3, 6, 7));
    store(y + 2 * yStride, __builtin_shufflevector(abHigh, cdHigh, 0, 1, 4, 5));
    store(y + 3 * yStride, __builtin_shufflevector(abHigh, cdHigh, 2, 3, 6, 7));
  } else if constexpr (lanes<T> == 2) {
    const Vector<T> a = load(x), b = load(x + xStride);
    store(y, __builtin_shufflevector(a, b, 0, 2));
    store(y + yStride, __builtin_shufflevector(a, b, 1, 3));
  } else {
    // By squares of vectors of 16 bytes.
    typedef T Part __attribute__((vector_size(16), aligned(alignof(T)), may_alias));
    constexpr i32 width = 16 / static_cast<i32>(sizeof(T));
    const auto at = [&](i32 i, i32 j) { return *reinterpret_cast<const Part*>(x + i * xStride + j); };
    const auto put = [&](i32 i, i32 j, Part v) { *reinterpret_cast<Part*>(y + i * yStride + j) = v; };
    for (i32 i = 0; i < lanes<T>; i += width) {
      for (i32 j = 0; j < lanes<T>; j += width) {
        if constexpr (width == 4) {
          const Part a = at(i, j), b = at(i + 1, j), c = at(i + 2, j), d = at(i + 3, j);
          const Part abLow = __builtin_shufflevector(a, b, 0, 4, 1, 5), abHigh = __builtin_shufflevector(a, b, 2, 6, 3, 7);
          const Part cdLow = __builtin_shufflevector(c, d, 0, 4, 1, 5), cdHigh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
          put(j, i, __builtin_shufflevector(abLow, cdLow, 0, 1, 4, 5));
          put(j + 1, i, __builtin_shufflevector(abLow, cdLow, 2, 3, 6, 7));
          put(j + 2, i, __builtin_shufflevector(abHigh, cdHigh, 0, 1, 4, 5));
          put(j + 3, i, __builtin_shufflevector(abHigh, cdHigh, 2, 3, 6, 7));
        } else {
          const Part a = at(i, j), b = at(i + 1, j);
          put(j, i, __builtin_shufflevector(a, b, 0, 2));
          put(j + 1, i, __builtin_shufflevector(a, b, 1, 3));
        }
      }
    }
  }
}

template <class T>
[[gnu::noinline]] void transpose(T* y, i32 yStride, const T* x, i32 xStride, i32 rows, i32 columns) {
  const i32 wholeRows = rows / lanes<T> * lanes<T>;
  const i32 wholeColumns = columns / lanes<T> * lanes<T>;
  for (i32 i = 0; i < wholeRows; i += lanes<T>) {
    for (i32 j = 0; j < wholeColumns; j += lanes<T>) transposeSquare(y + j * yStride + i, yStride, x + i * xStride + j, xStride);
    for (i32 j = wholeColumns; j < columns; ++j) {
      for (i32 lane = 0; lane < lanes<T>; ++lane) y[j * yStride + i + lane] = x[(i + lane) * xStride + j];
    }
  }
  for (i32 i = wholeRows; i < rows; ++i) {
    for (i32 j = 0; j < columns; ++j) y[j * yStride + i] = x[i * xStride + j];
  }
}

}  // namespace convgrad

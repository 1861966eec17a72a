// y[column, row] = x[row, column] for small matrices: squares of whole vectors, and what is left a square of vectors of 16 bytes at a
// time, which is the narrowest of any target: matrices may have fewer rows than a wider vector has lanes.
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

// From the lane `first` on, runs of so many quads of two vectors in turns.
template <int first, int quads, class V, int... i>
[[gnu::always_inline]] inline V joinQuads(V a, V b, std::integer_sequence<int, i...>) {
  constexpr int count = sizeof...(i), run = 4 * quads;
  return __builtin_shufflevector(a, b, first + i / (2 * run) * run + i % run + i % (2 * run) / run * count...);
}

// A square of whole vectors, of eight lanes or sixteen.
template <class T>
[[gnu::always_inline]] inline void transposeLanes(T* y, i32 yStride, const T* x, i32 xStride) {
  constexpr int count = lanes<T>;
  constexpr std::make_integer_sequence<int, count> each;
  Vector<T> rows[count];
#pragma GCC unroll 16
  for (int i = 0; i < count; ++i) rows[i] = load(x + i * xStride);
#pragma GCC unroll 16
  for (int i = 0; i < count; i += 4) transposeFours<T>(rows[i], rows[i + 1], rows[i + 2], rows[i + 3], each);
#pragma GCC unroll 16
  for (int i = 0; i < 4; ++i) {
    const Vector<T> low = joinQuads<0, 1>(rows[i], rows[4 + i], each), high = joinQuads<count / 2, 1>(rows[i], rows[4 + i], each);
    if constexpr (count == 8) {
      store(y + i * yStride, low);
      store(y + (4 + i) * yStride, high);
    } else {
      const Vector<T> nextLow = joinQuads<0, 1>(rows[8 + i], rows[12 + i], each), nextHigh = joinQuads<8, 1>(rows[8 + i], rows[12 + i], each);
      store(y + i * yStride, joinQuads<0, 2>(low, nextLow, each));
      store(y + (4 + i) * yStride, joinQuads<8, 2>(low, nextLow, each));
      store(y + (8 + i) * yStride, joinQuads<0, 2>(high, nextHigh, each));
      store(y + (12 + i) * yStride, joinQuads<8, 2>(high, nextHigh, each));
    }
  }
}

// A cache line's columns at a time, so that what is written of a row of y is written at once.
template <class T>
void transposeBySquares(T* y, i32 yStride, const T* x, i32 xStride, i32 rows, i32 columns) {
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

template <class T>
[[gnu::noinline]] void transpose(T* y, i32 yStride, const T* x, i32 xStride, i32 rows, i32 columns) {
  constexpr i32 side = lanes<T>;
  i32 wideRows = 0, wideColumns = 0;
  if constexpr (side >= 8) {
    wideRows = rows / side * side;
    wideColumns = wideRows > 0 ? columns / side * side : 0;
    // Along few rows of x at a time, which a processor reads ahead.
    for (i32 i = 0; i < wideRows; i += side) {
      for (i32 j = 0; j < wideColumns; j += side) transposeLanes(y + j * yStride + i, yStride, x + i * xStride + j, xStride);
    }
  }
  if (wideRows > 0 && wideColumns < columns) transposeBySquares(y + wideColumns * yStride, yStride, x + wideColumns, xStride, wideRows, columns - wideColumns);
  if (wideRows < rows) transposeBySquares(y + wideRows, yStride, x + wideRows * xStride, xStride, rows - wideRows, columns);
}

}  // namespace convgrad

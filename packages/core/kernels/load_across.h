// Vectors whose lanes come from places of their own, or go to them: transposed four lanes at a time.
#pragma once

#include "micro_kernel.h"

namespace convgrad {

// A vector of four lanes, of which the wider ones are made.
template <class T>
struct QuadOf {
  typedef T type __attribute__((vector_size(4 * sizeof(T)), aligned(alignof(T)), may_alias));
};
template <class T>
using Quad = typename QuadOf<T>::type;

template <class T>
[[gnu::always_inline]] inline Quad<T> loadQuad(const T* p) { return *reinterpret_cast<const Quad<T>*>(p); }

template <class T>
[[gnu::always_inline]] inline void storeQuad(T* p, Quad<T> value) { *reinterpret_cast<Quad<T>*>(p) = value; }

// rows[k] = the numbers at places p[0] + k, .. p[3] + k, for k < 4 and up to `count`.
template <class T, i32 count>
[[gnu::always_inline]] inline void transposeQuads(const T* const* p, i32 offset, Quad<T> (&rows)[count]) {
  const Quad<T> a = loadQuad(p[0] + offset), b = loadQuad(p[1] + offset), c = loadQuad(p[2] + offset), d = loadQuad(p[3] + offset);
  const Quad<T> abLow = __builtin_shufflevector(a, b, 0, 4, 1, 5), abHigh = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Quad<T> cdLow = __builtin_shufflevector(c, d, 0, 4, 1, 5), cdHigh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  rows[0] = __builtin_shufflevector(abLow, cdLow, 0, 1, 4, 5);
  rows[1] = __builtin_shufflevector(abLow, cdLow, 2, 3, 6, 7);
  rows[2] = __builtin_shufflevector(abHigh, cdHigh, 0, 1, 4, 5);
  rows[3] = __builtin_shufflevector(abHigh, cdHigh, 2, 3, 6, 7);
  if constexpr (count == 6) {
    const Quad<T> e = loadQuad(p[0] + offset + 4), f = loadQuad(p[1] + offset + 4), g = loadQuad(p[2] + offset + 4), h = loadQuad(p[3] + offset + 4);
    const Quad<T> ef = __builtin_shufflevector(e, f, 0, 4, 1, 5), gh = __builtin_shufflevector(g, h, 0, 4, 1, 5);
    rows[4] = __builtin_shufflevector(ef, gh, 0, 1, 4, 5);
    rows[5] = __builtin_shufflevector(ef, gh, 2, 3, 6, 7);
  }
}

// line[k] = the numbers at places p[lane] + k, of which whole quads are read.
template <class T, i32 count>
[[gnu::always_inline]] inline void loadAcross(const T* const (&p)[lanes<T>], i32 offset, Vector<T> (&line)[count]) {
  static_assert(count == 4 || count == 6);
  if constexpr (lanes<T> == 4) {
    transposeQuads<T, count>(p, offset, line);
  } else if constexpr (lanes<T> == 8) {
    Quad<T> low[count], high[count];
    transposeQuads<T, count>(p, offset, low);
    transposeQuads<T, count>(p + 4, offset, high);
    CONVGRAD_UNROLL
    for (i32 k = 0; k < count; ++k) line[k] = __builtin_shufflevector(low[k], high[k], 0, 1, 2, 3, 4, 5, 6, 7);
  } else if constexpr (lanes<T> == 16) {
    Quad<T> quads[4][count];
    CONVGRAD_UNROLL
    for (i32 quad = 0; quad < 4; ++quad) transposeQuads<T, count>(p + 4 * quad, offset, quads[quad]);
    CONVGRAD_UNROLL
    for (i32 k = 0; k < count; ++k) {
      const auto low = __builtin_shufflevector(quads[0][k], quads[1][k], 0, 1, 2, 3, 4, 5, 6, 7);
      const auto high = __builtin_shufflevector(quads[2][k], quads[3][k], 0, 1, 2, 3, 4, 5, 6, 7);
      line[k] = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    }
  } else {
    for (i32 k = 0; k < count; ++k) {
      for (i32 lane = 0; lane < lanes<T>; ++lane) line[k][lane] = p[lane][offset + k];
    }
  }
}

}  // namespace convgrad

// Vectors whose lanes come from places of their own, or go to them: transposed four lanes at a time.
#pragma once

#include "micro_kernel.h"
#include "quads.h"

namespace convgrad {

// rows[k] = the numbers at places p[0] + k, .. p[3] + k, for k < 4 and up to `count`.
template <class T, i32 count>
[[gnu::always_inline]] inline void loadAcrossFour(const T* const* p, i32 offset, Quad<T> (&rows)[count]) {
  CONVGRAD_UNROLL
  for (i32 i = 0; i < 4; ++i) rows[i] = loadQuad(p[i] + offset);
  transposeQuads<T>(rows[0], rows[1], rows[2], rows[3]);
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
    loadAcrossFour<T, count>(p, offset, line);
  } else if constexpr (lanes<T> == 8) {
    Quad<T> low[count], high[count];
    loadAcrossFour<T, count>(p, offset, low);
    loadAcrossFour<T, count>(p + 4, offset, high);
    CONVGRAD_UNROLL
    for (i32 k = 0; k < count; ++k) line[k] = __builtin_shufflevector(low[k], high[k], 0, 1, 2, 3, 4, 5, 6, 7);
  } else if constexpr (lanes<T> == 16) {
    Quad<T> quads[4][count];
    CONVGRAD_UNROLL
    for (i32 quad = 0; quad < 4; ++quad) loadAcrossFour<T, count>(p + 4 * quad, offset, quads[quad]);
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

// The numbers of each lane of a, b, c and d to to[lane] + row * pitch[lane], side by side.
template <class T>
[[gnu::always_inline]] inline void storeAcross(Vector<T> a, Vector<T> b, Vector<T> c, Vector<T> d, T* const (&to)[lanes<T>], i32 row,
                                               const i32 (&pitch)[lanes<T>]) {
  constexpr i32 quads = lanes<T> / 4;
  Quad<T> parts[4][quads];
  std::memcpy(parts[0], &a, sizeof a);
  std::memcpy(parts[1], &b, sizeof b);
  std::memcpy(parts[2], &c, sizeof c);
  std::memcpy(parts[3], &d, sizeof d);
  CONVGRAD_UNROLL
  for (i32 quad = 0; quad < quads; ++quad) {
    transposeQuads<T>(parts[0][quad], parts[1][quad], parts[2][quad], parts[3][quad]);
    CONVGRAD_UNROLL
    for (i32 i = 0; i < 4; ++i) storeQuad(to[4 * quad + i] + row * pitch[4 * quad + i], parts[i][quad]);
  }
}

}  // namespace convgrad

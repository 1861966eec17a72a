// Vectors whose lanes come from places of their own, or go to them: transposed four lanes at a time.
#pragma once

#include "micro_kernel.h"
#include "quads.h"

namespace convgrad {

// line[k] = the numbers k of the quads quadOf(lane).
template <class T, class QuadOf>
[[gnu::always_inline]] inline void gatherQuads(QuadOf quadOf, Vector<T> (&line)[4]) {
  if constexpr (lanes<T> == 4) {
    CONVGRAD_UNROLL
    for (i32 k = 0; k < 4; ++k) line[k] = quadOf(k);
  } else if constexpr (lanes<T> == 8) {
    CONVGRAD_UNROLL
    for (i32 k = 0; k < 4; ++k) line[k] = __builtin_shufflevector(quadOf(k), quadOf(4 + k), 0, 1, 2, 3, 4, 5, 6, 7);
  } else {
    static_assert(lanes<T> == 16);
    CONVGRAD_UNROLL
    for (i32 k = 0; k < 4; ++k) {
      const auto low = __builtin_shufflevector(quadOf(k), quadOf(4 + k), 0, 1, 2, 3, 4, 5, 6, 7);
      const auto high = __builtin_shufflevector(quadOf(8 + k), quadOf(12 + k), 0, 1, 2, 3, 4, 5, 6, 7);
      line[k] = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    }
  }
  transposeFours<T>(line[0], line[1], line[2], line[3], std::make_integer_sequence<int, lanes<T>>());
}

// line[k] = the numbers at places p[lane] + offset + k.
template <class T>
[[gnu::always_inline]] inline void loadAcross(const T* const (&p)[lanes<T>], i32 offset, Vector<T> (&line)[4]) {
  gatherQuads<T>([&](i32 lane) __attribute__((always_inline)) { return loadQuad(p[lane] + offset); }, line);
}

// Where lanes begin that have four numbers each.
template <class T>
struct QuadOffsets {
  i32 of[lanes<T>];
  constexpr QuadOffsets() : of() {
    for (i32 lane = 0; lane < lanes<T>; ++lane) of[lane] = 4 * lane;
  }
};

// The first `count` numbers of a quad.
template <i32 count, class T>
[[gnu::always_inline]] inline void storeFirst(T* p, Quad<T> quad) {
  if constexpr (count == 4) return storeQuad(p, quad);
  if constexpr (count >= 2) std::memcpy(p, &quad, 2 * sizeof(T));
  if constexpr (count % 2 == 1) p[count - 1] = quad[count - 1];
}

template <i32 count, class T, int... quad>
[[gnu::always_inline]] inline void storeQuads(T* to, const i32* offsets, Vector<T> v, std::integer_sequence<int, quad...>) {
  (storeFirst<count, T>(to + offsets[4 * quad], lanesFrom<4 * quad>(v, std::make_integer_sequence<int, 4>())), ...);
}

// The first `count` numbers of each lane of line[0] to line[3] side by side, to + offsets[lane] on.
template <i32 count, class T>
[[gnu::always_inline]] inline void storeAcross(const Vector<T> (&line)[4], T* to, const i32 (&offsets)[lanes<T>]) {
  Vector<T> a = line[0], b = line[1], c = line[2], d = line[3];
  transposeFours<T>(a, b, c, d, std::make_integer_sequence<int, lanes<T>>());
  constexpr auto quads = std::make_integer_sequence<int, lanes<T> / 4>();
  storeQuads<count, T>(to, offsets, a, quads);
  storeQuads<count, T>(to, offsets + 1, b, quads);
  storeQuads<count, T>(to, offsets + 2, c, quads);
  storeQuads<count, T>(to, offsets + 3, d, quads);
}

}  // namespace convgrad

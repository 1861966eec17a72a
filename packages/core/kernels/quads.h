// Four elements side by side: the narrowest vector of four-byte elements on any target, of which the wider ones are made.
#pragma once

#include <utility>

#include "kernel.h"

namespace convgrad {

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

// Exchanges the rows and columns of a square of which each quad is a row.
template <class T>
[[gnu::always_inline]] inline void transposeQuads(Quad<T>& a, Quad<T>& b, Quad<T>& c, Quad<T>& d) {
  const Quad<T> abLow = __builtin_shufflevector(a, b, 0, 4, 1, 5), abHigh = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Quad<T> cdLow = __builtin_shufflevector(c, d, 0, 4, 1, 5), cdHigh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(abLow, cdLow, 0, 1, 4, 5);
  b = __builtin_shufflevector(abLow, cdLow, 2, 3, 6, 7);
  c = __builtin_shufflevector(abHigh, cdHigh, 0, 1, 4, 5);
  d = __builtin_shufflevector(abHigh, cdHigh, 2, 3, 6, 7);
}

// The same in each four lanes of vectors of any width.
template <class T, int... i>
[[gnu::always_inline]] inline void transposeFours(Vector<T>& a, Vector<T>& b, Vector<T>& c, Vector<T>& d, std::integer_sequence<int, i...>) {
  constexpr int count = sizeof...(i);
  using V = Vector<T>;
  const V abLow = __builtin_shufflevector(a, b, i / 4 * 4 + i % 4 / 2 + i % 2 * count...);
  const V abHigh = __builtin_shufflevector(a, b, i / 4 * 4 + i % 4 / 2 + 2 + i % 2 * count...);
  const V cdLow = __builtin_shufflevector(c, d, i / 4 * 4 + i % 4 / 2 + i % 2 * count...);
  const V cdHigh = __builtin_shufflevector(c, d, i / 4 * 4 + i % 4 / 2 + 2 + i % 2 * count...);
  a = __builtin_shufflevector(abLow, cdLow, i / 4 * 4 + i % 2 + i % 4 / 2 * count...);
  b = __builtin_shufflevector(abLow, cdLow, i / 4 * 4 + i % 2 + 2 + i % 4 / 2 * count...);
  c = __builtin_shufflevector(abHigh, cdHigh, i / 4 * 4 + i % 2 + i % 4 / 2 * count...);
  d = __builtin_shufflevector(abHigh, cdHigh, i / 4 * 4 + i % 2 + 2 + i % 4 / 2 * count...);
}

// Lanes [first, first + the sequence's length).
template <int first, class V, int... i>
[[gnu::always_inline]] inline auto lanesFrom(V v, std::integer_sequence<int, i...>) { return __builtin_shufflevector(v, v, first + i...); }

}  // namespace convgrad

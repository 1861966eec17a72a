// Vectors of elements that neighbouring windows see.
#pragma once

#include "constant.h"
#include "vectors.h"

namespace convgrad {

// f(stride), where the usual strides are constants that the compiler makes loops of its own for.
template <class F>
inline void withStride(i32 stride, F f) {
  if (stride == 1) return f(Constant<1>{});
  if (stride == 2) return f(Constant<2>{});
  f(stride);
}

template <class T>
inline Vector<T> loadStrided(const T* x, Constant<1>) { return load(x); }
template <class T>
inline Vector<T> loadStrided(const T* x, Constant<2>) { return evenElements(load(x), load(x + lanes<T>), LaneSequence<T>{}); }
template <class T>
inline Vector<T> loadStrided(const T* x, i32 stride) {
  Vector<T> v;
#pragma GCC unroll 16
  for (int i = 0; i < lanes<T>; ++i) v[i] = x[i * stride];
  return v;
}

// 0, stride, 2 stride, ..: one a lane.
template <class T>
inline Vector<Integer<T>> strideLanes(i32 stride) {
  Vector<Integer<T>> v;
#pragma GCC unroll 16
  for (int i = 0; i < lanes<T>; ++i) v[i] = i * stride;
  return v;
}

// The lanes of two vectors by turns: those of their first halves, and of their second.
template <class V, int... i>
inline V alternateLow(V even, V odd, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(even, odd, i / 2 + i % 2 * static_cast<int>(sizeof...(i))...);
}
template <class V, int... i>
inline V alternateHigh(V even, V odd, std::integer_sequence<int, i...>) {
  constexpr int count = sizeof...(i);
  return __builtin_shufflevector(even, odd, count / 2 + i / 2 + i % 2 * count...);
}

}  // namespace convgrad

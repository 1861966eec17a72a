// Small tools over vectors of the target's width: partial loads and stores, lane-wise functions, NaN-aware extremes.
#pragma once

#include <cmath>
#include <limits>
#include <utility>

#include "constant.h"
#include "kernel.h"

namespace convgrad {

template <class T>
struct IntegerOf;
template <>
struct IntegerOf<f32> { using type = i32; };
template <>
struct IntegerOf<f64> { using type = i64; };
template <>
struct IntegerOf<i32> { using type = i32; };
// Integers as wide as T: what comparisons of its vectors give.
template <class T>
using Integer = typename IntegerOf<T>::type;

template <class T>
inline constexpr bool isFloat = static_cast<T>(0.5) != 0;

// Stores the first `count` lanes, fewer than all.
template <class T>
inline void storePart(T* p, Vector<T> v, i32 count) {
#pragma GCC unroll 16
  for (int i = 0; i < lanes<T> - 1; ++i) {
    if (i < count) p[i] = v[i];
  }
}

// Copies fewer elements than a vector has.
template <class T>
inline void copyFew(T* y, const T* x, i32 count) {
  const auto copy = [&]<i32 size>(Constant<size>) {
    T first[size], last[size];
    std::memcpy(first, x, sizeof first);
    std::memcpy(last, x + count - size, sizeof last);
    std::memcpy(y, first, sizeof first);
    std::memcpy(y + count - size, last, sizeof last);
  };
  if (lanes<T> > 8 && count >= 8) copy(Constant<8>{});
  else if (lanes<T> > 4 && count >= 4) copy(Constant<4>{});
  else if (count >= 2) copy(Constant<2>{});
  else copy(Constant<1>{});
}

// Keeps the compiler from making a call of memset or memcpy out of the loop it stands in: for short rows that costs more than the loop.
inline void keepLoop() { asm volatile("" ::: "memory"); }

template <class T>
inline void fillRow(T* y, T value, i32 count) {
  const Vector<T> v = splat(value);
  i32 i = 0;
  for (; i <= count - lanes<T>; i += lanes<T>) {
    store(y + i, v);
    keepLoop();
  }
  for (; i < count; ++i) {
    y[i] = value;
    keepLoop();
  }
}

template <class T>
inline void copyRow(const T* x, T* y, i32 count) {
  i32 i = 0;
  for (; i <= count - lanes<T>; i += lanes<T>) {
    store(y + i, load(x + i));
    keepLoop();
  }
  // The last vector may overlap the one before.
  if (i > 0 && i < count) return store(y + count - lanes<T>, load(x + count - lanes<T>));
  for (; i < count; ++i) {
    y[i] = x[i];
    keepLoop();
  }
}

template <class T>
inline void addRow(const T* x, T* y, i32 count) {
  i32 i = 0;
  for (; i <= count - lanes<T>; i += lanes<T>) store(y + i, load(y + i) + load(x + i));
  for (; i < count; ++i) y[i] += x[i];
}

// True (-1) in the first `count` lanes.
template <class T>
inline auto lanesBelow(i32 count) {
  Vector<Integer<T>> lane;
#pragma GCC unroll 16
  for (int i = 0; i < lanes<T>; ++i) lane[i] = i;
  return lane < splat<Integer<T>>(count);
}

// The sum of the lanes of a vector in memory.
template <class T>
inline T sumOfLanes(const T* values) {
  typedef T Part __attribute__((vector_size(16), aligned(alignof(T)), may_alias));
  constexpr int width = 16 / static_cast<int>(sizeof(T));
  Part sum = *reinterpret_cast<const Part*>(values);
#pragma GCC unroll 8
  for (int i = width; i < lanes<T>; i += width) sum += *reinterpret_cast<const Part*>(values + i);
  if constexpr (width == 4) return (sum[0] + sum[1]) + (sum[2] + sum[3]);
  return sum[0] + sum[1];
}

// Every second number of two vectors that lie side by side.
template <class V, int... i>
inline V evenElements(V a, V b, std::integer_sequence<int, i...>) { return __builtin_shufflevector(a, b, 2 * i...); }
template <class V, int... i>
inline V oddElements(V a, V b, std::integer_sequence<int, i...>) { return __builtin_shufflevector(a, b, 2 * i + 1 ...); }
template <class T>
using LaneSequence = std::make_integer_sequence<int, lanes<T>>;

// Applies a scalar function to every lane.
template <class T, class F>
inline Vector<T> eachLane(Vector<T> x, F f) {
  Vector<T> y;
#pragma GCC unroll 16
  for (int i = 0; i < lanes<T>; ++i) y[i] = f(x[i]);
  return y;
}

template <class T>
inline Vector<T> squareRoot(Vector<T> x) {
#if __has_builtin(__builtin_elementwise_sqrt)
  return __builtin_elementwise_sqrt(x);
#else
  return eachLane<T>(x, [](T v) { return std::sqrt(v); });
#endif
}

// The larger (smaller) of each pair; a NaN on either side wins.
template <class T>
inline T maximumOrNaN(T a, T b) { return ((a > b) | (a != a)) ? a : b; }
template <class T>
inline T minimumOrNaN(T a, T b) { return ((a < b) | (a != a)) ? a : b; }

// Where max(x, 0) is 0. The bound is the smallest positive number: from a choice between x and the number it was compared with, clang makes an
// instruction of WebAssembly that leaves -0.
template <class T>
inline auto isRectified(Vector<T> x) { return x < splat(std::numeric_limits<T>::denorm_min()); }

// max(x, 0), NaN for NaN.
template <class T>
inline Vector<T> rectified(Vector<T> x) { return isRectified<T>(x) ? Vector<T>{} : x; }

}  // namespace convgrad

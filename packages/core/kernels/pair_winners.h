// What windows of two columns take that lie side by side: kept as a byte a window, the number of its tap, or `nothing` where ReLU followed and
// let nothing through: all bits of it.
#pragma once

#include "vectors.h"

namespace convgrad {

inline constexpr i32 nothing = 255;

// Bytes as integers as wide as T. From a conversion of vectors GCC makes one of every lane.
template <class T, int... i>
inline Vector<Integer<T>> widenBytes(const u8* p, std::integer_sequence<int, i...>) { return Vector<Integer<T>>{p[i]...}; }

template <class T>
struct PairWinners {
  Vector<T> values;
  Vector<Integer<T>> taps;
};

// What a row of windows takes of its two columns in row `kh` of their windows.
template <class T>
[[gnu::always_inline]] inline PairWinners<T> winnersOfRow(Vector<T> even, Vector<T> odd, i32 kh) {
  // PyTorch's rule: what is larger takes the place, and so does every NaN.
  const Vector<Integer<T>> oddTakes = (odd > even) | (odd != odd);
  return {oddTakes ? odd : even, splat<Integer<T>>(2 * kh) - oddTakes};
}

// Lets what a later row takes have the place by the same rule.
template <class T>
[[gnu::always_inline]] inline void takeLarger(PairWinners<T>& best, const PairWinners<T>& row) {
  const Vector<Integer<T>> takes = (row.values > best.values) | (row.values != row.values);
  best.values = takes ? row.values : best.values;
  best.taps = takes ? row.taps : best.taps;
}

template <class T>
[[gnu::always_inline]] inline void rectify(PairWinners<T>& best) {
  best.taps |= isRectified<T>(best.values);
  best.values = rectified<T>(best.values);
}

}  // namespace convgrad

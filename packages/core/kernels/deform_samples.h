// What the gradients of deformable convolution do with the samples of one tap and offset group.
#pragma once

#include "deform.h"
#include "quads.h"

namespace convgrad {

template <class T, i32 rank>
using CornerDots = T[CornerTable<T, rank>::corners][CornerTable<T, rank>::most];

// The sums over the lanes of four vectors.
template <class T, int... i>
[[gnu::always_inline]] inline Quad<T> lanesOfFour(Vector<T> a, Vector<T> b, Vector<T> c, Vector<T> d, std::integer_sequence<int, i...>) {
  constexpr int count = sizeof...(i);
  const Vector<T> ab = __builtin_shufflevector(a, b, i / 4 * 4 + i % 2 + i % 4 / 2 * count...) +
                       __builtin_shufflevector(a, b, i / 4 * 4 + 2 + i % 2 + i % 4 / 2 * count...);
  const Vector<T> cd = __builtin_shufflevector(c, d, i / 4 * 4 + i % 2 + i % 4 / 2 * count...) +
                       __builtin_shufflevector(c, d, i / 4 * 4 + 2 + i % 2 + i % 4 / 2 * count...);
  const Vector<T> fours = __builtin_shufflevector(ab, cd, i / 4 * 4 + i % 2 * 2 + i % 4 / 2 * count...) +
                          __builtin_shufflevector(ab, cd, i / 4 * 4 + i % 2 * 2 + 1 + i % 4 / 2 * count...);
  constexpr std::make_integer_sequence<int, 4> four;
  if constexpr (count == 16) {
    return (lanesFrom<0>(fours, four) + lanesFrom<4>(fours, four)) + (lanesFrom<8>(fours, four) + lanesFrom<12>(fours, four));
  } else if constexpr (count == 8) {
    return lanesFrom<0>(fours, four) + lanesFrom<4>(fours, four);
  } else {
    return lanesFrom<0>(fours, four);
  }
}

// dots[corner][i] = the sum over the lanes of each corner's vector.
template <class T, i32 corners, i32 most>
[[gnu::always_inline]] inline void storeDots(const Vector<T> (&sums)[corners], T (&dots)[corners][most], i32 i) {
  if constexpr (corners >= 4 && lanes<T> >= 4) {
#pragma GCC unroll 2
    for (i32 corner = 0; corner < corners; corner += 4) {
      const Quad<T> quad = lanesOfFour<T>(sums[corner], sums[corner + 1], sums[corner + 2], sums[corner + 3], LaneSequence<T>{});
#pragma GCC unroll 4
      for (i32 lane = 0; lane < 4; ++lane) dots[corner + lane][i] = quad[lane];
    }
  } else {
    for (i32 corner = 0; corner < corners; ++corner) {
      T part[lanes<T>];
      store(part, sums[corner]);
      dots[corner][i] = sumOfLanes(part);
    }
  }
}

// columns = the samples, and dots[corner] = sum over the channels of d * pixel.
template <class T, i32 rank, i32 corners, i32 most>
[[gnu::noinline]] void sampleAndDot(const CornerTable<T, rank>& table, const T* pixels, const T* d, i32 pitch, i32 count, i32 channels,
                                    T* columns, T (&dots)[corners][most]) {
  for (i32 i = 0; i < count; ++i, d += pitch, columns += pitch) {
    const T* rows[corners];
    T weights[corners];
    Vector<T> sums[corners] = {};
#pragma GCC unroll 8
    for (i32 corner = 0; corner < corners; ++corner) {
      rows[corner] = pixels + table.rows[corner][i];
      weights[corner] = table.weights[corner][i];
    }
    i32 c = 0;
    for (; c <= channels - lanes<T>; c += lanes<T>) {
      const Vector<T> cotangent = load(d + c);
      Vector<T> sample = {};
#pragma GCC unroll 8
      for (i32 corner = 0; corner < corners; ++corner) {
        Vector<T> pixel = load(rows[corner] + c);
        pin<T>(pixel);
        sample += weights[corner] * pixel;
        sums[corner] += cotangent * pixel;
      }
      store(columns + c, sample);
    }
    storeDots<T>(sums, dots, i);
    for (; c < channels; ++c) {
      T sample = 0;
#pragma GCC unroll 8
      for (i32 corner = 0; corner < corners; ++corner) {
        sample += weights[corner] * rows[corner][c];
        dots[corner][i] += d[c] * rows[corner][c];
      }
      columns[c] = sample;
    }
  }
}

// Adds the corners' shares of D to the image's gradient.
template <class T, i32 rank>
[[gnu::noinline]] void scatter(const CornerTable<T, rank>& table, const T* d, i32 pitch, i32 count, i32 channels, T* image) {
  constexpr i32 corners = CornerTable<T, rank>::corners;
  for (i32 i = 0; i < count; ++i, d += pitch) {
    T* rows[corners];
    T weights[corners];
#pragma GCC unroll 8
    for (i32 corner = 0; corner < corners; ++corner) {
      rows[corner] = image + table.rows[corner][i];
      weights[corner] = table.weights[corner][i];
    }
    i32 c = 0;
    for (; c <= channels - lanes<T>; c += lanes<T>) {
      const Vector<T> cotangent = load(d + c);
#pragma GCC unroll 8
      for (i32 corner = 0; corner < corners; ++corner) store(rows[corner] + c, load(rows[corner] + c) + weights[corner] * cotangent);
    }
    for (; c < channels; ++c) {
#pragma GCC unroll 8
      for (i32 corner = 0; corner < corners; ++corner) rows[corner][c] += weights[corner] * d[c];
    }
  }
}

// y[i] = value(i), a vector of them at a time, for i < count.
template <class T, class Value>
inline void storeEach(i32 count, T* y, Value value) {
  for (i32 i = 0; i < count; i += lanes<T>) {
    if (i + lanes<T> <= count) store<T>(y + i, value(i));
    else storePart<T>(y + i, value(i), count - i);
  }
}

// The sum over the corners of their dot products times their weights in the samples, or in the derivatives by dimension `by`.
template <class T, i32 rank, i32 corners, i32 most>
inline Vector<T> weighDots(const CornerTable<T, rank>& table, const T (&dots)[corners][most], i32 by, i32 i) {
  Vector<T> fraction[rank], sum = {};
  table.load(i, fraction);
#pragma GCC unroll 8
  for (i32 corner = 0; corner < corners; ++corner) sum += table.weight(fraction, corner, by) * load(dots[corner] + i);
  return sum;
}

template <class T, i32 rank, i32 corners, i32 most>
void differentiateByMask(const CornerTable<T, rank>& table, const T (&dots)[corners][most], i32 count, T* gradMask) {
  storeEach(count, gradMask, [&](i32 i) { return weighDots(table, dots, rank, i); });
}

// One row of `points` numbers a coordinate.
template <class T, i32 rank, i32 corners, i32 most>
void differentiateByOffset(const CornerTable<T, rank>& table, const T (&dots)[corners][most], const T* mask, i32 count, T* gradOffset, i32 points) {
  for (i32 by = 0; by < rank; ++by) {
    storeEach(count, gradOffset + by * points, [&](i32 i) {
      const Vector<T> sum = weighDots(table, dots, by, i);
      return mask ? sum * load(mask + i) : sum;
    });
  }
}

}  // namespace convgrad

// Where the samples of a few outputs read: pixels and weights of the corners around each position, worked out for a vector of
// positions at a time. What `Corners` (sample.h) says of one position, this table says of several.
#pragma once

#include "sample.h"

namespace convgrad {

template <class T, i32 rank>
struct CornerTable {
  static constexpr i32 corners = 1 << rank;
  static constexpr i32 most = 16;  // the widest vector
  Integer<T> rows[corners][most];  // where the corner's channels begin in the channels-last image
  T weights[corners][most];        // times the mask
  T fractions[rank][most];

  static constexpr bool isUpper(i32 corner, i32 d) { return Corners<T, rank>::isUpper(corner, d); }

  // `position(d, i)` gives coordinates of positions i and on, `factor(i)` what multiplies their weights; a row is `pitch` numbers, and
  // the one behind the image's last is what corners outside of it read.
  template <class Position, class Factor>
  void fill(i32 count, const i32 (&size)[rank], i32 pitch, Position position, Factor factor) {
    using Whole = Vector<Integer<T>>;
    constexpr i32 signBit = 8 * sizeof(T) - 1;
    i32 volume = 1;
    for (i32 d = 0; d < rank; ++d) volume *= size[d];
    for (i32 i = 0; i < count; i += lanes<T>) {
      Vector<T> fraction[rank];
      Whole place[rank][2], outside[rank][2];
      for (i32 d = 0; d < rank; ++d) {
        Vector<T> at = position(d, i);
        at = at >= splat<T>(-farthestPosition) ? at : splat<T>(-2);
        at = at <= splat<T>(farthestPosition) ? at : splat<T>(-2);
        Whole lower = __builtin_convertvector(at, Whole);
        lower += __builtin_convertvector(lower, Vector<T>) > at;
        fraction[d] = at - __builtin_convertvector(lower, Vector<T>);
        store(fractions[d] + i, fraction[d]);
        for (i32 upper = 0; upper < 2; ++upper) {
          const Whole found = lower + splat<Integer<T>>(upper);
          outside[d][upper] = (found | (splat<Integer<T>>(size[d] - 1) - found)) >> signBit;
          place[d][upper] = found & ~outside[d][upper];
        }
      }
      const Vector<T> scale = factor(i);
#pragma GCC unroll 8
      for (i32 corner = 0; corner < corners; ++corner) {
        Whole pixel = place[0][isUpper(corner, 0)], isOutside = outside[0][isUpper(corner, 0)];
        for (i32 d = 1; d < rank; ++d) {
          pixel = pixel * splat<Integer<T>>(size[d]) + place[d][isUpper(corner, d)];
          isOutside |= outside[d][isUpper(corner, d)];
        }
        pixel = (pixel & ~isOutside) | (splat<Integer<T>>(volume) & isOutside);
        store<Integer<T>>(rows[corner] + i, pixel * splat<Integer<T>>(pitch));
        store(weights[corner] + i, scale * weight(fraction, corner, rank));
      }
    }
  }

  // The fractions of positions i and on.
  void load(i32 i, Vector<T> (&fraction)[rank]) const {
    for (i32 d = 0; d < rank; ++d) fraction[d] = convgrad::load(fractions[d] + i);
  }

  // Weights of a corner in the samples, or in their derivatives by dimension `by`.
  static Vector<T> weight(const Vector<T> (&fraction)[rank], i32 corner, i32 by) {
    Vector<T> product = splat<T>(1);
    for (i32 d = 0; d < rank; ++d) {
      const bool upper = isUpper(corner, d);
      if (d == by) product = upper ? product : -product;
      else product *= upper ? fraction[d] : T(1) - fraction[d];
    }
    return product;
  }
};

}  // namespace convgrad

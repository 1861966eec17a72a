// Where real positions lie between the pixels of an image, and with which weights linear interpolation reads those around them.
#pragma once

#include "vectors.h"

namespace convgrad {

// What lies farther out than this, or is not a number, is outside every image.
inline constexpr i32 farthestPosition = 1 << 30;

// The 2^rank pixels around a position: bit rank - 1 - d of a corner's number says that it is the upper one in dimension d.
template <class T, i32 rank>
struct Corners {
  static constexpr i32 count = 1 << rank;
  i32 pixels[count];   // in the plane of the image, -1 outside of it
  T fractions[rank];   // of the way from the lower to the upper pixel

  // `size` holds the rank sizes of the image.
  Corners(const T (&position)[rank], const i32* size) {
    bool isNear = true;
    for (i32 d = 0; d < rank; ++d) isNear &= position[d] >= -farthestPosition && position[d] <= farthestPosition;
    i32 lower[rank];
    for (i32 d = 0; d < rank; ++d) {
      const T floor = isNear ? std::floor(position[d]) : T(-2);
      fractions[d] = isNear ? position[d] - floor : T(0);
      lower[d] = static_cast<i32>(floor);
    }
    for (i32 corner = 0; corner < count; ++corner) {
      i32 pixel = 0;
      bool isInside = true;
      for (i32 d = 0; d < rank; ++d) {
        const i32 at = lower[d] + isUpper(corner, d);
        isInside &= static_cast<std::uint32_t>(at) < static_cast<std::uint32_t>(size[d]);
        pixel = pixel * size[d] + at;
      }
      pixels[corner] = isInside ? pixel : -1;
    }
  }

  static constexpr i32 isUpper(i32 corner, i32 d) { return corner >> (rank - 1 - d) & 1; }

  // Weight of a corner in the sample (order 0 in all dimensions), or in its derivative by the dimensions of order 1.
  template <class Order>
  T weight(i32 corner, Order order) const {
    T product = 1;
    for (i32 d = 0; d < rank; ++d) {
      const bool upper = isUpper(corner, d);
      const T linear = upper ? fractions[d] : T(1) - fractions[d];
      product *= order(d) == 0 ? linear : upper ? T(1) : T(-1);
    }
    return product;
  }
};

// The sizes of the last `rank` of three dimensions.
template <i32 rank>
inline const i32* lastDimensions(const i32* three) { return three + 3 - rank; }

template <i32 number>
struct Number {
  static constexpr i32 value = number;
};

// f(Number<rank>) for a rank of 1, 2 or 3.
template <class F>
inline void withRank(i32 rank, F f) {
  if (rank == 1) f(Number<1>{});
  else if (rank == 2) f(Number<2>{});
  else f(Number<3>{});
}

}  // namespace convgrad

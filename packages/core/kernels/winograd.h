// Winograd's minimal filtering F(4x4, 3x3): Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016).
//
// A tile of 4x4 outputs is y = A^T [(G w G^T) . (B^T d B)] A with w the 3x3 weights and d the 6x6 inputs that the tile reads: 36
// products a channel instead of 144. Summed over channels they are 36 matrix products, one for each `point` of the square. The
// gradient by w is the adjoint: G^T [(A g A^T) . (B^T d B)] G with g the tile's cotangent, summed over tiles.
//
// The interpolation points are 0, +-p, +-q and infinity with p = 1/sqrt(2), q = sqrt(2): the usual 0, +-1, +-2 give two to three
// times the rounding error, and p q = 1 saves multiplications.
//
// Where fewer than four columns of a tile's outputs lie in the image, or rows, as behind the three whole tiles that 14 places take, it is short
// along that axis: F(3, 3) without the point -q, or, of one or two outputs, F(2, 3) without both of +-q, which share the transformed weights. So
// the points left out need no products of it: a tile with two outputs both ways takes 16 a channel, one with three 25.
#pragma once

#include "micro_kernel.h"
#include "vectors.h"

namespace convgrad {

inline constexpr i32 tileOutputs = 4;
inline constexpr i32 tileInputs = 6;
inline constexpr i32 tilePoints = tileInputs * tileInputs;

template <class T>
inline constexpr T pointP = static_cast<T>(0.70710678118654752440);
template <class T>
inline constexpr T pointQ = static_cast<T>(1.41421356237309504880);
template <class T>
inline constexpr T scaleP = static_cast<T>(-2.0 / 3.0);
template <class T>
inline constexpr T scaleQ = static_cast<T>(1.0 / 6.0);

// The one-dimensional maps; each is applied along both axes of a square.
struct InputMap {  // B^T
  static constexpr i32 from = 6, to = 6;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[6], Vector<T> (&y)[6]) {
    const Vector<T> evenP = x[4] - T(2) * x[2];
    const Vector<T> oddP = pointP<T> * (x[3] - T(2) * x[1]);
    const Vector<T> evenQ = x[4] - T(0.5) * x[2];
    const Vector<T> oddQ = pointQ<T> * (x[3] - T(0.5) * x[1]);
    y[0] = x[0] + x[4] - T(2.5) * x[2];
    y[1] = evenP + oddP;
    y[2] = evenP - oddP;
    y[3] = evenQ + oddQ;
    y[4] = evenQ - oddQ;
    y[5] = x[1] + x[5] - T(2.5) * x[3];
  }
};

// The maps of a short tile of as many outputs. The weights are scaled by the derivatives of M(x) = x (x - p) (x + p) (x - q) (x + q), that of fewer
// points being M(x) without the factors of the others: what these are at a point comes into its inputs.
template <i32 outputs>
struct ShortInputMap;
template <i32 outputs>
struct ShortOutputMap;
template <i32 outputs>
struct ShortCotangentMap;

template <>
struct ShortInputMap<3> {  // B^T: x + q at the points, q, q + p, q - p and 2 q, before what F(3, 3) has
  static constexpr i32 from = 5, to = 6, outputs = 3;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[5], Vector<T> (&y)[6]) {
    const Vector<T> even = T(-1.5) * x[2];
    y[0] = x[0] - T(2) * x[2] + (pointQ<T> * x[3] - pointP<T> * x[1]);
    y[1] = even + (T(3) * pointP<T>) * (x[3] - x[1]);
    y[2] = even + pointP<T> * (x[3] + x[1]);
    y[3] = pointQ<T> * (T(2) * x[3] - x[1]);
    y[5] = x[4] - T(0.5) * x[2] - (pointQ<T> * x[3] - pointP<T> * x[1]);
  }
};

template <>
struct ShortInputMap<2> {  // B^T: (x - q) (x + q) at the points, -2, -3/2 and -3/2, before what F(2, 3) has
  static constexpr i32 from = 4, to = 6, outputs = 2;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[4], Vector<T> (&y)[6]) {
    const Vector<T> even = T(-1.5) * x[2], odd = (T(-1.5) * pointP<T>) * x[1];
    y[0] = x[0] - T(2) * x[2];
    y[1] = even + odd;
    y[2] = even - odd;
    y[5] = x[3] - T(0.5) * x[1];
  }
};

struct OutputMap {  // A^T
  static constexpr i32 from = 6, to = 4;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[6], Vector<T> (&y)[4]) {
    const Vector<T> evenP = x[1] + x[2], oddP = pointP<T> * (x[1] - x[2]);
    const Vector<T> evenQ = x[3] + x[4], oddQ = pointQ<T> * (x[3] - x[4]);
    y[0] = x[0] + evenP + evenQ;
    y[1] = oddP + oddQ;
    y[2] = T(0.5) * evenP + T(2) * evenQ;
    y[3] = x[5] + T(0.5) * oddP + T(2) * oddQ;
  }
};

template <>
struct ShortOutputMap<3> {  // A^T
  static constexpr i32 from = 6, to = 3, outputs = 3;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[6], Vector<T> (&y)[3]) {
    const Vector<T> evenP = x[1] + x[2];
    y[0] = x[0] + evenP + x[3];
    y[1] = rounded<T>(pointP<T> * (x[1] - x[2])) + pointQ<T> * x[3];
    y[2] = x[5] + T(0.5) * evenP + T(2) * x[3];
  }
};

template <>
struct ShortOutputMap<2> {  // A^T
  static constexpr i32 from = 6, to = 2, outputs = 2;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[6], Vector<T> (&y)[2]) {
    y[0] = x[0] + (x[1] + x[2]);
    y[1] = x[5] + pointP<T> * (x[1] - x[2]);
  }
};

struct CotangentMap {  // A
  static constexpr i32 from = 4, to = 6;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[4], Vector<T> (&y)[6]) {
    const Vector<T> evenP = x[0] + T(0.5) * x[2], oddP = pointP<T> * (x[1] + T(0.5) * x[3]);
    const Vector<T> evenQ = x[0] + T(2) * x[2], oddQ = pointQ<T> * (x[1] + T(2) * x[3]);
    y[0] = x[0];
    y[1] = evenP + oddP;
    y[2] = evenP - oddP;
    y[3] = evenQ + oddQ;
    y[4] = evenQ - oddQ;
    y[5] = x[3];
  }
};

template <>
struct ShortCotangentMap<3> {  // A
  static constexpr i32 from = 3, to = 6, outputs = 3;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[3], Vector<T> (&y)[6]) {
    const Vector<T> even = x[0] + T(0.5) * x[2], odd = pointP<T> * x[1];
    y[0] = x[0];
    y[1] = even + odd;
    y[2] = even - odd;
    y[3] = x[0] + T(2) * x[2] + pointQ<T> * x[1];
    y[5] = x[2];
  }
};

template <>
struct ShortCotangentMap<2> {  // A
  static constexpr i32 from = 2, to = 6, outputs = 2;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[2], Vector<T> (&y)[6]) {
    const Vector<T> odd = pointP<T> * x[1];
    y[0] = x[0];
    y[1] = x[0] + odd;
    y[2] = x[0] - odd;
    y[5] = x[1];
  }
};

struct WeightMap {  // G
  static constexpr i32 from = 3, to = 6;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[3], Vector<T> (&y)[6]) {
    const Vector<T> evenP = scaleP<T> * (x[0] + T(0.5) * x[2]), oddP = (scaleP<T> * pointP<T>) * x[1];
    const Vector<T> evenQ = scaleQ<T> * (x[0] + T(2) * x[2]), oddQ = (scaleQ<T> * pointQ<T>) * x[1];
    y[0] = x[0];
    y[1] = evenP + oddP;
    y[2] = evenP - oddP;
    y[3] = evenQ + oddQ;
    y[4] = evenQ - oddQ;
    y[5] = x[2];
  }
};

struct WeightGradientMap {  // G^T
  static constexpr i32 from = 6, to = 3;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[6], Vector<T> (&y)[3]) {
    const Vector<T> evenP = scaleP<T> * (x[1] + x[2]), oddP = (scaleP<T> * pointP<T>) * (x[1] - x[2]);
    const Vector<T> evenQ = scaleQ<T> * (x[3] + x[4]), oddQ = (scaleQ<T> * pointQ<T>) * (x[3] - x[4]);
    y[0] = x[0] + evenP + evenQ;
    y[1] = oddP + oddQ;
    y[2] = x[5] + T(0.5) * evenP + T(2) * evenQ;
  }
};

// Whether a number along an axis of the square is that of a point that tiles of so many outputs leave out.
constexpr bool isLeftOut(i32 number, i32 outputs) { return (number == 4 && outputs < tileOutputs) || (number == 3 && outputs < tileOutputs - 1); }

// Whether `places` numbers of a map are points of which number i is left out.
template <class Map, i32 places>
constexpr bool leavesOut(i32 i) {
  if constexpr (places == tileInputs && requires { Map::outputs; }) return isLeftOut(i, Map::outputs);
  else return false;
}

// Applies a map along the lines of a rectangle of vectors, and another across them: load(i, line) gives line i, store(j, line) takes line j of
// what comes out, which runs along the other axis; what a short map leaves out is neither loaded nor stored. What lies between stays in registers where there are enough.
template <class Along, class Across, class T, class Load, class Store>
[[gnu::always_inline]] inline void mapRectangle(Load load_, Store store_) {
  if constexpr (vectorRegisters >= 32) {
    Vector<T> between[Along::to][Across::from];
    CONVGRAD_UNROLL
    for (i32 i = 0; i < Across::from; ++i) {
      if (leavesOut<Across, Across::from>(i)) continue;
      Vector<T> x[Along::from], y[Along::to];
      load_(i, x);
      Along::template apply<T>(x, y);
      CONVGRAD_UNROLL
      for (i32 j = 0; j < Along::to; ++j) {
        if (!leavesOut<Along, Along::to>(j)) between[j][i] = y[j];
      }
    }
    CONVGRAD_UNROLL
    for (i32 j = 0; j < Along::to; ++j) {
      if (leavesOut<Along, Along::to>(j)) continue;
      Vector<T> y[Across::to];
      Across::template apply<T>(between[j], y);
      store_(j, y);
    }
  } else {
    T between[Across::from * Along::to * lanes<T>];
#pragma clang loop unroll(disable)
    for (i32 i = 0; i < Across::from; ++i) {
      if (leavesOut<Across, Across::from>(i)) continue;
      Vector<T> x[Along::from], y[Along::to];
      load_(i, x);
      Along::template apply<T>(x, y);
      CONVGRAD_UNROLL
      for (i32 j = 0; j < Along::to; ++j) {
        if (!leavesOut<Along, Along::to>(j)) store(between + (i * Along::to + j) * lanes<T>, y[j]);
      }
      keepLoop();
    }
#pragma clang loop unroll(disable)
    for (i32 j = 0; j < Along::to; ++j) {
      if (leavesOut<Along, Along::to>(j)) continue;
      Vector<T> x[Across::from], y[Across::to];
      CONVGRAD_UNROLL
      for (i32 i = 0; i < Across::from; ++i) {
        if (!leavesOut<Across, Across::from>(i)) x[i] = load(between + (i * Along::to + j) * lanes<T>);
      }
      Across::template apply<T>(x, y);
      store_(j, y);
      keepLoop();
    }
  }
}

// One map for both axes of a square.
template <class Map, class T, class Load, class Store>
[[gnu::always_inline]] inline void mapSquare(Load load_, Store store_) { mapRectangle<Map, Map, T>(load_, store_); }

// Calls function.operator()<Map>(), the map of a tile with so many outputs along an axis.
template <class Whole, template <i32> class Short, class Function>
[[gnu::always_inline]] inline void withMap(i32 outputs, Function function) {
  if (outputs == tileOutputs) function.template operator()<Whole>();
  else if (outputs == 3) function.template operator()<Short<3>>();
  else function.template operator()<Short<2>>();
}

// Calls function.operator()<Rows, Columns>() alike.
template <class Whole, template <i32> class Short, class Function>
[[gnu::always_inline]] inline void withMaps(i32 rows, i32 columns, Function function) {
  withMap<Whole, Short>(rows, [&]<class Rows>() __attribute__((always_inline)) {
    withMap<Whole, Short>(columns, [&]<class Columns>() __attribute__((always_inline)) { function.template operator()<Rows, Columns>(); });
  });
}

}  // namespace convgrad

// Winograd's minimal filtering F(4x4, 3x3): Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016).
//
// A tile of 4x4 outputs is y = A^T [(G w G^T) . (B^T d B)] A with w the 3x3 weights and d the 6x6 inputs that the tile reads: 36
// products a channel instead of 144. Summed over channels they are 36 matrix products, one for each `point` of the square. The
// gradient by w is the adjoint: G^T [(A g A^T) . (B^T d B)] G with g the tile's cotangent, summed over tiles.
//
// The interpolation points are 0, +-p, +-q and infinity with p = 1/sqrt(2), q = sqrt(2): the usual 0, +-1, +-2 give two to three
// times the rounding error, and p q = 1 saves multiplications.
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

// Applies a map along the lines of a rectangle of vectors, and another across them: load(i, line) gives line i, store(j, line) takes line j of
// what comes out, which runs along the other axis. What lies between stays in registers where there are enough.
template <class Along, class Across, class T, class Load, class Store>
[[gnu::always_inline]] inline void mapRectangle(Load load_, Store store_) {
  if constexpr (vectorRegisters >= 32) {
    Vector<T> between[Along::to][Across::from];
    CONVGRAD_UNROLL
    for (i32 i = 0; i < Across::from; ++i) {
      Vector<T> x[Along::from], y[Along::to];
      load_(i, x);
      Along::template apply<T>(x, y);
      CONVGRAD_UNROLL
      for (i32 j = 0; j < Along::to; ++j) between[j][i] = y[j];
    }
    CONVGRAD_UNROLL
    for (i32 j = 0; j < Along::to; ++j) {
      Vector<T> y[Across::to];
      Across::template apply<T>(between[j], y);
      store_(j, y);
    }
  } else {
    T between[Across::from * Along::to * lanes<T>];
#pragma clang loop unroll(disable)
    for (i32 i = 0; i < Across::from; ++i) {
      Vector<T> x[Along::from], y[Along::to];
      load_(i, x);
      Along::template apply<T>(x, y);
      CONVGRAD_UNROLL
      for (i32 j = 0; j < Along::to; ++j) store(between + (i * Along::to + j) * lanes<T>, y[j]);
      keepLoop();
    }
#pragma clang loop unroll(disable)
    for (i32 j = 0; j < Along::to; ++j) {
      Vector<T> x[Across::from], y[Across::to];
      CONVGRAD_UNROLL
      for (i32 i = 0; i < Across::from; ++i) x[i] = load(between + (i * Along::to + j) * lanes<T>);
      Across::template apply<T>(x, y);
      store_(j, y);
      keepLoop();
    }
  }
}

// One map for both axes of a square.
template <class Map, class T, class Load, class Store>
[[gnu::always_inline]] inline void mapSquare(Load load_, Store store_) { mapRectangle<Map, Map, T>(load_, store_); }

}  // namespace convgrad

// The weights of a 3x3 kernel as Winograd's algorithm multiplies them: see winograd.h.
#pragma once

#include "load_across.h"
#include "winograd.h"

namespace convgrad {

// to[point * stride] = the maps of as many kernels as a vector has lanes, of which each lies where `taps` says.
template <class T>
[[gnu::noinline]] void mapWeights(const T* const (&taps)[lanes<T>], bool isFlipped, T* to, i32 stride) {
  mapSquare<WeightMap, T>(
      [&](i32 i, Vector<T>(&line)[3]) {
        Vector<T> row[4];
        loadAcross<T>(taps, isFlipped ? 6 - 3 * i : 3 * i, row);
        line[0] = isFlipped ? row[2] : row[0];
        line[1] = row[1];
        line[2] = isFlipped ? row[0] : row[2];
      },
      [&](i32 j, const Vector<T>(&line)[6]) {
        CONVGRAD_UNROLL
        for (i32 i = 0; i < 6; ++i) store(to + (i * 6 + j) * stride, line[i]);
      });
}

}  // namespace convgrad

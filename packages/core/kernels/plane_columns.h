// Planes of a result, one in each lane of vectors, and columns of them put in their places.
#pragma once

#include "constant.h"
#include "load_across.h"
#include "product.h"

namespace convgrad {

// Behind the last plane stand copies of it: their outputs are the same and go to the same place.
template <class T>
struct PlaneVector {
  Vector<T> bias;
  i32 offsets[lanes<T>];
};

// The planes of `volume` numbers of a vector of rows.
template <class T, class Args>
PlaneVector<T> planeVector(const Args& args, i32 firstRow, i32 volume) {
  PlaneVector<T> planes = {};
  for (i32 lane = 0; lane < lanes<T>; ++lane) {
    const i32 row = minimum(firstRow + lane, args.rows - 1);
    planes.offsets[lane] = row * volume;
    if (args.bias) planes.bias[lane] = args.bias[row];
  }
  return planes;
}

// y[column] = columns [first, end) of a row of outputs [column, lane].
template <class T>
[[gnu::noinline]] void storeColumns(const T* row, i32 first, i32 end, const PlaneVector<T>& planes, T* y) {
  for (i32 column = first; column < end; column += 4) {
    Vector<T> line[4];
    CONVGRAD_UNROLL
    for (i32 k = 0; k < 4; ++k) line[k] = load(row + (column + k) * lanes<T>) + planes.bias;
    withConstant<1, 4>(minimum(end - column, 4), [&]<i32 count>(Constant<count>) { storeAcross<count, T>(line, y + column, planes.offsets); });
  }
}

}  // namespace convgrad

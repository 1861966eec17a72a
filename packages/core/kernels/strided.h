// Loops over strided operands: a walk by rows of the last dimension that can start at any element.
#pragma once

#include "kernel.h"

namespace convgrad {

inline i32 sizeOf(const i32* shape, i32 rank) {
  i32 size = 1;
  for (i32 dim = 0; dim < rank; ++dim) size *= shape[dim];
  return size;
}

// Where `operands` strided operands stand at one element of a loop, in elements from their pointers.
template <int operands>
struct StridedWalk {
  i32 rank;
  const i32* shape;
  const i32* strides[operands];
  i32 index[8];
  i32 offset[operands];

  void moveTo(i32 flat) {
    for (i32& o : offset) o = 0;
    for (i32 dim = rank - 1; dim >= 0; --dim) {
      index[dim] = flat % shape[dim];
      flat /= shape[dim];
      for (int k = 0; k < operands; ++k) offset[k] += index[dim] * strides[k][dim];
    }
  }

  // Elements from here to the end of the row.
  i32 rowLeft() const { return shape[rank - 1] - index[rank - 1]; }

  // Moves on by `count` elements, at most to the end of the row, which is the beginning of the next.
  void advance(i32 count) {
    i32 dim = rank - 1;
    index[dim] += count;
    for (int k = 0; k < operands; ++k) offset[k] += count * strides[k][dim];
    while (dim > 0 && index[dim] == shape[dim]) {
      for (int k = 0; k < operands; ++k) offset[k] += strides[k][dim - 1] - shape[dim] * strides[k][dim];
      index[dim] = 0;
      ++index[--dim];
    }
  }
};

// Copies the next `count` elements of operand k, from where the walk stands, to consecutive places; the walk stays.
template <class T, int operands>
inline void gatherNext(StridedWalk<operands> walk, int k, const T* x, T* packed, i32 count) {
  const i32 step = walk.strides[k][walk.rank - 1];
  for (i32 done = 0; done < count;) {
    const i32 row = minimum(walk.rowLeft(), count - done);
    const T* from = x + walk.offset[k];
    for (i32 i = 0; i < row; ++i) packed[done + i] = from[i * step];
    done += row;
    walk.advance(row);
  }
}

// Moves a walk on by `count` elements across rows.
template <int operands>
inline void advanceRows(StridedWalk<operands>& walk, i32 count) {
  while (count > 0) {
    const i32 row = minimum(walk.rowLeft(), count);
    walk.advance(row);
    count -= row;
  }
}

}  // namespace convgrad

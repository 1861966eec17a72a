// Copies between strided places, and fill. Both are templates over elements of a width, whatever they mean.
#include "strided.h"
#include "transpose.h"
#include "vectors.h"

namespace convgrad {

template <class T>
inline void copyContiguous(const T* x, T* y, i32 count) {
  // A call of memcpy costs as much as copying a few hundred bytes here.
  if (count * static_cast<i64>(sizeof(T)) < 1024) return copyRow(x, y, count);
  std::memcpy(y, x, count * sizeof(T));
}

template <class T>
void copyRows(const CopyArgs<T>& args, Task task) {
  const i32 size = sizeOf(args.shape, args.rank);
  const i32 end = shareStart(size, task.index + 1, task.count);
  const i32 xStep = args.xStrides[args.rank - 1];
  const i32 yStep = args.yStrides[args.rank - 1];
  StridedWalk<2> walk{args.rank, args.shape, {args.xStrides, args.yStrides}, {}, {}};
  i32 flat = shareStart(size, task.index, task.count);
  walk.moveTo(flat);
  while (flat < end) {
    const i32 count = minimum(walk.rowLeft(), end - flat);
    const T* x = args.x + walk.offset[0];
    T* y = args.y + walk.offset[1];
    if (yStep == 1 && xStep == 1) {
      copyContiguous(x, y, count);
    } else if (yStep == 1 && xStep == 0) {
      fillRow(y, *x, count);
    } else {
      for (i32 i = 0; i < count; ++i) y[i * yStep] = x[i * xStep];
    }
    flat += count;
    walk.advance(count);
  }
}

// Rows of a tile that is transposed at once: a cache line of 4-byte elements.
inline constexpr i32 tileSize = 16;

// y[i, j] = x[j, i] for 4 rows and columns; rows of x and y are contiguous, apart by their strides.
template <class T>
inline void transposeFour(const T* x, i32 xStride, T* y, i32 yStride) {
  if constexpr (sizeof(T) == 4) {
    transposeSquare(y, yStride, x, xStride);
  } else {
#pragma GCC unroll 4
    for (i32 i = 0; i < 4; ++i) {
#pragma GCC unroll 4
      for (i32 j = 0; j < 4; ++j) y[i * yStride + j] = x[j * xStride + i];
    }
  }
}

// y[i, j] = x[j, i], i < rows <= tileSize, j < cols, by tiles that are transposed in a buffer: strides that are powers of two would
// throw the lines of x or of y out of the cache before they are used up.
template <class T>
void transposeBlock(const T* x, i32 xStride, T* y, i32 yStride, i32 rows, i32 cols) {
  T tile[tileSize * tileSize];
  for (i32 column = 0; column < cols; column += tileSize, x += tileSize * xStride, y += tileSize) {
    const i32 width = minimum(tileSize, cols - column);
    if (rows < tileSize || width < tileSize) {
      for (i32 i = 0; i < rows; ++i) {
        for (i32 j = 0; j < width; ++j) y[i * yStride + j] = x[j * xStride + i];
      }
      continue;
    }
    for (i32 j = 0; j < tileSize; j += 4) {
      for (i32 i = 0; i < tileSize; i += 4) transposeFour(x + j * xStride + i, xStride, tile + i * tileSize + j, tileSize);
    }
    for (i32 i = 0; i < tileSize; ++i) copyRow(tile + i * tileSize, y + i * yStride, tileSize);
  }
}

// y is contiguous along the last dimension, x along dimension `p`: blocks of those two, for every index of the others.
template <class T>
void copyTransposed(const CopyArgs<T>& args, i32 p, Task task) {
  const i32 q = args.rank - 1;
  const i32 rows = args.shape[p], cols = args.shape[q];
  i32 shape[8], xStrides[8], yStrides[8];
  i32 rank = 0;
  for (i32 dim = 0; dim < q; ++dim) {
    if (dim == p) continue;
    shape[rank] = args.shape[dim];
    xStrides[rank] = args.xStrides[dim];
    yStrides[rank++] = args.yStrides[dim];
  }
  shape[rank] = (rows + tileSize - 1) / tileSize;
  xStrides[rank] = tileSize;
  yStrides[rank++] = tileSize * args.yStrides[p];

  const i32 blocks = sizeOf(shape, rank);
  const i32 end = shareStart(blocks, task.index + 1, task.count);
  StridedWalk<2> walk{rank, shape, {xStrides, yStrides}, {}, {}};
  i32 block = shareStart(blocks, task.index, task.count);
  walk.moveTo(block);
  for (; block < end; ++block) {
    const i32 blockRow = walk.index[rank - 1] * tileSize;
    transposeBlock<T>(
        args.x + walk.offset[0], args.xStrides[q], args.y + walk.offset[1], args.yStrides[p], minimum(tileSize, rows - blockRow), cols);
    walk.advance(1);
  }
}

template <class T>
void copy(const CopyArgs<T>& args, Task task) {
  const i32 last = args.rank - 1;
  if (args.yStrides[last] == 1 && args.xStrides[last] != 1 && args.xStrides[last] != 0) {
    for (i32 dim = 0; dim < last; ++dim) {
      if (args.xStrides[dim] == 1) return copyTransposed(args, dim, task);
    }
  }
  copyRows(args, task);
}

template <class T>
void fill(const FillArgs<T>& args, Task task) {
  const i32 start = shareStart(args.size, task.index, task.count);
  const i32 end = shareStart(args.size, task.index + 1, task.count);
  fillRow<T>(args.y + start, static_cast<T>(args.value), end - start);
}

}  // namespace convgrad

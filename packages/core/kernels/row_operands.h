// Operands of a product as matrices that tiles read as they are: the rows of a along the steps, the lines of b along the columns. One that
// lies otherwise is turned first.
#pragma once

#include "blocks.h"
#include "row_product.h"
#include "transpose.h"
#include "vectors.h"

namespace convgrad {

template <class T>
class RowOperands {
  struct Matrix {
    const T* data;
    i32 pitch;
  };

  const SharedGemmArgs<T>& args;
  const i32 m, n, depth;
  // Of copies; rows that begin a power of two apart would share a few places of the caches.
  const i32 aPitch, bPitch;
  T* const a;
  T* const b;

 public:
  explicit RowOperands(const SharedGemmArgs<T>& args)
      : args(args), m(args.m), n(args.n), depth(args.depth), aPitch((blocksOf(depth, lanes<T>) + 1) * lanes<T>),
        bPitch((blocksOf(n, lanes<T>) + 1) * lanes<T>), a(args.prepared), b(a + (args.transposeA ? m * aPitch : 0)) {}

  void prepare(const Task& task) const {
    if (args.transposeA) {
      const i32 first = wholeShare(m, task.index, task.count), end = wholeShare(m, task.index + 1, task.count);
      transpose(a + first * aPitch, aPitch, args.a + args.step * m + first, m, depth, end - first);
    }
    if (args.transposeB) {
      const i32 first = wholeShare(n, task.index, task.count), end = wholeShare(n, task.index + 1, task.count);
      transpose(b + first, bPitch, args.b + first * args.k + args.step, args.k, end - first, depth);
    }
  }

  // Longer sums are made in blocks of `blockK`.
  void multiply(i32 rowPart, i32 columnPart, i32 columnParts) const {
    const i32 row = shareStart(m, rowPart, args.rowParts), rows = shareStart(m, rowPart + 1, args.rowParts) - row;
    const i32 column = wholeShare(n, columnPart, columnParts), columns = wholeShare(n, columnPart + 1, columnParts) - column;
    const Matrix left = args.transposeA ? Matrix{a, aPitch} : Matrix{args.a + args.step, args.k};
    const Matrix right = args.transposeB ? Matrix{b, bPitch} : Matrix{args.b + args.step * n, n};
    T* c = args.c + row * n + column;
    const bool isFirst = args.step == 0;
    const bool hasBias = args.rowBias || args.columnBias;
    if (isFirst && hasBias) addBias(row, column, rows, columns, c);
    for (i32 start = 0; start < depth; start += args.blockK) {
      multiplyRows<T>({left.data + row * left.pitch + start, left.pitch, right.data + start * right.pitch + column, right.pitch, c, n, rows, columns,
                       minimum(args.blockK, depth - start), !isFirst || start > 0 || hasBias || args.accumulate != 0});
    }
  }

 private:
  // Shares of whole vectors.
  static i32 wholeShare(i32 size, i32 part, i32 parts) {
    return minimum(size, shareStart(blocksOf(size, lanes<T>), part, parts) * lanes<T>);
  }

  void addBias(i32 row, i32 column, i32 rows, i32 columns, T* c) const {
    for (i32 i = 0; i < rows; ++i, c += n) {
      if (!args.accumulate) fillRow(c, T(0), columns);
      if (args.columnBias) addRow(args.columnBias + column, c, columns);
      for (i32 j = 0; j < columns && args.rowBias; ++j) c[j] += args.rowBias[row + i];
    }
  }
};

}  // namespace convgrad

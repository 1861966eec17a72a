// Products along memory: sums[i, j] = sum over p of a[i, p] b[j, p], both rows running along what is summed, so nothing is packed.
#pragma once

#include "product.h"

namespace convgrad {

// Right rows that are worked through before the next tile of left rows: a multiple of what any tile takes at a time.
inline constexpr i32 dotBlock = 12;

// The tile of `rows` left rows from a on, `aStride` apart, with the right rows b[0 .. columns): sums is [rows, tileColumns, lanes],
// and the products of the elements behind the last whole vector are in the first lanes.
template <class T, i32 rows>
void dotRows(const T* a, i32 aStride, const T* const* b, i32 columns, i32 length, T* sums) {
  constexpr i32 tileColumns = dotColumnsFor(rows);
  const T* left[rows];
  const T* right[tileColumns];
  for (i32 i = 0; i < rows; ++i) left[i] = a + i * aStride;
  for (i32 j = 0; j < tileColumns; ++j) right[j] = b[minimum(j, columns - 1)];
  dotTile<T, rows, tileColumns>(left, right, length / lanes<T>, sums);
  for (i32 p = length / lanes<T> * lanes<T>; p < length; ++p) {
    for (i32 i = 0; i < rows; ++i) {
      for (i32 j = 0; j < tileColumns; ++j) sums[(i * tileColumns + j) * lanes<T>] += left[i][p] * right[j][p];
    }
  }
}

template <class T>
inline T sumOfLanes(const T* values) {
  if constexpr (lanes<T> == 4) return (values[0] + values[1]) + (values[2] + values[3]);
  T sum = values[0];
  for (i32 lane = 1; lane < lanes<T>; ++lane) sum += values[lane];
  return sum;
}

// Hands every tile of the product of left rows [firstRow, endRow) with `depth` right rows to `take`:
// take(Constant<rows>, row, column, columns, sums).
template <class T, class Right, class Take>
void dotProduct(const T* a, i32 aStride, i32 firstRow, i32 endRow, Right right, i32 depth, i32 length, Take take) {
  T sums[(vectorRegisters - 2) * lanes<T>];
  const i32 rows = endRow - firstRow;
  const i32 tiles = (rows + tallestDotTile - 1) / tallestDotTile;
  for (i32 block = 0; block < depth; block += dotBlock) {
    const i32 blockEnd = minimum(block + dotBlock, depth);
    const T* pointers[dotBlock];
    for (i32 j = block; j < blockEnd; ++j) pointers[j - block] = right(j);
    for (i32 tile = 0; tile < tiles; ++tile) {
      const i32 row = firstRow + shareStart(rows, tile, tiles);
      const i32 height = firstRow + shareStart(rows, tile + 1, tiles) - row;
      withConstant<1, tallestDotTile>(height, [&]<i32 tileRows>(Constant<tileRows> constant) {
        constexpr i32 tileColumns = dotColumnsFor(tileRows);
        for (i32 j = block; j < blockEnd; j += tileColumns) {
          const i32 columns = minimum(tileColumns, blockEnd - j);
          dotRows<T, tileRows>(a + row * aStride, aStride, pointers + (j - block), columns, length, sums);
          take(constant, row, j, columns, static_cast<const T*>(sums));
        }
      });
    }
  }
}

}  // namespace convgrad

// Products along memory: sums[i, j] = sum over p of a[i, p] b[j, p], both rows running along what is summed, so nothing is packed.
#pragma once

#include "lane_sums.h"
#include "product.h"

namespace convgrad {

// Right rows that are worked through before the next tile of left rows: a multiple of what any tile takes at a time.
inline constexpr i32 dotBlock = vectorBytes == 64 ? 15 : 12;

// sums[i] = the sum over the lanes of vector i.
template <class T, i32 count>
[[gnu::noinline]] void sumLanes(const T* x, T* sums) {
  constexpr i32 whole = lanes<T> >= 4 ? count / 4 * 4 : 0;
  if constexpr (whole > 0) {
    for (i32 i = 0; i < whole; i += 4) storeQuad(sums + i, sumOfEach(x + i * lanes<T>, lanes<T>));
  }
  for (i32 i = whole; i < count; ++i) sums[i] = sumOfLanes(x + i * lanes<T>);
}

// Adds the products of the last elements, which fill no vector: of narrow vectors to the first lanes of a tile's sums, of wide ones
// vector by vector, without what lies behind the last element.
template <class T>
[[gnu::noinline]] void addRest(const T* a, i32 aStride, const T* const* b, i32 rows, i32 columns, i32 first, i32 end, T* sums) {
  for (i32 i = 0; i < rows; ++i) {
    if constexpr (lanes<T> > 4) {
      const auto isWanted = lanesBelow<T>(end - first);
      const Vector<T> left = isWanted ? load(a + i * aStride + first) : Vector<T>{};
      for (i32 j = 0; j < columns; ++j, sums += lanes<T>) store(sums, load(sums) + left * (isWanted ? load(b[j] + first) : Vector<T>{}));
    } else {
      for (i32 j = 0; j < columns; ++j) {
        for (i32 p = first; p < end; ++p) sums[(i * columns + j) * lanes<T>] += a[i * aStride + p] * b[j][p];
      }
    }
  }
}

// Hands every tile of the product of left rows [firstRow, endRow) with `count` right rows to `take`:
// take(Constant<rows>, row, column, columns, sums), where sums is [rows, dotColumnsFor(rows), lanes].
template <class T, class Right, class Take>
void dotProduct(const T* a, i32 aStride, i32 firstRow, i32 endRow, Right right, i32 count, i32 length, Take take) {
  constexpr i32 widest = dotColumnsFor(1);
  T sums[(vectorRegisters - 2) * lanes<T>];
  const T* pointers[dotBlock + widest];
  const RowTiles tiles(endRow - firstRow, tallestDotTile);
  const i32 steps = length / lanes<T>;
  for (i32 block = 0; block < count; block += dotBlock) {
    const i32 columns = minimum(dotBlock, count - block);
    for (i32 j = 0; j < columns; ++j) pointers[j] = right(block + j);
    for (i32 j = columns; j < columns + widest; ++j) pointers[j] = pointers[columns - 1];
    for (i32 tile = 0; tile < tiles.count; ++tile) {
      const i32 row = firstRow + tiles.start(tile);
      const T* left = a + row * aStride;
      withConstant<1, tallestDotTile>(tiles.height(tile), [&]<i32 rows>(Constant<rows> constant) {
        constexpr i32 tileColumns = dotColumnsFor(rows);
        for (i32 j = 0; j < columns; j += tileColumns) {
          dotTile<T, rows, tileColumns>(left, aStride, pointers + j, steps, sums);
          if (steps * lanes<T> < length) addRest(left, aStride, pointers + j, rows, tileColumns, steps * lanes<T>, length, sums);
          take(constant, row, block + j, minimum(tileColumns, columns - j), static_cast<const T*>(sums));
        }
      });
    }
  }
}

}  // namespace convgrad

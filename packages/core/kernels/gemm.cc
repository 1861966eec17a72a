// c = op(a) op(b) (+ rowBias) (+ columnBias) (+ c), batched, in blocks of blockM x blockN, one a task.
//
// Three forms. In place: few rows of a, whose packing and whose panels of b would not pay. Packed: the block of a is packed into tiles
// for blockK steps at a time, and b is read by lines (transposed before, where it must be). Dot: a [m, k] and b [n, k] run along k both
// and are read as they lie, which wins unless both m and n are large.
#include "dot_product.h"
#include "row_product.h"
#include "transpose.h"

namespace convgrad {

// One block of one matrix of the batch, pointers at its first row and column.
template <class T>
struct GemmBlock {
  const T* a;
  const T* b;
  T* c;
  i32 rows, columns;
  Epilogue<T> epilogue;
};

template <class T>
void packRows(const GemmArgs<T>& args, const GemmBlock<T>& block, const RowTiles& tiles, i32 step, i32 depth, T* packed) {
  for (i32 tile = 0; tile < tiles.count; ++tile) {
    const i32 height = tiles.height(tile);
    const i32 row = tiles.start(tile);
    T* to = packed + row * depth;
    if (!args.transposeA) {
      transpose(to, height, block.a + row * args.k + step, args.k, height, depth);
    } else {
      const T* from = block.a + step * args.m + row;
      withConstant<1, tallestTile>(height, [&]<i32 rows>(Constant<rows>) {
        for (i32 k = 0; k < depth; ++k, to += rows, from += args.m) {
          for (i32 i = 0; i < rows; ++i) to[i] = from[i];
        }
      });
    }
  }
}

// Rows that are multiplied in place at most, where the lines of b do not all share a few sets of the cache. V8 gains nothing by it.
inline constexpr i32 mostRowsInPlace = 64;
template <class T>
bool isInPlace(const GemmArgs<T>& args, const GemmBlock<T>& block) {
  const bool isPlain = !args.transposeA && !args.transposeB && !args.rowBias && !args.columnBias && args.k > 0;
  return !isForV8 && isPlain && block.rows <= mostRowsInPlace && args.n % (4096 / static_cast<i32>(sizeof(T))) != 0;
}

template <class T>
void inPlaceBlock(const GemmArgs<T>& args, const GemmBlock<T>& block) {
  for (i32 step = 0; step < args.k; step += args.blockK) {
    multiplyRows<T>({block.a + step, args.k, block.b + step * args.n, args.n, block.c, args.n, block.rows, block.columns,
                     minimum(args.blockK, args.k - step), block.epilogue.accumulate || step > 0});
  }
}

template <class T>
void packedBlock(const GemmArgs<T>& args, const GemmBlock<T>& block, T* scratch) {
  const RowTiles tiles(block.rows);
  for (i32 step = 0; step == 0 || step < args.k; step += args.blockK) {
    const i32 depth = minimum(args.blockK, args.k - step);
    T* free = scratch + block.rows * depth;
    packRows(args, block, tiles, step, depth, scratch);
    Lines<T> lines = {block.b + step * args.n, args.n, depth, noOffset, 1};
    if (args.transposeB) {
      transpose(free, block.columns, block.b + step, args.k, block.columns, depth);
      lines.data = free;
      lines.pitch = block.columns;
      free += block.columns * depth;
    }
    Epilogue<T> epilogue = block.epilogue;
    if (step > 0) epilogue = {true, nullptr, nullptr};
    multiplyLines(PackedRows<T>{scratch, depth, 0}, tiles, 0, tiles.count, lines, block.columns, block.c, args.n, epilogue, free);
  }
}

template <class T>
void dotBlocks(const GemmArgs<T>& args, const GemmBlock<T>& block) {
  for (i32 step = 0; step == 0 || step < args.k; step += args.blockK) {
    Epilogue<T> epilogue = block.epilogue;
    if (step > 0) epilogue = {true, nullptr, nullptr};
    const auto row = [&](i32 j) { return block.b + j * args.k + step; };
    dotProduct<T>(block.a + step, args.k, 0, block.rows, row, block.columns, minimum(args.blockK, args.k - step),
                  [&]<i32 rows>(Constant<rows>, i32 i, i32 j, i32 columns, const T* tile) {
                    constexpr i32 tileColumns = dotColumnsFor(rows);
                    T sums[rows * tileColumns];
                    sumLanes<T, rows * tileColumns>(tile, sums);
                    storeSums(sums, rows, tileColumns, columns, block.c + i * args.n + j, args.n, epilogue.at(i, j));
                  });
  }
}

template <class T>
void gemm(const GemmArgs<T>& args, Task task) {
  const i32 rowBlocks = (args.m + args.blockM - 1) / args.blockM;
  const i32 columnBlocks = (args.n + args.blockN - 1) / args.blockN;
  const i32 row = task.index / columnBlocks % rowBlocks * args.blockM;
  const i32 column = task.index % columnBlocks * args.blockN;
  const i32 batch = task.index / columnBlocks / rowBlocks;
  const Epilogue<T> epilogue = {args.accumulate != 0, args.rowBias, args.columnBias};
  const GemmBlock<T> block = {
      args.a + batch * args.aStride + row * (args.transposeA ? 1 : args.k),
      args.b + batch * args.bStride + column * (args.transposeB ? args.k : 1),
      args.c + batch * args.cStride + row * args.n + column,
      minimum(args.blockM, args.m - row),
      minimum(args.blockN, args.n - column),
      epilogue.at(row, column),
  };
  if (args.dot) dotBlocks(args, block);
  else if (isInPlace(args, block)) inPlaceBlock(args, block);
  else packedBlock(args, block, reinterpret_cast<T*>(static_cast<u8*>(args.scratch) + task.worker * args.scratchStride));
}

}  // namespace convgrad

// Operands of a product packed for its register tiles: the rows of a in tiles, the columns of b in panels.
#pragma once

#include "blocks.h"
#include "product.h"
#include "transpose.h"

namespace convgrad {

// Columns that are copied at a time: where panels are narrow, several, so that whole lines of the cache are read and written.
template <class T>
inline constexpr i32 stripWidth = panelWidth<T> * maximum(1, 256 / (panelVectors * vectorBytes));

template <class T>
class TileOperands {
  const SharedGemmArgs<T>& args;
  const i32 depth, n;
  const RowTiles tiles;
  const i32 panels;
  T* const a;  // as PackedRows
  T* const b;  // [panels, depth, width], the last panel only as many whole vectors wide as it needs

 public:
  explicit TileOperands(const SharedGemmArgs<T>& args)
      : args(args), depth(args.depth), n(args.n), tiles(args.m), panels(blocksOf(args.n, panelWidth<T>)), a(args.prepared), b(a + args.m * depth) {}

  void prepare(const Task& task) const {
    const auto start = [&](i32 size) { return shareStart(size, task.index, task.count); };
    const auto end = [&](i32 size) { return shareStart(size, task.index + 1, task.count); };
    if (args.transposeA) packRowSteps(start(depth), end(depth));
    else packRows(start(tiles.count), end(tiles.count));
    if (args.transposeB) packColumns(start(panels), end(panels));
    else packColumnSteps(start(depth), end(depth));
  }

  // Longer sums are made in blocks of `blockK`, whose results are still near.
  void multiply(i32 rowPart, i32 columnPart, i32 columnParts) const {
    const i32 firstTile = shareStart(tiles.count, rowPart, args.rowParts), endTile = shareStart(tiles.count, rowPart + 1, args.rowParts);
    const i32 endPanel = shareStart(panels, columnPart + 1, columnParts);
    for (i32 at = shareStart(panels, columnPart, columnParts); at < endPanel; ++at) {
      const i32 column = at * panelWidth<T>;
      for (i32 start = 0; start < depth; start += args.blockK) {
        Epilogue<T> epilogue = {args.accumulate != 0, args.rowBias, args.columnBias};
        if (args.step + start > 0) epilogue = {true, nullptr, nullptr};
        forEachHeight(tiles, firstTile, endTile, [&](i32 height, i32 first, i32 end) {
          const i32 row = tiles.start(first);
          const T* left = PackedRows<T>{a, depth, start}.tile(tiles, first);
          T* c = args.c + row * n + column;
          withConstant<lowestPanelTile, tallestTile>(height, [&]<i32 rows>(Constant<rows>) {
            withConstant<1, panelVectors>(vectors(at), [&]<i32 count>(Constant<count>) {
              const T* right = panel(at) + start * count * lanes<T>;
              const i32 steps = minimum(args.blockK, depth - start);
              const TileRun<T> run = {left, rows * depth, end - first, right, nullptr, steps, width(at), c, n};
              multiplyRun<T, rows, count, true>(run, epilogue.at(row, column));
            });
          });
        });
      }
    }
  }

 private:
  i32 width(i32 panel) const { return minimum(panelWidth<T>, n - panel * panelWidth<T>); }
  i32 vectors(i32 panel) const { return blocksOf(width(panel), lanes<T>); }
  T* panel(i32 index) const { return b + index * panelWidth<T> * depth; }

  // From rows that run along the steps.
  void packRows(i32 firstTile, i32 endTile) const {
    for (i32 tile = firstTile; tile < endTile; ++tile) {
      const i32 height = tiles.height(tile);
      transpose(a + tiles.start(tile) * depth, height, args.a + tiles.start(tile) * args.k + args.step, args.k, height, depth);
    }
  }

  void packColumns(i32 firstPanel, i32 endPanel) const {
    for (i32 at = firstPanel; at < endPanel; ++at) {
      transpose(panel(at), vectors(at) * lanes<T>, args.b + at * panelWidth<T> * args.k + args.step, args.k, width(at), depth);
    }
  }

  // From rows that run along what is packed.
  void packRowSteps(i32 first, i32 end) const {
    const i32 m = args.m, stripTiles = maximum(1, stripWidth<T> / tallestTile);
    const T* from = args.a + args.step * m;
    for (i32 strip = 0; strip < tiles.count; strip += stripTiles) {
      for (i32 step = first; step < end; ++step) {
        for (i32 tile = strip; tile < minimum(strip + stripTiles, tiles.count); ++tile) {
          const i32 row = tiles.start(tile);
          withConstant<lowestPanelTile, tallestTile>(tiles.height(tile), [&]<i32 rows>(Constant<rows>) {
            std::memcpy(a + row * depth + step * rows, from + step * m + row, rows * sizeof(T));
          });
        }
      }
    }
  }

  void packColumnSteps(i32 first, i32 end) const {
    const T* from = args.b + args.step * n;
    for (i32 strip = 0; strip < n; strip += stripWidth<T>) {
      const i32 endPanel = minimum(blocksOf(strip + stripWidth<T>, panelWidth<T>), panels);
      for (i32 step = first; step < end; ++step) {
        for (i32 at = strip / panelWidth<T>; at < endPanel; ++at) {
          withConstant<1, panelVectors>(vectors(at), [&]<i32 count>(Constant<count>) {
            const T* line = from + step * n + at * panelWidth<T>;
            T* to = panel(at) + step * count * lanes<T>;
            CONVGRAD_UNROLL
            for (i32 v = 0; v < count; ++v) store(to + v * lanes<T>, load(line + v * lanes<T>));
          });
        }
      }
    }
  }
};

}  // namespace convgrad

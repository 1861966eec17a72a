// Operands of a product as matrices that tiles read as they are: the rows of a along the steps, the lines of b along the columns. One that
// lies otherwise is turned first, and lines that would share a few places of the caches are copied; either leaves b in panels.
#pragma once

#include "blocks.h"
#include "row_product.h"
#include "transpose.h"
#include "vectors.h"

namespace convgrad {

template <class T>
class RowOperands {
  // Panels too are set off from a power of two.
  static constexpr i32 panelGap = 272;
  struct Matrix {
    const T* data;
    i32 pitch;
  };

  const SharedGemmArgs<T>& args;
  const i32 m, n, depth;
  const bool hasPanels;
  // Of a turned; rows that begin a power of two apart would share a few places of the caches.
  const i32 aPitch;
  const i32 vectors, panels;  // of b
  T* const a;
  T* const b;

 public:
  explicit RowOperands(const SharedGemmArgs<T>& args)
      : args(args), m(args.m), n(args.n), depth(args.depth), hasPanels(args.transposeB || args.copyB),
        aPitch((blocksOf(depth, lanes<T>) + 1) * lanes<T>), vectors(blocksOf(n, lanes<T>)), panels(blocksOf(vectors, widestRowTile)),
        a(args.prepared), b(a + (args.transposeA ? m * aPitch : 0)) {}

  void prepare(const Task& task) const {
    if (args.transposeA) {
      const i32 first = wholeShare(m, task.index, task.count), end = wholeShare(m, task.index + 1, task.count);
      transpose(a + first * aPitch, aPitch, args.a + args.step * m + first, m, depth, end - first);
    }
    if (args.transposeB) {
      const i32 first = wholeShare(depth, task.index, task.count), steps = wholeShare(depth, task.index + 1, task.count) - first;
      for (i32 panel = 0; panel < panels; ++panel) {
        const i32 column = columnOf(panel), pitch = pitchOf(panel);
        transpose(panelOf(panel) + first * pitch, pitch, args.b + column * args.k + args.step + first, args.k, widthOf(panel), steps);
      }
    } else if (args.copyB) {
      const i32 end = shareStart(depth, task.index + 1, task.count);
      for (i32 step = shareStart(depth, task.index, task.count); step < end; ++step) {
        const T* const line = args.b + (args.step + step) * n;
        for (i32 panel = 0; panel < panels; ++panel) {
          const i32 column = columnOf(panel), pitch = pitchOf(panel);
          copyRow(line + column, panelOf(panel) + step * pitch, pitch);
        }
      }
    }
  }

  // Longer sums are made in blocks of `blockK`.
  void multiply(i32 rowPart, i32 columnPart, i32 columnParts) const {
    const i32 row = shareStart(m, rowPart, args.rowParts), rows = shareStart(m, rowPart + 1, args.rowParts) - row;
    const i32 firstPanel = shareStart(panels, columnPart, columnParts), endPanel = shareStart(panels, columnPart + 1, columnParts);
    const i32 column = columnOf(firstPanel), columns = minimum(n, columnOf(endPanel)) - column;
    const Matrix left = args.transposeA ? Matrix{a + row * aPitch, aPitch} : Matrix{args.a + args.step + row * args.k, args.k};
    T* const c = args.c + row * n;
    const bool addsBias = args.columnBias && args.step == 0;
    if (addsBias) setColumnBias(column, rows, columns, c + column);
    for (i32 start = 0; start < depth; start += args.blockK) {
      const i32 steps = minimum(args.blockK, depth - start);
      const bool isFirst = args.step + start == 0;
      const bool adds = !isFirst || addsBias || args.accumulate != 0;
      const T* rowBias = isFirst && args.rowBias ? args.rowBias + row : nullptr;
      if (!hasPanels) {
        multiplyRows<T>({left.data + start, left.pitch, args.b + (args.step + start) * n + column, n, c + column, n, rows, columns, steps, adds, rowBias});
        continue;
      }
      for (i32 panel = firstPanel; panel < endPanel; ++panel) {
        const i32 at = columnOf(panel), pitch = pitchOf(panel);
        const T* const lines = panelOf(panel) + start * pitch;
        const T* const next = panel + 1 < panels && pitchOf(panel + 1) == pitch ? panelOf(panel + 1) + start * pitch : nullptr;
        multiplyRows<T>({left.data + start, left.pitch, lines, pitch, c + at, n, rows, widthOf(panel), steps, adds, rowBias, next});
      }
    }
  }

 private:
  // Shares of whole vectors.
  static i32 wholeShare(i32 size, i32 part, i32 parts) {
    return minimum(size, shareStart(blocksOf(size, lanes<T>), part, parts) * lanes<T>);
  }

  T* panelOf(i32 panel) const { return b + columnOf(panel) * depth + panel * panelGap; }
  i32 columnOf(i32 panel) const { return shareStart(vectors, panel, panels) * lanes<T>; }
  i32 pitchOf(i32 panel) const { return columnOf(panel + 1) - columnOf(panel); }
  i32 widthOf(i32 panel) const { return minimum(n, columnOf(panel + 1)) - columnOf(panel); }

  void setColumnBias(i32 column, i32 rows, i32 columns, T* c) const {
    for (i32 i = 0; i < rows; ++i, c += n) {
      if (args.accumulate) addRow(args.columnBias + column, c, columns);
      else copyRow(args.columnBias + column, c, columns);
    }
  }
};

}  // namespace convgrad

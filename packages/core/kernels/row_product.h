// Products of matrices as they lie, nothing packed: c[rows, columns] = a[rows, depth] b[depth, columns] (+ rowBias) (+ c), where rows of a run along
// the depth and lines of b along the columns. For operands that a kernel has just made, or that few tiles read.
#pragma once

#include "product.h"

namespace convgrad {

// V8 spills where the steps of a tile are written out, and where anything but stores follows its loop: see micro_kernel.h.
#if defined(__wasm__)
inline constexpr bool isForV8 = true;
#else
inline constexpr bool isForV8 = false;
#endif

// Vectors of the widest tile, and the rows that fit beside so many.
inline constexpr i32 widestRowTile = vectorBytes == 64 ? 4 : 2;
constexpr i32 rowTileRows(i32 vectors) { return minimum(tallestTile, (vectorRegisters - 1 - productRegisters) / vectors - 1); }

template <class T, i32 rows, i32 vectors>
[[gnu::always_inline]] inline void rowStep(Vector<T> (&values)[rows][vectors], const T* const (&row)[rows], i32 step, const T* b) {
  Vector<T> line[vectors];
  CONVGRAD_UNROLL
  for (i32 v = 0; v < vectors; ++v) line[v] = load(b + v * lanes<T>);
  CONVGRAD_UNROLL
  for (i32 i = 0; i < rows; ++i) {
    const Vector<T> factor = splat(row[i][step]);
    CONVGRAD_UNROLL
    for (i32 v = 0; v < vectors; ++v) values[i][v] += factor * line[v];
    CONVGRAD_UNROLL
    for (i32 v = 0; v < vectors; ++v) pin<T>(values[i][v]);
  }
}

template <class T, i32 rows>
[[gnu::always_inline]] inline void moveRows(const T* (&row)[rows], i32 steps) {
  CONVGRAD_UNROLL
  for (i32 i = 0; i < rows; ++i) {
    row[i] += steps;
    pinPointer(row[i]);
  }
}

// Lines of the cache that a tile calls for while it multiplies, four every four steps: all at once they would hold up its own loads. A tile of few
// steps does not come to all of them; those of the next c are the first.
class LinesAhead {
  static constexpr i32 room = 96;
  const void* lines[room];
  i32 count = 0;

 public:
  struct Calls {
    const void* const* line;
    const void* const* end;
    [[gnu::always_inline]] void callFour() {
      if (isForV8 || end - line < 4) return;
      CONVGRAD_UNROLL
      for (i32 i = 0; i < 4; ++i) __builtin_prefetch(line[i]);
      line += 4;
    }
  };

  template <class T, i32 rows, i32 vectors>
  [[gnu::always_inline]] void startWithTile(const T* c, i32 pitch) {
    if (isForV8) return;
    CONVGRAD_UNROLL
    for (i32 i = 0; i < rows * vectors; ++i) lines[i] = c + i / vectors * pitch + i % vectors * lanes<T>;
    count = rows * vectors;
  }
  // What steps [first, end) read of b.
  template <class T, i32 vectors>
  [[gnu::always_inline]] void addSteps(const T* b, i32 pitch, i32 first, i32 end) {
    if (isForV8) return;
    for (i32 step = first; step < end && count + vectors <= room; ++step) {
      CONVGRAD_UNROLL
      for (i32 v = 0; v < vectors; ++v) lines[count++] = b + step * pitch + v * lanes<T>;
    }
  }
  Calls calls() const { return {lines, lines + count}; }
};

// One register tile over at least one step, which begins with start[rows]; its sums are added to c, or begin it.
template <class T, i32 rows, i32 vectors, bool adds>
[[gnu::noinline]] void rowTile(const T* a, i32 aPitch, const T* b, i32 bPitch, i32 depth, const T* start, T* c, i32 cPitch, LinesAhead::Calls ahead) {
  Vector<T> values[rows][vectors];
  CONVGRAD_UNROLL
  for (i32 i = 0; i < rows * vectors; ++i) values[i / vectors][i % vectors] = splat(start[i / vectors]);
  const T* row[rows];
  CONVGRAD_UNROLL
  for (i32 i = 0; i < rows; ++i) row[i] = a + i * aPitch;
  if constexpr (stepFits(rows, vectors) || !isForV8) {
    for (;;) {
      ahead.callFour();
      rowStep(values, row, 0, b);
      b += bPitch;
      if (--depth == 0) break;
      rowStep(values, row, 1, b);
      b += bPitch;
      if (--depth == 0) break;
      rowStep(values, row, 2, b);
      b += bPitch;
      if (--depth == 0) break;
      rowStep(values, row, 3, b);
      b += bPitch;
      if (--depth == 0) break;
      moveRows(row, 4);
    }
  } else {
    for (; depth > 0; --depth) {
      pinPointer(b);
      rowStep(values, row, 0, b);
      moveRows(row, 1);
      b += bPitch;
    }
  }
  if constexpr (adds) {
    CONVGRAD_UNROLL
    for (i32 i = 0; i < rows * vectors; ++i) values[i / vectors][i % vectors] += load(c + i / vectors * cPitch + i % vectors * lanes<T>);
  }
  storeInOrder(c, cPitch, values);
}

template <class T>
struct RowProduct {
  const T* a;
  i32 aPitch;
  const T* b;
  i32 bPitch;
  T* c;
  i32 cPitch;
  i32 rows, columns, depth;
  bool adds;
  const T* rowBias = nullptr;
  // Another b of the same shape, which is read next and called for meanwhile.
  const T* next = nullptr;
  // Whether b is in no cache yet, so that its own next columns are called for.
  bool isFar = false;
};

// The columns [column, column + width) of the product, at most `vectors` vectors.
template <class T, i32 vectors>
void multiplyColumns(const RowProduct<T>& product, i32 column, i32 width, const T* next) {
  constexpr i32 tileWidth = vectors * lanes<T>;
  // Rather than to cut a tile off, some columns are computed twice.
  if (width < tileWidth && tileWidth <= product.columns && !product.adds) {
    column = product.columns - tileWidth;
    width = tileWidth;
  }
  const RowTiles tiles(product.rows, rowTileRows(vectors));
  const T* b = product.b + column;
  LinesAhead ahead;
  forEachHeight(tiles, 0, tiles.count, [&](i32 height, i32 first, i32 end) {
    withConstant<1, rowTileRows(vectors)>(height, [&]<i32 rows>(Constant<rows>) {
      const T* a = product.a + tiles.start(first) * product.aPitch;
      T* c = product.c + tiles.start(first) * product.cPitch + column;
      const T* start = product.rowBias ? product.rowBias + tiles.start(first) : zeros<T>;
      const i32 startStep = product.rowBias ? rows : 0;
      for (i32 tile = first; tile < end; ++tile, a += rows * product.aPitch, start += startStep, c += rows * product.cPitch) {
        if (tile == 0) prefetchTile<T, rows, vectors>(c, product.cPitch);
        ahead.startWithTile<T, rows, vectors>(tile + 1 < tiles.count ? c + rows * product.cPitch : c, product.cPitch);
        if (next) ahead.addSteps<T, vectors>(next, product.bPitch, shareStart(product.depth, tile, tiles.count), shareStart(product.depth, tile + 1, tiles.count));
        if (width < tileWidth || (isForV8 && product.adds)) {
          T sums[rows * tileWidth];
          rowTile<T, rows, vectors, false>(a, product.aPitch, b, product.bPitch, product.depth, start, sums, tileWidth, ahead.calls());
          storeSums(sums, rows, tileWidth, width, c, product.cPitch, Epilogue<T>{product.adds, nullptr, nullptr});
        } else if (product.adds) {
          if constexpr (!isForV8) {
            rowTile<T, rows, vectors, true>(a, product.aPitch, b, product.bPitch, product.depth, start, c, product.cPitch, ahead.calls());
          }
        } else {
          rowTile<T, rows, vectors, false>(a, product.aPitch, b, product.bPitch, product.depth, start, c, product.cPitch, ahead.calls());
        }
      }
    });
  });
}

// Columns are cut into panels as evenly as vectors go. With a depth of 0 nothing is written.
template <class T>
void multiplyRows(const RowProduct<T>& product) {
  if (product.depth == 0) return;
  const i32 total = (product.columns + lanes<T> - 1) / lanes<T>;
  const i32 panels = (total + widestRowTile - 1) / widestRowTile;
  for (i32 panel = 0; panel < panels; ++panel) {
    const i32 first = shareStart(total, panel, panels), vectors = shareStart(total, panel + 1, panels) - first;
    const i32 column = first * lanes<T>;
    const T* next = panel + 1 == panels ? product.next : product.isFar ? product.b + column + vectors * lanes<T> : nullptr;
    withConstant<1, widestRowTile>(vectors, [&]<i32 count>(Constant<count>) {
      multiplyColumns<T, count>(product, column, minimum(count * lanes<T>, product.columns - column), next);
    });
  }
}

}  // namespace convgrad

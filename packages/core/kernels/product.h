// Products of packed rows with lines: c[rows, columns] = a[rows, depth] b[depth, columns], cut into register tiles.
#pragma once

#include "constant.h"
#include "micro_kernel.h"

namespace convgrad {

// Rows cut evenly into tiles that are as tall as can be, `taller` of them by one row taller than the others. Packed, a tile of h
// rows is h numbers a step, tile after tile.
struct RowTiles {
  i32 rows, count, low, taller;
  explicit RowTiles(i32 rows, i32 tallest = tallestTile) : rows(rows), count((rows + tallest - 1) / tallest) {
    low = rows / maximum(1, count);
    taller = rows - low * count;
  }
  i32 start(i32 tile) const { return tile * low + minimum(tile, taller); }
  i32 height(i32 tile) const { return low + (tile < taller ? 1 : 0); }
  i32 tileOf(i32 row) const {
    const i32 tall = taller * (low + 1);
    return row < tall ? row / (low + 1) : taller + (row - tall) / low;
  }
};

// The right operand: `groups` times `count` lines, line j of group g at data + offsets[g] + j * pitch.
template <class T>
struct Lines {
  const T* data;
  i32 pitch;
  i32 count;
  const i32* offsets;
  i32 groups;
  i32 depth() const { return groups * count; }
};

inline constexpr i32 noOffset[1] = {0};

// What becomes of a sum: c = sum (+ rowBias[i]) (+ columnBias[j]) (+ c).
template <class T>
struct Epilogue {
  bool accumulate;
  const T* rowBias;
  const T* columnBias;
  Epilogue at(i32 row, i32 column) const {
    return {accumulate, rowBias ? rowBias + row : nullptr, columnBias ? columnBias + column : nullptr};
  }
};

template <class T>
[[gnu::noinline]] void storeSums(const T* sums, i32 rows, i32 width, i32 columns, T* c, i32 stride, const Epilogue<T>& epilogue) {
  const i32 whole = columns / lanes<T> * lanes<T>;
  for (i32 i = 0; i < rows; ++i, sums += width, c += stride) {
    const T bias = epilogue.rowBias ? epilogue.rowBias[i] : T(0);
    for (i32 j = 0; j < whole; j += lanes<T>) {
      Vector<T> sum = load(sums + j) + bias;
      if (epilogue.columnBias) sum += load(epilogue.columnBias + j);
      if (epilogue.accumulate) sum += load(c + j);
      store(c + j, sum);
    }
    for (i32 j = whole; j < columns; ++j) {
      T sum = sums[j] + bias;
      if (epilogue.columnBias) sum += epilogue.columnBias[j];
      if (epilogue.accumulate) sum += c[j];
      c[j] = sum;
    }
  }
}

// Calls `function` with a number between `least` and `most` as a compile-time constant.
template <i32 least, i32 most, class Function>
inline void withConstant(i32 number, Function function) {
  if constexpr (least < most) {
    if (number != most) return withConstant<least, most - 1>(number, function);
  }
  function(Constant<most>{});
}

// From so many rows on it pays to copy the lines of each panel together first; tiles are then never lower than `lowestPanelTile`.
inline constexpr i32 panelRows = 3 * (tallestTile - 1);
inline constexpr i32 lowestPanelTile = (3 * tallestTile + 1) / 4;
inline constexpr i32 panelVectors = vectorsFor(tallestTile);
template <class T>
inline constexpr i32 panelWidth = panelVectors * lanes<T>;

template <class T, i32 vectors>
[[gnu::noinline]] void gatherPanel(const Lines<T>& lines, i32 column, T* panel) {
  for (i32 group = 0; group < lines.groups; ++group) {
    const T* line = lines.data + lines.offsets[group] + column;
    for (i32 j = 0; j < lines.count; ++j) {
      for (i32 v = 0; v < vectors; ++v) store(panel + v * lanes<T>, load(line + v * lanes<T>));
      line += lines.pitch;
      panel += vectors * lanes<T>;
    }
  }
}

// Tiles [firstTile, endTile) of c from packed a: the tile that starts at row r begins at a + r * rowStep + height * offset.
template <class T>
struct PackedRows {
  const T* data;
  i32 rowStep;
  i32 offset;
  const T* tile(const RowTiles& tiles, i32 index) const { return data + tiles.start(index) * rowStep + tiles.height(index) * offset; }
};

// A run of tiles of one height, one below the other, in one panel or place of the lines.
template <class T>
struct TileRun {
  const T* a;
  i32 aStep;
  i32 count;
  const T* b;
  const i32* offsets;
  i32 depth;
  i32 columns;
  T* c;
  i32 stride;
};

template <class T>
inline constexpr T zeros[tallestTile] = {};

// Calls for the lines that a tile will be written to, before it is computed: mostly they are in memory, or of another processor.
template <class T, i32 rows, i32 vectors>
[[gnu::always_inline]] inline void prefetchTile(const T* c, i32 stride) {
  CONVGRAD_UNROLL
  for (i32 i = 0; i < rows * vectors; ++i) __builtin_prefetch(c + i / vectors * stride + i % vectors * lanes<T>, 1);
}

// Sums go straight to c where nothing else is to be done with them than to add the rows' bias.
template <class T, i32 rows, i32 vectors, bool isPanel>
void multiplyRun(const TileRun<T>& run, const Epilogue<T>& epilogue) {
  constexpr i32 width = vectors * lanes<T>;
  const T* a = run.a;
  T* c = run.c;
  if (run.columns == width && !epilogue.accumulate && !epilogue.columnBias) {
    const T* start = epilogue.rowBias ? epilogue.rowBias : zeros<T>;
    const i32 startStep = epilogue.rowBias ? rows : 0;
    for (i32 tile = 0; tile < run.count; ++tile, a += run.aStep, start += startStep, c += rows * run.stride) {
      prefetchTile<T, rows, vectors>(c, run.stride);
      outerTile<T, rows, vectors, isPanel>(a, run.b, run.offsets, run.depth, start, c, run.stride);
    }
  } else {
    T sums[rows * width];
    for (i32 tile = 0; tile < run.count; ++tile, a += run.aStep, c += rows * run.stride) {
      prefetchTile<T, rows, vectors>(c, run.stride);
      outerTile<T, rows, vectors, isPanel>(a, run.b, run.offsets, run.depth, zeros<T>, sums, width);
      storeSums(sums, rows, width, run.columns, c, run.stride, epilogue.at(tile * rows, 0));
    }
  }
}

// Calls run(height, firstTile, endTile) for the tiles of each of the two heights within [firstTile, endTile).
template <class Run>
void forEachHeight(const RowTiles& tiles, i32 firstTile, i32 endTile, Run run) {
  const i32 middle = minimum(maximum(firstTile, tiles.taller), endTile);
  if (firstTile < middle) run(tiles.low + 1, firstTile, middle);
  if (middle < endTile) run(tiles.low, middle, endTile);
}

// `gather` fills a panel: gather(Constant<vectors>, the first column, where to).
template <class T, class Gather>
void multiplyPanels(const PackedRows<T>& a, const RowTiles& tiles, i32 firstTile, i32 endTile, Gather gather, i32 depth, i32 columns, T* c,
                    i32 stride, const Epilogue<T>& epilogue, T* panel) {
  for (i32 column = 0; column < columns; column += panelWidth<T>) {
    // The last panel is as narrow as it can be.
    const i32 width = minimum(panelWidth<T>, columns - column);
    withConstant<1, panelVectors>((width + lanes<T> - 1) / lanes<T>, [&]<i32 vectors>(Constant<vectors> constant) {
      gather(constant, column, panel);
      forEachHeight(tiles, firstTile, endTile, [&](i32 height, i32 first, i32 end) {
        const i32 row = tiles.start(first);
        const TileRun<T> run = {a.tile(tiles, first), height * a.rowStep, end - first, panel, nullptr, depth, width,
                                c + row * stride + column, stride};
        withConstant<lowestPanelTile, tallestTile>(height, [&]<i32 rows>(Constant<rows>) {
          multiplyRun<T, rows, vectors, true>(run, epilogue.at(row, column));
        });
      });
    });
  }
}

// One row alone, as depthwise convolutions have them: whole vectors of c[columns]; returns how many columns that was.
template <class T>
[[gnu::noinline]] i32 multiplyRow(const T* a, const T* b, const i32* offsets, i32 depth, T start, T* c, i32 columns) {
  constexpr i32 vectors = vectorsFor(1);
  i32 column = 0;
  for (; column + vectors * lanes<T> <= columns; column += vectors * lanes<T>) {
    Vector<T> values[1][vectors];
    for (i32 v = 0; v < vectors; ++v) values[0][v] = splat(start);
    for (i32 step = 0; step < depth; ++step) outerStep(values, a + step, b + offsets[step] + column);
    storeInOrder(c + column, 0, values);
  }
  return column;
}

template <class T>
void multiplyInPlace(const PackedRows<T>& a, const RowTiles& tiles, i32 firstTile, i32 endTile, const Lines<T>& lines, i32 columns, T* c,
                     i32 stride, const Epilogue<T>& epilogue, i32* offsets) {
  for (i32 group = 0, step = 0; group < lines.groups; ++group) {
    for (i32 j = 0; j < lines.count; ++j, ++step) offsets[step] = lines.offsets[group] + j * lines.pitch;
  }
  forEachHeight(tiles, firstTile, endTile, [&](i32 height, i32 first, i32 end) {
    withConstant<1, tallestTile>(height, [&]<i32 rows>(Constant<rows>) {
      constexpr i32 tileWidth = vectorsFor(rows) * lanes<T>;
      const i32 row = tiles.start(first);
      i32 column = 0;
      if (tiles.rows == 1 && !epilogue.accumulate && !epilogue.columnBias) {
        const T start = epilogue.rowBias ? epilogue.rowBias[0] : T(0);
        column = multiplyRow(a.tile(tiles, first), lines.data, offsets, lines.depth(), start, c, columns);
      }
      for (; column < columns; column += tileWidth) {
        const TileRun<T> run = {a.tile(tiles, first), rows * a.rowStep, end - first, lines.data + column, offsets, lines.depth(),
                                minimum(tileWidth, columns - column), c + row * stride + column, stride};
        multiplyRun<T, rows, vectorsFor(rows), false>(run, epilogue.at(row, column));
      }
    });
  });
}

// c[rows of the tiles, columns]; c points at row 0 of all tiles. `scratch` holds depth * (panelWidth + 1) elements.
template <class T>
void multiplyLines(const PackedRows<T>& a, const RowTiles& tiles, i32 firstTile, i32 endTile, const Lines<T>& lines, i32 columns, T* c,
                   i32 stride, const Epilogue<T>& epilogue, T* scratch) {
  if (tiles.rows >= panelRows) {
    const auto gather = [&]<i32 vectors>(Constant<vectors>, i32 column, T* panel) { gatherPanel<T, vectors>(lines, column, panel); };
    multiplyPanels(a, tiles, firstTile, endTile, gather, lines.depth(), columns, c, stride, epilogue, scratch);
  } else {
    multiplyInPlace(a, tiles, firstTile, endTile, lines, columns, c, stride, epilogue, reinterpret_cast<i32*>(scratch));
  }
}

}  // namespace convgrad

// The products of Winograd's weight gradients at a point: rows are transformed cotangents, in blocks [place of the tile, row of the block], of which a
// vector is one or two; columns are transformed inputs, a panel.
#pragma once

#include "product.h"

namespace convgrad {

// Rows of a block, which is a register tile, and vectors of a panel.
template <class T>
inline constexpr i32 weightRows = maximum(4, lanes<T> / 2);
template <class T>
inline constexpr i32 weightVectors = vectorsFor(weightRows<T>);

// Blocks of four rows are fewer than a register tile holds best: three of them are taken as two tiles of six rows.
template <class T>
inline constexpr bool splitsBlocks = weightRows<T> == 4 && tallestTile >= 6;

// c[6, vectors * lanes] = the sum over `depth` steps of rows times the panel b: of `upper` rows at a and the others at `below`, both in
// blocks.
template <class T, i32 upper, i32 vectors>
[[gnu::noinline]] void splitTile(const T* a, const T* below, const T* b, i32 depth, T* c, i32 stride) {
  constexpr i32 rows = 6;
  Vector<T> values[rows][vectors] = {};
  for (; depth > 0; --depth) {
    pinPointer(a);
    pinPointer(below);
    pinPointer(b);
    Vector<T> line[vectors];
    CONVGRAD_UNROLL
    for (i32 v = 0; v < vectors; ++v) line[v] = load(b + v * lanes<T>);
    CONVGRAD_UNROLL
    for (i32 i = 0; i < rows; ++i) {
      const Vector<T> factor = splat(i < upper ? a[i] : below[i - upper]);
      CONVGRAD_UNROLL
      for (i32 v = 0; v < vectors; ++v) values[i][v] += factor * line[v];
      CONVGRAD_UNROLL
      for (i32 v = 0; v < vectors; ++v) pin<T>(values[i][v]);
    }
    a += weightRows<T>;
    below += weightRows<T>;
    b += vectors * lanes<T>;
  }
  storeInOrder(c, stride, values);
}

// c[blocks * weightRows, vectors * lanes] = the sum over `depth` places of the blocks at a, `step` numbers apart, times the panel b.
template <class T, i32 vectors>
void multiplyBlocks(const T* a, i32 step, i32 blocks, const T* b, i32 depth, T* c) {
  constexpr i32 width = vectors * lanes<T>;
  if constexpr (splitsBlocks<T>) {
    for (; blocks >= 3; blocks -= 3, a += 3 * step, c += 12 * width) {
      splitTile<T, 4, vectors>(a, a + step, b, depth, c, width);
      splitTile<T, 2, vectors>(a + step + 2, a + 2 * step, b, depth, c + 6 * width, width);
    }
    if (blocks == 0) return;
  }
  const TileRun<T> run = {a, step, blocks, b, nullptr, depth, width, c, width};
  multiplyRun<T, weightRows<T>, vectors, true>(run, Epilogue<T>{false, nullptr, nullptr});
}

}  // namespace convgrad

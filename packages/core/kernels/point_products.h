// The products of transformed tiles with transformed weights, one matrix product for each point: see winograd.h.
#pragma once

#include "product.h"
#include "tile_order.h"

namespace convgrad {

// Sums of more terms are made in blocks, for accuracy.
inline constexpr i32 winogradDepth = 256;

// The register tile: its rows are tiles, its columns rows of the result. With 16 bytes a row less than elsewhere, for the loads of a
// step must fit beside the sums where the loop is unrolled; in WebAssembly with relaxed SIMD it is not.
inline constexpr i32 winogradRows = tallestTile == 5 ? 4 : tallestTile;
inline constexpr i32 winogradVectors = vectorsFor(winogradRows);
inline constexpr bool winogradUnrolls = vectorBytes > 16 || productRegisters == 1;

// Panels of rows, in vectors.
template <class T>
RowTiles rowPanels(i32 rows) { return RowTiles((rows + lanes<T> - 1) / lanes<T>, winogradVectors); }

// Inputs [vector of terms, tile, lane], vectors being `pitch` tiles apart, weights [panel, term, column of the panel] and sums [panel, tile,
// column of the panel] of the first point; those of the next begin a stride behind. Of the panels' `panelTerms` terms those from `firstTerm` on
// are taken, with which the inputs begin. `width` is the number of tiles, to whole register tiles; each point takes those that `order` says.
// With `accumulate` what is there is added to.
template <class T>
struct PointProducts {
  const T* inputs;
  i32 inputStride, pitch;
  const T* weights;
  i32 weightStride, panelTerms, firstTerm;
  T* sums;
  i32 sumStride;
  i32 width;
  TileOrder order;
  i32 terms, points;
  bool accumulate;
};

// Clears what a vector of terms has for a point of tiles that only fill its register tiles: anything may lie there, and numbers so small that
// they slow every product.
template <class T>
void clearTiles(T* inputs, i32 stride, i32 points, const TileOrder& order, i32 width) {
  for (i32 point = 0; point < points; ++point) {
    const TileRange tiles = order.ofPoint(point), all = tiles.padded(winogradRows, width);
    T* const to = inputs + point * stride;
    for (i32 tile = all.first; tile < tiles.first; ++tile) store(to + tile * lanes<T>, Vector<T>{});
    for (i32 tile = tiles.end; tile < all.end; ++tile) store(to + tile * lanes<T>, Vector<T>{});
  }
}

// The sums of panels [firstPanel, endPanel), that of the first at the beginning.
template <class T>
void multiplyPoints(const PointProducts<T>& products, const RowTiles& panels, i32 firstPanel, i32 endPanel) {
  const i32 width = products.width, pitch = products.pitch, terms = products.terms;
  const i32 next = pitch * lanes<T> - lanes<T> + 4;
  i32 offsets[winogradDepth];
  for (i32 term = 0; term < minimum(winogradDepth, terms); ++term) offsets[term] = term / lanes<T> * lanes<T> * pitch + term % lanes<T>;
  for (i32 point = 0; point < products.points; ++point) {
    const T* inputs = products.inputs + point * products.inputStride;
    const TileRange tiles = products.order.ofPoint(point).padded(winogradRows, width);
    for (i32 panel = firstPanel; panel < endPanel; ++panel) {
      const T* weights = products.weights + point * products.weightStride +
                         (panels.start(panel) * products.panelTerms + panels.height(panel) * products.firstTerm) * lanes<T>;
      T* sums = products.sums + point * products.sumStride + (panels.start(panel) - panels.start(firstPanel)) * lanes<T> * width;
      withConstant<1, winogradVectors>(panels.height(panel), [&]<i32 vectors>(Constant<vectors>) {
        constexpr i32 columns = vectors * lanes<T>;
        for (i32 term = 0; term < terms; term += winogradDepth) {
          const i32 depth = minimum(winogradDepth, terms - term);
          for (i32 tile = tiles.first; tile < tiles.end; tile += winogradRows) {
            const T* a = inputs + term * pitch + tile * lanes<T>;
            const T* b = weights + term * columns;
            T* c = sums + tile * columns;
            const bool accumulate = products.accumulate || term > 0;
            if constexpr (winogradUnrolls) vectorTile<T, winogradRows, vectors>(a, next, b, depth, c, columns, accumulate);
            else if (accumulate) offsetTile<T, winogradRows, vectors, true>(a, offsets, b, depth, c, columns);
            else offsetTile<T, winogradRows, vectors, false>(a, offsets, b, depth, c, columns);
          }
        }
      });
    }
  }
}

}  // namespace convgrad

// A convolution plane by plane (see planes.h): for each output channel the sum over all columns of taps of all channels, tile by tile.
#pragma once

#include "plane_tile.h"
#include "planes.h"
#include "walked_plane.h"

namespace convgrad {

// The tiles that suit a product: `rows` high, of as many vectors as fit, and of one.
template <class T>
struct PlaneTiles {
  using Tile = void (*)(const T*, const i32*, i32, const T*, std::ptrdiff_t, T, T* const*, i32, i32);
  static constexpr i32 mostRows = 7;
  i32 rows, vectors;  // of a tile
  Tile wide, narrow;

  template <i32 taps, i32 step, i32 rows>
  static PlaneTiles tiles() {
    constexpr i32 vectors = rows == 1 ? 4 : rows == 4 && 8 + taps + 2 <= vectorRegisters ? 2 : 1;
    return {rows, vectors, planeTile<T, taps, step, rows, vectors>, planeTile<T, taps, step, rows, 1>};
  }

  // Rows of common images are multiples of 7 or of 4.
  template <i32 taps, i32 step>
  static PlaneTiles fitting(i32 rows) {
    return ceilDivide(rows, 7) * 7 <= ceilDivide(rows, 4) * 4 ? tiles<taps, step, 7>() : tiles<taps, step, 4>();
  }

  // For sets of so many rows.
  static PlaneTiles suiting(const PlaneColumns& columns, i32 rows) {
    switch (columns.taps) {
      case 1: return rows == 1 ? tiles<1, 1, 1>() : tiles<1, 1, 4>();
      case 2: return columns.step == 1 ? tiles<2, 1, 4>() : tiles<2, 2, 4>();
      case 3: return columns.step == 1 ? fitting<3, 1>(rows) : fitting<3, 2>(rows);
      case 5: return columns.step == 1 ? fitting<5, 1>(rows) : tiles<5, 2, 4>();
      default: return columns.step == 1 ? fitting<7, 1>(rows) : tiles<7, 2, 4>();
    }
  }
};

// A product, for the first of its groups, and how it is worked out.
template <class T>
struct PlanePlan {
  GatherProduct<T> product;
  PlaneShape shape;
  PlaneColumns columns;
  PlaneTiles<T> tiles;
  const i32* offsets;
  PlaneWalks<T> walks;

  PlanePlan() = default;
  // Writes the columns' offsets to `memory`.
  PlanePlan(const GatherProduct<T>& product, const i32* size, i32* memory) : product(product), offsets(memory) {
    const Gather& gather = product.gather;
    walks = PlaneWalks<T>::suiting(gather, product.channels, size);
    if (isWalked()) return;
    shape = PlaneShape(gather, size, lanes<T>);
    columns = PlaneColumns(gather, shape, product.channels, size[1]);
    tiles = PlaneTiles<T>::suiting(columns, ceilDivide(size[1], columns.classes));
    columns.forEach(gather, [&](i32 column, i32 channel, i32 z, i32 y, i32 x) { memory[column] = shape.offset(gather, channel, z, y, x); });
  }

  // Whether the image is read where it lies; else its planes are copied, and all other members serve.
  bool isWalked() const { return walks.taps > 0; }
  i32 columnCount() const { return isWalked() ? 0 : columns.count; }

  // The weights of one row in the order of the columns.
  void packRow(const T* weight, T* packed) const {
    const WeightView& view = product.weightView;
    columns.forEach(product.gather, [&](i32, i32 channel, i32 z, i32 y, i32 x) {
      for (i32 k = 0; k < columns.taps; ++k) *packed++ = weight[channel * view.channelStep + view.tap(z, y + k, x)];
    });
  }
};

// Tiles of one set of rows over all `width` columns. The last tile lies over the one before it where the width is no multiple.
template <class T>
inline void convolveRows(const PlanePlan<T>& plan, const T* weights, const T* x, T start, i32 width, T* const* y) {
  const PlaneTiles<T>& tiles = plan.tiles;
  const auto run = [&](typename PlaneTiles<T>::Tile tile, i32 column, i32 count) {
    tile(weights, plan.offsets, plan.columns.count, x, plan.columns.unit, start, y, column, count);
  };
  const i32 wide = tiles.vectors * lanes<T>;
  i32 column = width / wide * wide;
  if (column > 0) run(tiles.wide, 0, width / wide);
  if (width - column > lanes<T> && width >= wide) return run(tiles.wide, width - wide, 1);
  const i32 count = (width - column) / lanes<T>;
  if (count > 0) run(tiles.narrow, column, count);
  if (column + count * lanes<T> < width) run(tiles.narrow, width - lanes<T>, 1);
}

// One output channel of a block of `size` outputs from the block's planes, by tiles. `spare` has room for a row, or a vector for each
// row of a tile.
template <class T>
void tilePlane(const PlanePlan<T>& plan, const T* planes, const T* weights, T start, const i32* size, const PlaneRows<T>& target, T* spare) {
  const i32 tileRows = plan.tiles.rows;
  const bool isNarrow = size[2] < lanes<T>;
  T* y[PlaneTiles<T>::mostRows];
  for (i32 z = 0; z < size[0]; ++z) {
    for (i32 first = 0; first < minimum(plan.columns.classes, size[1]); ++first) {
      for (i32 line = first; line < size[1]; line += tileRows * plan.columns.classes) {
        const auto at = [&](i32 r) { return line + r * plan.columns.classes; };
        for (i32 r = 0; r < tileRows; ++r) y[r] = isNarrow ? spare + r * lanes<T> : at(r) < size[1] ? target.row(z, at(r)) : spare;
        const T* x = planes + plan.shape.place(plan.product.gather, z, line);
        convolveRows(plan, weights, x, start, maximum(size[2], lanes<T>), y);
        if (!isNarrow) continue;
        for (i32 r = 0; r < tileRows && at(r) < size[1]; ++r) copyFew(target.row(z, at(r)), y[r], size[2]);
      }
    }
  }
}

}  // namespace convgrad

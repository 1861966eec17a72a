// The order in which a block of tiles lies, that which every point takes products of following each other. See winograd.h.
#pragma once

#include "winograd.h"

namespace convgrad {

// How a tile is short (see winograd.h), in the order of a block.
enum class TileKind : i32 { shortColumns, whole, shortRows, shortBoth };

inline constexpr TileKind kindOf(bool shortRows, bool shortColumns) {
  if (shortRows) return shortColumns ? TileKind::shortBoth : TileKind::shortRows;
  return shortColumns ? TileKind::shortColumns : TileKind::whole;
}

struct TileRange {
  i32 first, end;
  i32 count() const { return end - first; }
  // To whole register tiles, of the first `width` tiles, which are.
  TileRange padded(i32 rows, i32 width) const {
    const i32 tiles = (count() + rows - 1) / rows * rows;
    const i32 start = minimum(first, width - tiles);
    return {start, start + tiles};
  }
};

// Where the tiles of each kind begin, and behind the last of them where all end; `rows` and `columns` are the outputs of short tiles along each axis.
struct TileOrder {
  i32 starts[5];
  i32 rows, columns;

  // Tiles of which none is short.
  static TileOrder whole(i32 tiles) { return {{0, 0, tiles, tiles, tiles}, tileOutputs, tileOutputs}; }

  // Tiles of which a point takes products.
  TileRange ofPoint(i32 point) const {
    const bool isOuterRow = isLeftOut(point / tileInputs, rows), isOuterColumn = isLeftOut(point % tileInputs, columns);
    return {starts[isOuterColumn ? 1 : 0], starts[isOuterRow ? 2 : isOuterColumn ? 3 : 4]};
  }
};

// Gives the tiles of a block their places, one after the other.
struct TilePlaces {
  i32 next[4];
  explicit TilePlaces(const TileOrder& order) {
    for (i32 kind = 0; kind < 4; ++kind) next[kind] = order.starts[kind];
  }
  // The first of so many places.
  i32 take(TileKind kind, i32 count) {
    const i32 place = next[static_cast<i32>(kind)];
    next[static_cast<i32>(kind)] += count;
    return place;
  }
};

}  // namespace convgrad

// Winograd's F(4x4, 3x3) (see winograd.h) for few channels: vectors run over tiles that lie side by side.
//
// Both maps of a square are taken apart. Down the rows a map takes rows as they lie in the image, and leaves lines in which four numbers are a
// tile's; along them it takes the same column of as many tiles as a vector has lanes, which four vectors of a line give by exchanging the rows
// and columns of squares of 4x4. Nothing else is copied or transposed, and whatever the number of channels is, vectors are full.
//
// Rows of tiles of all images are numbered one after the other. A row of tiles has one more than the outputs need: where tiles read six columns
// the last two are the first of the next tile.
#pragma once

#include "blocks.h"
#include "constant.h"
#include "quads.h"
#include "winograd.h"

namespace convgrad {

struct TileRows {
  i32 high, wide;  // of an image, in tiles
  i32 pitch;       // tiles of a row, with the one behind
  explicit TileRows(const i32 (&outSize)[3])
      : high(blocksOf(outSize[1], tileOutputs)), wide(blocksOf(outSize[2], tileOutputs)), pitch(wide + 1) {}
  i32 columns() const { return pitch * tileOutputs; }
};

// Rows of tiles that a task takes at a time, at most.
inline constexpr i32 mostChunkRows = 64;

// Where some rows of tiles lie: their image, and the first row of its outputs.
struct TileChunk {
  i32 count;
  i32 images[mostChunkRows], rows[mostChunkRows];
  TileChunk(const TileRows& tiles, i32 first, i32 end) : count(end - first) {
    i32 image = first / tiles.high, row = first % tiles.high;
    for (i32 i = 0; i < count; ++i) {
      images[i] = image;
      rows[i] = row * tileOutputs;
      if (++row == tiles.high) {
        row = 0;
        ++image;
      }
    }
  }
};

// Room for one of the lines that a map down the rows leaves for so many tiles, and for what is read or written over its end.
template <class T>
constexpr i32 tileLineElements(i32 tiles) { return ((tiles + lanes<T> - 1) / lanes<T> * tileOutputs + 2) * lanes<T>; }

// Planes that tiles are read from: column k of a row of tiles is column k - left of the image.
template <class T>
struct ThinSource {
  i32 height, width, top, left;
  const Integer<T>* isInside;  // for each column of a row of tiles
  const T* zeros;              // as many

  // Where `count` rows begin, from the one on that a row of tiles of an image calls `row`.
  template <i32 count>
  [[gnu::always_inline]] void listLines(const T* plane, i32 row, const T* (&lines)[count]) const {
    const i32 y = row - top;
    const T* const first = plane + y * width - left;
    if (y >= 0 && y + count <= height) {
      CONVGRAD_UNROLL
      for (i32 i = 0; i < count; ++i) lines[i] = first + i * width;
    } else {
      CONVGRAD_UNROLL
      for (i32 i = 0; i < count; ++i) lines[i] = y + i >= 0 && y + i < height ? first + i * width : zeros;
    }
  }
};

template <class T>
void listInside(i32 width, i32 left, i32 columns, Integer<T>* isInside) {
  for (i32 k = 0; k < columns + lanes<T>; ++k) isInside[k] = k < columns && k >= left && k - left < width ? -1 : 0;
}

// Calls for numbers that are read soon.
template <class T>
void callAhead(const T* x, i32 count) {
  for (i32 i = 0; i < count; i += 64 / static_cast<i32>(sizeof(T))) __builtin_prefetch(x + i);
}

// to[point * stride + column] = the map of `Map::from` rows from `row` on of a plane. Writes whole vectors.
template <class Map, class T>
[[gnu::noinline]] void mapDown(const ThinSource<T>& source, const T* plane, i32 row, i32 columns, T* to, i32 stride) {
  const T* from[Map::from];
  source.listLines(plane, row, from);
  for (i32 k = 0; k < columns; k += lanes<T>) {
    const Vector<Integer<T>> isInside = load(source.isInside + k);
    Vector<T> x[Map::from], y[Map::to];
    CONVGRAD_UNROLL
    for (i32 i = 0; i < Map::from; ++i) {
      x[i] = reinterpret_cast<Vector<T>>(reinterpret_cast<Vector<Integer<T>>>(load(from[i] + k)) & isInside);
    }
    Map::template apply<T>(x, y);
    CONVGRAD_UNROLL
    for (i32 i = 0; i < Map::to; ++i) store(to + i * stride + k, y[i]);
  }
}

// The column of the next tile in each lane: lane 4 q + k has tile k * lanes / 4 + q. Behind the last one stands `column` of `next`.
template <i32 column, class V, int... lane>
[[gnu::always_inline]] inline V nextTiles(V v, V next, std::integer_sequence<int, lane...>) {
  constexpr int count = sizeof...(lane);
  return __builtin_shufflevector(v, next, (lane + 4 < count ? lane + 4 : lane % 4 < 3 ? lane % 4 + 1 : count + column)...);
}

// to[j * stride] = the map along a line of as many tiles as a vector has lanes.
template <class Map, class T>
[[gnu::always_inline]] inline void mapAlong(const T* line, T* to, i32 stride) {
  constexpr std::make_integer_sequence<int, lanes<T>> each;
  Vector<T> four[4], x[Map::from], y[tileInputs];
  CONVGRAD_UNROLL
  for (i32 k = 0; k < 4; ++k) four[k] = load(line + k * lanes<T>);
  transposeFours<T>(four[0], four[1], four[2], four[3], each);
  CONVGRAD_UNROLL
  for (i32 k = 0; k < 4; ++k) x[k] = four[k];
  if constexpr (Map::from == 6) {
    const Vector<T> next = load(line + 4 * lanes<T>);
    x[4] = nextTiles<0>(four[0], next, each);
    x[5] = nextTiles<1>(four[1], next, each);
  }
  Map::template apply<T>(x, y);
  CONVGRAD_UNROLL
  for (i32 j = 0; j < tileInputs; ++j) store(to + j * stride, y[j]);
}

}  // namespace convgrad

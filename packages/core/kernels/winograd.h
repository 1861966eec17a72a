// Winograd's minimal filtering F(4x4, 3x3): Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016).
//
// A tile of 4x4 outputs is y = A^T [(G w G^T) . (B^T d B)] A with w the 3x3 weights and d the 6x6 inputs that the tile reads: 36
// products a channel instead of 144. Summed over channels they are 36 matrix products, one for each `point` of the square. The
// gradient by w is the adjoint: G^T [(A g A^T) . (B^T d B)] G with g the tile's cotangent, summed over tiles.
//
// The interpolation points are 0, +-p, +-q and infinity with p = 1/sqrt(2), q = sqrt(2): the usual 0, +-1, +-2 give two to three
// times the rounding error, and p q = 1 saves multiplications.
#pragma once

#include "load_across.h"
#include "vectors.h"

namespace convgrad {

inline constexpr i32 tileOutputs = 4;
inline constexpr i32 tileInputs = 6;
inline constexpr i32 tilePoints = tileInputs * tileInputs;

template <class T>
inline constexpr T pointP = static_cast<T>(0.70710678118654752440);
template <class T>
inline constexpr T pointQ = static_cast<T>(1.41421356237309504880);
template <class T>
inline constexpr T scaleP = static_cast<T>(-2.0 / 3.0);
template <class T>
inline constexpr T scaleQ = static_cast<T>(1.0 / 6.0);

// The one-dimensional maps; each is applied along both axes of a square.
struct InputMap {  // B^T
  static constexpr i32 from = 6, to = 6;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[6], Vector<T> (&y)[6]) {
    const Vector<T> evenP = x[4] - T(2) * x[2];
    const Vector<T> oddP = pointP<T> * (x[3] - T(2) * x[1]);
    const Vector<T> evenQ = x[4] - T(0.5) * x[2];
    const Vector<T> oddQ = pointQ<T> * (x[3] - T(0.5) * x[1]);
    y[0] = x[0] + x[4] - T(2.5) * x[2];
    y[1] = evenP + oddP;
    y[2] = evenP - oddP;
    y[3] = evenQ + oddQ;
    y[4] = evenQ - oddQ;
    y[5] = x[1] + x[5] - T(2.5) * x[3];
  }
};

struct OutputMap {  // A^T
  static constexpr i32 from = 6, to = 4;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[6], Vector<T> (&y)[4]) {
    const Vector<T> evenP = x[1] + x[2], oddP = pointP<T> * (x[1] - x[2]);
    const Vector<T> evenQ = x[3] + x[4], oddQ = pointQ<T> * (x[3] - x[4]);
    y[0] = x[0] + evenP + evenQ;
    y[1] = oddP + oddQ;
    y[2] = T(0.5) * evenP + T(2) * evenQ;
    y[3] = x[5] + T(0.5) * oddP + T(2) * oddQ;
  }
};

struct CotangentMap {  // A
  static constexpr i32 from = 4, to = 6;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[4], Vector<T> (&y)[6]) {
    const Vector<T> evenP = x[0] + T(0.5) * x[2], oddP = pointP<T> * (x[1] + T(0.5) * x[3]);
    const Vector<T> evenQ = x[0] + T(2) * x[2], oddQ = pointQ<T> * (x[1] + T(2) * x[3]);
    y[0] = x[0];
    y[1] = evenP + oddP;
    y[2] = evenP - oddP;
    y[3] = evenQ + oddQ;
    y[4] = evenQ - oddQ;
    y[5] = x[3];
  }
};

struct WeightMap {  // G
  static constexpr i32 from = 3, to = 6;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[3], Vector<T> (&y)[6]) {
    const Vector<T> evenP = scaleP<T> * (x[0] + T(0.5) * x[2]), oddP = (scaleP<T> * pointP<T>) * x[1];
    const Vector<T> evenQ = scaleQ<T> * (x[0] + T(2) * x[2]), oddQ = (scaleQ<T> * pointQ<T>) * x[1];
    y[0] = x[0];
    y[1] = evenP + oddP;
    y[2] = evenP - oddP;
    y[3] = evenQ + oddQ;
    y[4] = evenQ - oddQ;
    y[5] = x[2];
  }
};

struct WeightGradientMap {  // G^T
  static constexpr i32 from = 6, to = 3;
  template <class T>
  [[gnu::always_inline]] static void apply(const Vector<T> (&x)[6], Vector<T> (&y)[3]) {
    const Vector<T> evenP = scaleP<T> * (x[1] + x[2]), oddP = (scaleP<T> * pointP<T>) * (x[1] - x[2]);
    const Vector<T> evenQ = scaleQ<T> * (x[3] + x[4]), oddQ = (scaleQ<T> * pointQ<T>) * (x[3] - x[4]);
    y[0] = x[0] + evenP + evenQ;
    y[1] = oddP + oddQ;
    y[2] = x[5] + T(0.5) * evenP + T(2) * evenQ;
  }
};

// Applies a map to both axes of a square of vectors: load(i, line) gives its line i, store(j, line) takes line j of what comes out,
// which runs along the other axis.
template <class Map, class T, class Load, class Store>
[[gnu::always_inline]] inline void mapSquare(Load load_, Store store_) {
  T between[Map::from * Map::to * lanes<T>];
#pragma clang loop unroll(disable)
  for (i32 i = 0; i < Map::from; ++i) {
    Vector<T> x[Map::from], y[Map::to];
    load_(i, x);
    Map::template apply<T>(x, y);
    for (i32 j = 0; j < Map::to; ++j) store(between + (i * Map::to + j) * lanes<T>, y[j]);
    keepLoop();
  }
#pragma clang loop unroll(disable)
  for (i32 j = 0; j < Map::to; ++j) {
    Vector<T> x[Map::from], y[Map::to];
    for (i32 i = 0; i < Map::from; ++i) x[i] = load(between + (i * Map::to + j) * lanes<T>);
    Map::template apply<T>(x, y);
    store_(j, y);
    keepLoop();
  }
}

// The tiles of all images, numbered image by image and row by row, over planes of height x width of which `top` rows and `left`
// columns of zeros lie before the first tile's corner; a tile reads side x side places, tileOutputs apart. A dilated convolution is
// an ordinary one on each of the `rowStep` x `columnStep` images that take every rowStep-th row and columnStep-th column.
struct TileGrid {
  i32 height, width, top, left, rowStep, columnStep, high, wide, side;
  TileGrid(const i32 (&size)[3], const i32 (&out)[3], const i32 (&dilation)[3], i32 top, i32 left, i32 side)
      : height(size[1]), width(size[2]), top(top), left(left), rowStep(dilation[1]), columnStep(dilation[2]), side(side) {
    high = (out[1] + rowStep * tileOutputs - 1) / (rowStep * tileOutputs);
    wide = (out[2] + columnStep * tileOutputs - 1) / (columnStep * tileOutputs);
  }
  i32 tilesAnImage() const { return high * wide; }
  i32 phases() const { return rowStep * columnStep; }
  // Readers take whole vectors, so there is room for two numbers more than the last tile's.
  i32 pitch() const { return tileOutputs * wide + 4; }
};

// An image: its number in the batch, and the first row and column it takes.
struct SubImage {
  i32 batch, row, column;
  SubImage(const TileGrid& grid, i32 image)
      : batch(image / grid.phases()), row(image % grid.phases() / grid.columnStep), column(image % grid.columnStep) {}
};

// Calls visit(image, first tile, end) for the stretch of [first, end) that lies in each image, tiles numbered within it.
template <class Visit>
[[gnu::always_inline]] inline void forEachImage(const TileGrid& grid, i32 first, i32 end, Visit visit) {
  for (i32 tile = first; tile < end;) {
    const i32 image = tile / grid.tilesAnImage();
    const i32 start = tile - image * grid.tilesAnImage();
    const i32 stop = minimum(grid.tilesAnImage(), start + end - tile);
    visit(image, start, stop);
    tile += stop - start;
  }
}

// Copies the rows that tiles [first, end) read of one channel, with zeros around them; x is the channel in the first image. Goes
// forward in whole vectors: what they write over the end of a row the next one mends, behind the last there is room.
template <class T>
[[gnu::noinline]] void copyPlanes(const T* x, i32 imageStride, const TileGrid& grid, i32 first, i32 end, T* to) {
  const i32 columns = tileOutputs * (grid.wide - 1) + grid.side;
  const i32 pitch = grid.pitch();
  const i32 step = grid.columnStep;
  forEachImage(grid, first, end, [&](i32 image, i32 start, i32 stop) {
    const SubImage sub(grid, image);
    const i32 shift = sub.column - grid.left;
    const i32 before = minimum(maximum((step - 1 - shift) / step, 0), columns);
    const i32 behind = minimum(maximum((grid.width + step - 1 - shift) / step, before), columns);
    const i32 endRow = (stop - 1) / grid.wide * tileOutputs + grid.side;
    for (i32 row = start / grid.wide * tileOutputs; row < endRow; ++row, to += pitch) {
      const i32 y = row * grid.rowStep + sub.row - grid.top;
      i32 column = 0;
      if (y >= 0 && y < grid.height) {
        const T* from = x + sub.batch * imageStride + y * grid.width + shift;
        for (; column < before; column += lanes<T>) {
          store(to + column, Vector<T>{});
          keepLoop();
        }
        if (step == 1) {
          for (column = before; column < behind; column += lanes<T>) {
            store(to + column, load(from + column));
            keepLoop();
          }
        } else {
          for (column = before; column < behind; ++column) {
            to[column] = from[column * step];
            keepLoop();
          }
        }
        column = behind;
      }
      for (; column < columns; column += lanes<T>) {
        store(to + column, Vector<T>{});
        keepLoop();
      }
    }
  });
}

// offsets[i] = where tile first + i begins in what copyPlanes made.
inline void placeTiles(const TileGrid& grid, i32 first, i32 end, i32* offsets) {
  i32 row = 0;
  forEachImage(grid, first, end, [&](i32, i32 start, i32 stop) {
    const i32 firstRow = start / grid.wide;
    for (i32 tile = start; tile < stop; ++tile) {
      *offsets++ = (row + (tile / grid.wide - firstRow) * tileOutputs) * grid.pitch() + tile % grid.wide * tileOutputs;
    }
    row += ((stop - 1) / grid.wide - firstRow) * tileOutputs + grid.side;
  });
}

// to[point * stride] = the map of the square at each of `tiles`, whose rows are `pitch` apart.
template <class Map, class T>
[[gnu::noinline]] void mapTiles(const T* const (&tiles)[lanes<T>], i32 pitch, T* to, i32 stride) {
  mapSquare<Map, T>([&](i32 i, Vector<T>(&line)[Map::from]) { loadAcross<T, Map::from>(tiles, i * pitch, line); },
                    [&](i32 j, const Vector<T>(&line)[Map::to]) {
                      for (i32 i = 0; i < Map::to; ++i) store(to + (i * Map::to + j) * stride, line[i]);
                    });
}

}  // namespace convgrad

// The tiles of a 3x3 convolution: where they lie, and their squares as vectors over channels. See winograd.h.
#pragma once

#include "constant.h"
#include "load_across.h"
#include "tile_order.h"

namespace convgrad {

// The tiles of all images, numbered image by image and row by row, over planes of height x width of which `top` rows and `left`
// columns of zeros lie before the first tile's corner; a tile reads side x side places, tileOutputs apart. An image is a slice of a
// volume. A dilated convolution is an ordinary one on each of the `rowStep` x `columnStep` images that take every rowStep-th row and
// columnStep-th column. Of these, images that take the same rows are one here: their tiles alternate along its rows, `wide` of all together.
struct TileGrid {
  i32 height, width, outHeight, outWidth, top, left, slices, rowStep, columnStep, high, wide, side;
  i32 shortRows, shortColumns;  // outputs of short tiles along each axis
  i32 wholeWide;                // tiles of a row before those with short columns
  TileGrid(const i32 (&size)[3], const i32 (&out)[3], const i32 (&dilation)[3], i32 top, i32 left, i32 side)
      : height(size[1]),
        width(size[2]),
        outHeight(out[1]),
        outWidth(out[2]),
        top(top),
        left(left),
        slices(out[0]),
        rowStep(dilation[1]),
        columnStep(dilation[2]),
        side(side) {
    high = (out[1] + rowStep * tileOutputs - 1) / (rowStep * tileOutputs);
    wide = (out[2] + columnStep * tileOutputs - 1) / (columnStep * tileOutputs) * columnStep;
    shortRows = shortOutputs(outHeight, rowStep);
    shortColumns = shortOutputs(outWidth, columnStep);
    const i32 firstShort = maximum(0, outWidth - shortColumns * columnStep), whole = firstShort / (columnStep * tileOutputs);
    wholeWide = whole * columnStep + minimum(columnStep, firstShort - whole * columnStep * tileOutputs);
  }
  i32 tilesAnImage() const { return high * wide; }
  i32 imagesOf(i32 batch) const { return batch * slices * rowStep; }
  // The first column of a tile of a row.
  i32 column(i32 tile) const { return tile / columnStep * columnStep * tileOutputs + tile % columnStep; }
  // Places that the tiles of a row read side by side.
  i32 columns() const { return column(wide - 1) + (lastSide() - 1) * columnStep + 1; }
  i32 lastSide() const { return wholeWide <= wide - columnStep ? sideOf(shortColumns) : side; }
  i32 sideOf(i32 outputs) const { return side - tileOutputs + outputs; }

 private:
  // Of images of which one has an output more than another the longer of their last tiles decides.
  static i32 shortOutputs(i32 outputs, i32 step) {
    return outputs / step % tileOutputs == 3 || (outputs + step - 1) / step % tileOutputs == 3 ? 3 : 2;
  }
};

// An image: its number in the batch, its slice, and the first row it takes.
struct SubImage {
  i32 batch, slice, row;
  SubImage(const TileGrid& grid, i32 image) {
    row = image % grid.rowStep;
    image /= grid.rowStep;
    slice = image % grid.slices;
    batch = image / grid.slices;
  }
};

// What tiles are read from: [batch, channels, depth, height, width]. A kernel of several slices is one of a single slice that reads as many
// times the channels, those of tap t from the slice at firstSlice + t * tapStep. Vectors of channels do not reach from tap to tap.
//
// With `winners` x has a number for each window of 2x2 places, which is that of the place that they name; all others are 0: the gradient of a
// max pooling, as it is before it is spread over the image.
template <class T>
struct TileSource {
  const T* x;
  i32 channels, depth;
  i32 taps, firstSlice, tapStep;
  const u8* winners;
  i32 vectorsATap() const { return (channels + lanes<T> - 1) / lanes<T>; }
  i32 vectors() const { return taps * vectorsATap(); }
};

// Calls visit(image, first tile, end) for the stretch of [first, end) that lies in each image, tiles numbered within it.
template <class Grid, class Visit>
[[gnu::always_inline]] inline void forEachImage(const Grid& grid, i32 first, i32 end, Visit visit) {
  for (i32 tile = first; tile < end;) {
    const i32 image = tile / grid.tilesAnImage();
    const i32 start = tile - image * grid.tilesAnImage();
    const i32 stop = minimum(grid.tilesAnImage(), start + end - tile);
    visit(image, start, stop);
    tile += stop - start;
  }
}

// Row `y` of planes of height x width, and of it `columns` places from `shift` on.
struct TileLine {
  i32 y, height, width, shift, columns;
};

// to[column, lane] = those places in as many planes, with zeros beside them. Four columns at a time: what that writes over the end of a row
// the next one mends, behind the last there is room.
template <class T>
[[gnu::noinline]] void copyLine(const T* const (&planes)[lanes<T>], const TileLine& from, T* to) {
  const i32 columns = from.columns, shift = from.shift;
  i32 column = 0;
  if (from.y >= 0 && from.y < from.height) {
    const i32 before = minimum(maximum(-shift, 0), columns);
    const i32 behind = minimum(maximum(from.width - shift, before), columns);
    const i32 offset = from.y * from.width + shift;
    for (; column < before; ++column) {
      store(to + column * lanes<T>, Vector<T>{});
      keepLoop();
    }
    for (; column < behind; column += 4) {
      Vector<T> line[4];
      loadAcross<T>(planes, offset + column, line);
      CONVGRAD_UNROLL
      for (i32 k = 0; k < 4; ++k) store(to + (column + k) * lanes<T>, line[k]);
    }
    column = behind;
  }
  for (; column < columns; ++column) {
    store(to + column * lanes<T>, Vector<T>{});
    keepLoop();
  }
}

// The rows 2 `row` and 2 `row` + 1 of planes that x and winners of windows stand for (see TileSource), from row `firstRow` of these two on, as
// copyLine gives them.
template <class T>
[[gnu::noinline]] void spreadLines(const T* const (&planes)[lanes<T>], const TileSource<T>& source, const TileGrid& grid, i32 row, i32 firstRow,
                                   T* to) {
  const i32 columns = grid.columns(), windows = grid.width / 2, left = grid.left;
  const i32 pitch = columns * lanes<T>;
  T* const lines[2] = {to, to + (1 - firstRow) * pitch};
  const auto clear = [&](i32 column, i32 end) {
    for (; column < end; ++column) {
      for (i32 i = firstRow; i < 2; ++i) store(lines[i] + column * lanes<T>, Vector<T>{});
      keepLoop();
    }
  };
  clear(0, minimum(left, columns));
  const i32 offset = row * windows;
  for (i32 window = 0; window < windows; window += 4) {
    Vector<T> gradient[4];
    Vector<Integer<T>> taps[4];
    loadAcross<T>(planes, offset + window, gradient);
    // Sixteen windows' bytes at a time.
    if (window % 16 == 0) {
      gatherQuads<Integer<T>>(
          [&](i32 lane) __attribute__((always_inline)) {
            Quad<Integer<T>> bytes;
            std::memcpy(&bytes, source.winners + (planes[lane] - source.x) + offset + window, sizeof(bytes));
            return bytes;
          },
          taps);
    }
    const Vector<Integer<T>> four = taps[window % 16 / 4];
    CONVGRAD_UNROLL
    for (i32 k = 0; k < 4; ++k) {
      const i32 column = 2 * (window + k) + left;
      if (window + k >= windows || column >= columns) break;
      const Vector<Integer<T>> tap = (four >> (8 * k)) & 255;
      CONVGRAD_UNROLL
      for (i32 i = 0; i < 2; ++i) {
        if (i < firstRow) continue;
        T* const at = lines[i] + column * lanes<T>;
        if (column >= 0) store(at, tap == splat<Integer<T>>(2 * i) ? gradient[k] : Vector<T>{});
        if (column >= -1 && column + 1 < columns) store(at + lanes<T>, tap == splat<Integer<T>>(2 * i + 1) ? gradient[k] : Vector<T>{});
      }
    }
  }
  clear(maximum(2 * windows + left, 0), columns);
}

// Tiles of a row that have as many outputs, `rows` x `columns`, from tile `column` of the row on, and where the first of them lies in the order.
struct TileStretch {
  i32 row, column, count;
  i32 rows, columns;
  i32 place;
};

// Calls visit(stretch) for tiles [start, stop) of an image.
template <class Visit>
[[gnu::always_inline]] inline void forEachStretch(const TileGrid& grid, const SubImage& sub, i32 start, i32 stop, TilePlaces& places, Visit visit) {
  for (i32 tile = start; tile < stop;) {
    const i32 row = tile / grid.wide, column = tile - row * grid.wide;
    const bool shortRows = grid.outHeight - sub.row - row * tileOutputs * grid.rowStep <= grid.shortRows * grid.rowStep;
    const bool shortColumns = column >= grid.wholeWide;
    const i32 count = minimum((shortColumns ? grid.wide : grid.wholeWide) - column, stop - tile);
    const i32 place = places.take(kindOf(shortRows, shortColumns), count);
    visit(TileStretch{row, column, count, shortRows ? grid.shortRows : tileOutputs, shortColumns ? grid.shortColumns : tileOutputs, place});
    tile += count;
  }
}

// The order of tiles [first, end).
inline TileOrder tileOrder(const TileGrid& grid, i32 first, i32 end) {
  TilePlaces counts(TileOrder{});
  forEachImage(grid, first, end, [&](i32 image, i32 start, i32 stop) {
    forEachStretch(grid, SubImage(grid, image), start, stop, counts, [](const TileStretch&) {});
  });
  TileOrder order = {{}, grid.shortRows, grid.shortColumns};
  for (i32 kind = 0; kind < 4; ++kind) order.starts[kind + 1] = order.starts[kind] + counts.next[kind];
  return order;
}

// Calls visit(stretch, line) for tiles [first, end), with where the row of their squares begins in `strip`: there the rows that an image's tiles
// read are copied as the tiles reach them, [row, grid.columns(), lane], vectors running over channels.
template <class T, class Visit>
[[gnu::always_inline]] inline void forEachLine(const TileSource<T>& source, i32 vector, const TileGrid& grid, const TileOrder& order, i32 first,
                                               i32 end, T* strip, Visit visit) {
  const i32 plane = source.winners ? (grid.height / 2) * (grid.width / 2) : grid.height * grid.width;
  const i32 pitch = grid.columns() * lanes<T>;
  const i32 channel = vector % source.vectorsATap() * lanes<T>;
  const i32 slice = source.firstSlice + vector / source.vectorsATap() * source.tapStep;
  TilePlaces places(order);
  forEachImage(grid, first, end, [&](i32 image, i32 start, i32 stop) {
    const SubImage sub(grid, image);
    const i32 z = sub.slice + slice;
    const bool isInside = z >= 0 && z < source.depth;
    const T* planes[lanes<T>];
    for (i32 lane = 0; lane < lanes<T>; ++lane) {
      planes[lane] = source.x + ((sub.batch * source.channels + minimum(channel + lane, source.channels - 1)) * source.depth + (isInside ? z : 0)) * plane;
    }
    const i32 firstRow = start / grid.wide * tileOutputs;
    i32 endRow = firstRow;
    forEachStretch(grid, sub, start, stop, places, [&](const TileStretch& tiles) {
      const i32 row = tiles.row * tileOutputs;
      while (endRow < row + grid.sideOf(tiles.rows)) {
        const i32 y = isInside ? endRow * grid.rowStep + sub.row - grid.top : -1;
        T* const line = strip + (endRow - firstRow) * pitch;
        if (source.winners && y >= 0 && y / 2 < grid.height / 2) {
          spreadLines<T>(planes, source, grid, y / 2, y % 2, line);
          endRow += 2 - y % 2;
        } else {
          const TileLine from = {source.winners ? -1 : y, grid.height, grid.width, -grid.left, grid.columns()};
          copyLine<T>(planes, from, line);
          ++endRow;
        }
      }
      visit(tiles, strip + (row - firstRow) * pitch);
    });
  });
}

template <i32 width, class T, int... part>
[[gnu::always_inline]] inline void storeParts(T* to, i32 step, Vector<T> v, std::integer_sequence<int, part...>) {
  typedef T Part __attribute__((vector_size(width * sizeof(T)), aligned(alignof(T)), may_alias));
  ((*reinterpret_cast<Part*>(to + part * step) = lanesFrom<part * width>(v, std::make_integer_sequence<int, width>())), ...);
}

// to[point * stride] = the maps of a rectangle of vectors, `columnStep` of them apart in rows that are `pitch` apart; `width` lanes each
// `partStep` apart.
template <class Rows, class Columns, class T, i32 width, class Step>
[[gnu::noinline]] void mapTileOf(const T* square, i32 pitch, Step columnStep, T* to, i32 stride, i32 partStep) {
  mapRectangle<Columns, Rows, T>(
      [&](i32 i, Vector<T>(&line)[Columns::from]) {
        CONVGRAD_UNROLL
        for (i32 j = 0; j < Columns::from; ++j) line[j] = load(square + i * pitch + j * columnStep * lanes<T>);
      },
      [&](i32 j, const Vector<T>(&line)[Rows::to]) {
        CONVGRAD_UNROLL
        for (i32 i = 0; i < Rows::to; ++i) {
          if (leavesOut<Rows, Rows::to>(i)) continue;
          storeParts<width, T>(to + (i * Columns::to + j) * stride, partStep, line[i], std::make_integer_sequence<int, lanes<T> / width>());
        }
      });
}

// The maps of the squares of tiles, whose row begins at `line`: that of the first to `to`, of the next `step` numbers behind it.
template <class Whole, template <i32> class Short, class T, i32 width>
[[gnu::always_inline]] inline void mapTiles(const TileGrid& grid, const TileStretch& tiles, const T* line, T* to, i32 step, i32 stride,
                                            i32 partStep) {
  const i32 pitch = grid.columns() * lanes<T>;
  withMaps<Whole, Short>(tiles.rows, tiles.columns, [&]<class Rows, class Columns>() {
    for (i32 k = 0; k < tiles.count; ++k) {
      const T* const square = line + grid.column(tiles.column + k) * lanes<T>;
      if (grid.columnStep == 1) mapTileOf<Rows, Columns, T, width>(square, pitch, Constant<1>{}, to + k * step, stride, partStep);
      else mapTileOf<Rows, Columns, T, width>(square, pitch, grid.columnStep, to + k * step, stride, partStep);
    }
  });
}

// Calls for the cache's lines of numbers that are soon written by parts: else every part waits for its line to come from memory.
template <class T>
void prefetchLines(const T* x, i32 count) {
  for (i32 i = 0; i < count; i += 64 / static_cast<i32>(sizeof(T))) __builtin_prefetch(x + i, 1, 2);
}

}  // namespace convgrad

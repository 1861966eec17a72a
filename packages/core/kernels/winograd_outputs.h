// The sums of winograd.cc mapped back to outputs, and put in their places.
#pragma once

#include "pair_winners.h"
#include "plane_columns.h"
#include "winograd_tiles.h"

namespace convgrad {

// Tiles [first, end), their transformed inputs [vector of terms, place of the tile, lane], vectors being `pitch` tiles apart, and where their
// sums go.
template <class T>
struct TileBlock {
  i32 first, end;
  i32 width;  // tiles, to whole register tiles
  TileOrder order;
  T* inputs;
  i32 pitch;
  T* sums;
};

// The sums of a vector of rows that lie in a column of a tile's square; one point is `stride` behind another.
template <class Rows, class T>
[[gnu::always_inline]] inline void loadSums(const T* sums, i32 stride, i32 column, Vector<T> (&line)[6]) {
  CONVGRAD_UNROLL
  for (i32 i = 0; i < 6; ++i) {
    if (!leavesOut<Rows, Rows::from>(i)) line[i] = load(sums + (i * 6 + column) * stride);
  }
}

// The outputs of a tile: those of `rows` rows and `columns` columns.
template <class Rows, class Columns, i32 columns, class T>
[[gnu::noinline]] void mapOutputs(const T* sums, i32 stride, const PlaneVector<T>& planes, T* to, i32 pitch, i32 rows) {
  const Vector<T> bias = planes.bias;
  mapRectangle<Rows, Columns, T>([&](i32 j, Vector<T>(&line)[6]) { loadSums<Rows>(sums, stride, j, line); },
                                 [&](i32 i, const Vector<T>(&line)[Columns::to]) {
                                   if (i >= rows) return;
                                   Vector<T> outputs[4] = {};
                                   CONVGRAD_UNROLL
                                   for (i32 j = 0; j < Columns::to; ++j) outputs[j] = line[j] + bias;
                                   storeAcross<columns, T>(outputs, to + i * pitch, planes.offsets);
                                 });
}

// to[row, column, lane] = the outputs of a tile without bias, columns being `columnStep` apart and rows `rowStep`.
template <class Rows, class Columns, class T>
[[gnu::noinline]] void mapSquareOutputs(const T* sums, i32 stride, T* to, i32 rowStep, i32 columnStep) {
  mapRectangle<Rows, Columns, T>([&](i32 j, Vector<T>(&line)[6]) { loadSums<Rows>(sums, stride, j, line); },
                                 [&](i32 i, const Vector<T>(&line)[Columns::to]) {
                                   CONVGRAD_UNROLL
                                   for (i32 j = 0; j < Columns::to; ++j) store(to + (i * rowStep + j * columnStep) * lanes<T>, line[j]);
                                 });
}

// The outputs of two tiles of a stretch whose columns alternate, the sums of the second `step` behind those of the first.
template <class T>
void mapPair(const TileStretch& tiles, const T* sums, i32 step, i32 stride, const PlaneVector<T>& planes, T* to, i32 pitch, i32 rows, i32 columns) {
  constexpr i32 width = 2 * tileOutputs;
  T outputs[tileOutputs * width * lanes<T>];
  withMaps<OutputMap, ShortOutputMap>(tiles.rows, tiles.columns, [&]<class Rows, class Columns>() {
    mapSquareOutputs<Rows, Columns>(sums, stride, outputs, width, 2);
    mapSquareOutputs<Rows, Columns>(sums + step, stride, outputs + lanes<T>, width, 2);
  });
  for (i32 i = 0; i < rows; ++i) storeColumns<T>(outputs + i * width * lanes<T>, 0, columns, planes, to + i * pitch);
}

// The same as mapOutputs for columns that are `step` apart.
template <class T>
[[gnu::noinline]] void scatterOutputs(const TileStretch& tiles, const T* sums, i32 stride, const PlaneVector<T>& planes, T* to, i32 pitch,
                                      i32 rows, i32 columns, i32 step) {
  constexpr i32 outputs = tileOutputs * tileOutputs;
  T parts[lanes<T> * outputs];
  PlaneVector<T> dense = {planes.bias, {}};
  for (i32 lane = 0; lane < lanes<T>; ++lane) dense.offsets[lane] = lane * outputs;
  withMaps<OutputMap, ShortOutputMap>(tiles.rows, tiles.columns, [&]<class Rows, class Columns>() {
    mapOutputs<Rows, Columns, Columns::to>(sums, stride, dense, parts, tileOutputs, Rows::to);
  });
  for (i32 lane = 0; lane < lanes<T>; ++lane) {
    const T* part = parts + lane * outputs;
    for (i32 i = 0; i < rows; ++i) {
      for (i32 j = 0; j < columns; ++j) to[planes.offsets[lane] + i * pitch + j * step] = part[i * tileOutputs + j];
    }
  }
}

// A vector of rows from `firstRow` on, for all tiles of a block, whose sums are `step` apart.
template <class T>
void transformOutputs(const WinogradArgs<T>& args, const TileGrid& grid, const TileBlock<T>& block, i32 firstRow, const T* sums, i32 step) {
  const i32 plane = args.outSize[1] * args.outSize[2];
  const i32 volume = args.outSize[0] * plane;
  const i32 pitch = args.outSize[2] * grid.rowStep;
  const PlaneVector<T> planes = planeVector<T>(args, firstRow, volume);
  TilePlaces places(block.order);
  forEachImage(grid, block.first, block.end, [&](i32 image, i32 start, i32 stop) {
    const SubImage sub(grid, image);
    T* images = args.y + sub.batch * args.rows * volume + sub.slice * plane;
    const i32 firstPlace = start / grid.wide * tileOutputs * pitch;
    const i32 endPlace = minimum(((stop - 1) / grid.wide + 1) * tileOutputs * pitch, plane);
    for (i32 lane = 0; lane < lanes<T>; ++lane) prefetchLines(images + planes.offsets[lane] + firstPlace, endPlace - firstPlace);
    forEachStretch(grid, sub, start, stop, places, [&](const TileStretch& tiles) {
      const i32 row = tiles.row * tileOutputs * grid.rowStep + sub.row;
      const i32 rows = minimum(tileOutputs, (args.outSize[1] - row + grid.rowStep - 1) / grid.rowStep);
      const T* own = sums + tiles.place * step;
      for (i32 k = 0, count; k < tiles.count; k += count, own += count * step) {
        const i32 column = grid.column(tiles.column + k);
        const i32 columns = minimum(tileOutputs, (args.outSize[2] - column + grid.columnStep - 1) / grid.columnStep);
        const bool isPair = grid.columnStep == 2 && column % 2 == 0 && k + 1 < tiles.count;
        count = isPair ? 2 : 1;
        if (rows <= 0 || columns <= 0) continue;
        T* to = images + row * args.outSize[2] + column;
        if (isPair) {
          mapPair<T>(tiles, own, step, args.sumStride, planes, to, pitch, rows, minimum(2 * tileOutputs, args.outSize[2] - column));
        } else if (grid.columnStep == 1) {
          withConstant<1, tileOutputs>(columns, [&]<i32 count>(Constant<count>) {
            using Columns = std::conditional_t<count == tileOutputs, OutputMap, ShortOutputMap<maximum(2, minimum(count, 3))>>;
            withMap<OutputMap, ShortOutputMap>(tiles.rows, [&]<class Rows>() {
              mapOutputs<Rows, Columns, count>(own, args.sumStride, planes, to, pitch, rows);
            });
          });
        } else {
          scatterOutputs<T>(tiles, own, args.sumStride, planes, to, pitch, rows, columns, grid.columnStep);
        }
      }
    });
  });
}

// What ReLU and a max pooling by windows of 2x2 leave of a tile, and the winners of its windows, of which `rows` x `columns` are asked for.
template <class Rows, class Columns, i32 columns, class T>
[[gnu::noinline]] void mapPooled(const T* sums, i32 stride, const PlaneVector<T>& planes, T* to, u8* winners, i32 pitch, i32 rows) {
  const Vector<T> bias = planes.bias;
  PairWinners<T> windows[4] = {};
  mapRectangle<Rows, Columns, T>(
      [&](i32 j, Vector<T>(&line)[6]) { loadSums<Rows>(sums, stride, j, line); },
      [&](i32 i, const Vector<T>(&line)[Columns::to]) {
        CONVGRAD_UNROLL
        for (i32 j = 0; j < Columns::to / 2; ++j) {
          PairWinners<T>& window = windows[i / 2 * 2 + j];
          const PairWinners<T> row = winnersOfRow<T>(line[2 * j] + bias, line[2 * j + 1] + bias, i % 2);
          if (i % 2 == 0) {
            window = row;
          } else {
            takeLarger<T>(window, row);
            rectify<T>(window);
          }
        }
      });
  T values[4 * lanes<T>];
  i32 taps[lanes<T>];
  storeAcross<4, T>({windows[0].values, windows[1].values, windows[2].values, windows[3].values}, values, QuadOffsets<T>().of);
  Vector<Integer<T>> bytes{};
  CONVGRAD_UNROLL
  for (i32 k = 0; k < 4; ++k) bytes |= (windows[k].taps & 255) << (8 * k);
  std::memcpy(taps, &bytes, sizeof(taps));
  for (i32 lane = 0; lane < lanes<T>; ++lane) {
    for (i32 i = 0; i < rows; ++i) {
      const i32 place = planes.offsets[lane] + i * pitch;
      std::memcpy(to + place, values + 4 * lane + 2 * i, columns * sizeof(T));
      if (winners) std::memcpy(winners + place, reinterpret_cast<const u8*>(taps + lane) + 2 * i, columns);
    }
  }
}

// transformOutputs with ReLU and a max pooling by windows of 2x2 behind it; what fills no window is left out.
template <class T>
void poolOutputs(const WinogradArgs<T>& args, const TileGrid& grid, const TileBlock<T>& block, i32 firstRow, const T* sums, i32 step) {
  constexpr i32 side = tileOutputs / 2;
  const i32 height = args.outSize[1] / 2, width = args.outSize[2] / 2;
  const i32 plane = height * width;
  const i32 volume = args.outSize[0] * plane;
  const PlaneVector<T> planes = planeVector<T>(args, firstRow, volume);
  TilePlaces places(block.order);
  forEachImage(grid, block.first, block.end, [&](i32 image, i32 start, i32 stop) {
    const SubImage sub(grid, image);
    const i32 images = sub.batch * args.rows * volume + sub.slice * plane;
    forEachStretch(grid, sub, start, stop, places, [&](const TileStretch& tiles) {
      const i32 row = tiles.row * side, rows = minimum(side, height - row);
      for (i32 k = 0; k < tiles.count; ++k) {
        const i32 column = (tiles.column + k) * side, columns = minimum(side, width - column);
        if (rows <= 0 || columns <= 0) continue;
        const T* const own = sums + (tiles.place + k) * step;
        const i32 place = images + row * width + column;
        u8* const winners = args.winners ? args.winners + place : nullptr;
        withMaps<OutputMap, ShortOutputMap>(tiles.rows, tiles.columns, [&]<class Rows, class Columns>() {
          if (columns == 1) mapPooled<Rows, Columns, 1>(own, args.sumStride, planes, args.y + place, winners, width, rows);
          else mapPooled<Rows, Columns, Columns::to / 2>(own, args.sumStride, planes, args.y + place, winners, width, rows);
        });
      }
    });
  });
}

}  // namespace convgrad

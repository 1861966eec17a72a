// The sums of winograd.cc mapped back to outputs, and put in their places.
#pragma once

#include "pair_winners.h"
#include "plane_columns.h"
#include "winograd_tiles.h"

namespace convgrad {

// Tiles [first, end), their transformed inputs [vector of terms, tile, lane], vectors being `pitch` tiles apart, and where their sums go.
template <class T>
struct TileBlock {
  i32 first, end;
  i32 width;  // tiles, to whole register tiles
  T* inputs;
  i32 pitch;
  T* sums;
};

// The outputs of a tile: those of `rows` rows and `columns` columns.
template <class T, i32 columns>
[[gnu::noinline]] void mapOutputs(const T* sums, i32 stride, const PlaneVector<T>& planes, T* to, i32 pitch, i32 rows) {
  const Vector<T> bias = planes.bias;
  mapSquare<OutputMap, T>(
      [&](i32 j, Vector<T>(&line)[6]) {
        CONVGRAD_UNROLL
        for (i32 i = 0; i < 6; ++i) line[i] = load(sums + (i * 6 + j) * stride);
      },
      [&](i32 i, Vector<T>(&line)[4]) {
        if (i >= rows) return;
        CONVGRAD_UNROLL
        for (i32 j = 0; j < 4; ++j) line[j] += bias;
        storeAcross<columns, T>(line, to + i * pitch, planes.offsets);
      });
}

// to[row, column, lane] = the outputs of a tile without bias, columns being `columnStep` apart and rows `rowStep`.
template <class T>
[[gnu::noinline]] void mapSquareOutputs(const T* sums, i32 stride, T* to, i32 rowStep, i32 columnStep) {
  mapSquare<OutputMap, T>(
      [&](i32 j, Vector<T>(&line)[6]) {
        CONVGRAD_UNROLL
        for (i32 i = 0; i < 6; ++i) line[i] = load(sums + (i * 6 + j) * stride);
      },
      [&](i32 i, const Vector<T>(&line)[4]) {
        CONVGRAD_UNROLL
        for (i32 j = 0; j < 4; ++j) store(to + (i * rowStep + j * columnStep) * lanes<T>, line[j]);
      });
}

// The outputs of two tiles whose columns alternate, the sums of the second `step` behind those of the first.
template <class T>
void mapPair(const T* sums, i32 step, i32 stride, const PlaneVector<T>& planes, T* to, i32 pitch, i32 rows, i32 columns) {
  constexpr i32 width = 2 * tileOutputs;
  T outputs[tileOutputs * width * lanes<T>];
  mapSquareOutputs<T>(sums, stride, outputs, width, 2);
  mapSquareOutputs<T>(sums + step, stride, outputs + lanes<T>, width, 2);
  for (i32 i = 0; i < rows; ++i) storeColumns<T>(outputs + i * width * lanes<T>, 0, columns, planes, to + i * pitch);
}

// The same as mapOutputs for columns that are `step` apart.
template <class T>
[[gnu::noinline]] void scatterOutputs(const T* sums, i32 stride, const PlaneVector<T>& planes, T* to, i32 pitch, i32 rows, i32 columns,
                                      i32 step) {
  constexpr i32 outputs = tileOutputs * tileOutputs;
  T parts[lanes<T> * outputs];
  PlaneVector<T> dense = {planes.bias, {}};
  for (i32 lane = 0; lane < lanes<T>; ++lane) dense.offsets[lane] = lane * outputs;
  mapOutputs<T, tileOutputs>(sums, stride, dense, parts, tileOutputs, tileOutputs);
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
  forEachImage(grid, block.first, block.end, [&](i32 image, i32 start, i32 stop) {
    const SubImage sub(grid, image);
    T* images = args.y + sub.batch * args.rows * volume + sub.slice * plane;
    const i32 firstPlace = start / grid.wide * tileOutputs * pitch;
    const i32 endPlace = minimum(((stop - 1) / grid.wide + 1) * tileOutputs * pitch, plane);
    for (i32 lane = 0; lane < lanes<T>; ++lane) prefetchLines(images + planes.offsets[lane] + firstPlace, endPlace - firstPlace);
    for (i32 tile = start, count; tile < stop; tile += count, sums += count * step) {
      const i32 row = tile / grid.wide * tileOutputs * grid.rowStep + sub.row, column = grid.column(tile % grid.wide);
      const i32 rows = minimum(tileOutputs, (args.outSize[1] - row + grid.rowStep - 1) / grid.rowStep);
      const i32 columns = (args.outSize[2] - column + grid.columnStep - 1) / grid.columnStep;
      const bool isPair = grid.columnStep == 2 && column % 2 == 0 && tile + 1 < stop;
      count = isPair ? 2 : 1;
      if (rows <= 0 || columns <= 0) continue;
      T* to = images + row * args.outSize[2] + column;
      if (isPair) {
        mapPair<T>(sums, step, args.sumStride, planes, to, pitch, rows, minimum(2 * tileOutputs, args.outSize[2] - column));
      } else if (grid.columnStep == 1) {
        withConstant<1, tileOutputs>(minimum(tileOutputs, columns), [&]<i32 count>(Constant<count>) {
          mapOutputs<T, count>(sums, args.sumStride, planes, to, pitch, rows);
        });
      } else {
        scatterOutputs<T>(sums, args.sumStride, planes, to, pitch, rows, minimum(tileOutputs, columns), grid.columnStep);
      }
    }
  });
}

// What ReLU and a max pooling by windows of 2x2 leave of a tile, and the winners of its windows, of which `rows` x `columns` are asked for.
template <class T, i32 columns>
[[gnu::noinline]] void mapPooled(const T* sums, i32 stride, const PlaneVector<T>& planes, T* to, u8* winners, i32 pitch, i32 rows) {
  const Vector<T> bias = planes.bias;
  PairWinners<T> windows[4];
  mapSquare<OutputMap, T>(
      [&](i32 j, Vector<T>(&line)[6]) {
        CONVGRAD_UNROLL
        for (i32 i = 0; i < 6; ++i) line[i] = load(sums + (i * 6 + j) * stride);
      },
      [&](i32 i, Vector<T>(&line)[4]) {
        CONVGRAD_UNROLL
        for (i32 j = 0; j < 2; ++j) {
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
  forEachImage(grid, block.first, block.end, [&](i32 image, i32 start, i32 stop) {
    const SubImage sub(grid, image);
    const i32 images = sub.batch * args.rows * volume + sub.slice * plane;
    for (i32 tile = start; tile < stop; ++tile, sums += step) {
      const i32 row = tile / grid.wide * side, column = tile % grid.wide * side;
      const i32 rows = minimum(side, height - row), columns = minimum(side, width - column);
      if (rows <= 0 || columns <= 0) continue;
      const i32 place = images + row * width + column;
      u8* const winners = args.winners ? args.winners + place : nullptr;
      withConstant<1, side>(columns, [&]<i32 count>(Constant<count>) {
        mapPooled<T, count>(sums, args.sumStride, planes, args.y + place, winners, width, rows);
      });
    }
  });
}

}  // namespace convgrad

// A convolution plane by plane without copies, see plane_walk.h: for each output channel the sum over all columns of taps of all channels.
#pragma once

#include "gather_product.h"
#include "plane_walk.h"

namespace convgrad {

// Rows of outputs: row (z, y) begins at data + z * sliceStep + y * rowStep.
template <class T>
struct PlaneRows {
  T* data;
  i32 sliceStep, rowStep;
  T* row(i32 z, i32 y) const { return data + z * sliceStep + y * rowStep; }
};

// Taps down the image that a walk takes at a time, none where walks do not serve: neighbouring outputs must read neighbouring elements,
// and rows lie one tap apart; and V8 has too few registers. Where taps are dilated, there are as many sets of such rows, interleaved.
inline i32 walkTaps(const Gather& gather, i32 rows) {
  if (!hasWalks || gather.tapCount() == 0 || gather.stride[2] != 1 || gather.tapStep[1] % gather.stride[1] != 0) return 0;
  if (rows < 2 * (gather.tapStep[1] / gather.stride[1])) return 0;
  for (const i32 taps : {7, 5, 3, 2}) {
    if (gather.taps[1] % taps == 0) return taps;
  }
  return 0;
}

// The sets of rows.
inline i32 walkClasses(const Gather& gather) { return gather.tapStep[1] / gather.stride[1]; }

// Whether one walk of so many taps makes all there is to a vector of outputs.
inline bool takesOneWalk(const Gather& gather, i32 channels, i32 taps, i32 columns) {
  return channels * gather.taps[0] * gather.source[0] * gather.out[0] == 1 && gather.first[0] == 0 && gather.taps[1] == taps &&
         gather.taps[2] <= columns && walkClasses(gather) == 1;
}

// Calls f with the taps and the lanes of walks for rows of `width`, constants; not where there are no taps.
template <class T, class F>
void withWalk(i32 taps, i32 width, F f) {
  const auto fitting = [&]<i32 number>(Constant<number> constant) {
    if (width <= halfLanes<T>) f(constant, Constant<halfLanes<T>>{});
    else f(constant, Constant<lanes<T>>{});
  };
  if constexpr (hasWalks) {
    switch (taps) {
      case 2: return fitting(Constant<2>{});
      case 3: return fitting(Constant<3>{});
      case 5: return fitting(Constant<5>{});
      case 7: return fitting(Constant<7>{});
    }
  }
}

// Columns of taps that a walk takes at a time at most. Weights that find no register are read from memory as they are multiplied.
inline constexpr i32 mostWalkColumns = 7;

// The walks of a convolution, by the columns of taps that they take.
template <class T>
struct PlaneWalks {
  using Walk = void (*)(const T*, WeightSteps, const T*, const PlaneWalk&, i32, T, T*, bool);
  i32 taps, columns;  // of a walk at most
  i32 width;          // of its vectors
  Walk walks[mostWalkColumns];
  i32 classes;  // sets of rows
  bool isOne;   // whether one walk makes a vector's outputs

  // For blocks of `size` outputs; no taps where walks do not serve.
  static PlaneWalks suiting(const Gather& gather, i32 channels, const i32* size) {
    PlaneWalks walks = {};
    withWalk<T>(walkTaps(gather, size[1]), size[2], [&]<i32 taps, i32 width>(Constant<taps>, Constant<width>) {
      walks = of<taps, width>(std::make_integer_sequence<i32, mostWalkColumns>());
      walks.classes = walkClasses(gather);
      walks.isOne = takesOneWalk(gather, channels, taps, walks.columns);
    });
    return walks;
  }

  // The walk for so many columns of taps, or for as many as it can.
  Walk taking(i32 count) const { return walks[minimum(count, columns) - 1]; }

 private:
  template <i32 taps, i32 width, i32... fewer>
  static PlaneWalks of(std::integer_sequence<i32, fewer...>) {
    return {taps, sizeof...(fewer), width, {planeWalk<T, taps, fewer + 1, width>...}, 1, false};
  }
};

// The walk of `rows` rows of outputs, the first of which reads from the image's line `line` on; `height` is the image's, or 0 for a
// slice outside of it. Rows of the result are `rowStep` apart.
[[gnu::always_inline]] inline PlaneWalk walkOf(const Gather& gather, i32 taps, i32 line, i32 height, i32 rows, i32 rowStep) {
  const i32 step = gather.tapStep[1], lines = rows + taps - 1;
  // Mostly the lines are neighbours, and a division would take as long as a short row.
  const Range inside = step == 1 ? Range(line, 1, height, lines) : Range(line, step, height, lines);
  const i32 lineStep = step * gather.source[2];
  return {rows, inside.start, inside.end, gather.source[2], gather.tapStep[2], lineStep, rowStep,
          placesAhead(gather.source[1], gather.source[2], lineStep), placesAhead(gather.out[1], gather.out[2], rowStep)};
}

inline WeightSteps weightSteps(const WeightView& view) { return {view.step[1] * view.kernel[2], view.step[2]}; }

// One output channel of a block of `size` outputs from `start` on, of the image's planes at `source`. `spare` has room for a vector a row.
template <class T>
void walkPlane(const GatherProduct<T>& product, const PlaneWalks<T>& walks, const T* source, const T* weight, T bias, const i32* start,
               const i32* size, const PlaneRows<T>& target, T* spare) {
  const Gather& gather = product.gather;
  const WeightView& view = product.weightView;
  const WeightSteps steps = weightSteps(view);
  const i32 classes = walks.classes;
  const bool isNarrow = size[2] < walks.width;
  // The last walk lies over the one before it where the width is no multiple.
  const i32 last = maximum(size[2] - walks.width, 0);
  for (i32 z = 0; z < size[0]; ++z) {
    for (i32 first = 0; first < minimum(classes, size[1]); ++first) {
      const i32 rows = classes == 1 ? size[1] : ceilDivide(size[1] - first, classes);
      T* y = isNarrow ? spare : target.row(z, first);
      for (i32 column = 0; column < size[2]; column += walks.width) {
        const i32 place = minimum(column, last);
        bool isBegun = false;
        for (i32 channel = 0; channel < product.channels; ++channel) {
          for (i32 tapZ = 0; tapZ < gather.taps[0]; ++tapZ) {
            for (i32 tapY = 0; tapY < gather.taps[1]; tapY += walks.taps) {
              const i32 slice = gather.first[0] + (start[0] + z) * gather.stride[0] + tapZ * gather.tapStep[0];
              const i32 line = gather.first[1] + (start[1] + first) * gather.stride[1] + tapY * gather.tapStep[1];
              const i32 height = slice >= 0 && slice < gather.source[0] ? gather.source[1] : 0;
              const PlaneWalk walk = walkOf(gather, walks.taps, line, height, rows, isNarrow ? walks.width : classes * target.rowStep);
              if (isBegun && walk.firstLine >= walk.endLine) continue;
              const T* x = source + ((channel * gather.source[0] + slice) * gather.source[1] + line) * gather.source[2] + walk.firstLine * walk.lineStep;
              for (i32 tapX = 0; tapX < gather.taps[2]; tapX += walks.columns) {
                walks.taking(gather.taps[2] - tapX)(weight + channel * view.channelStep + view.tap(tapZ, tapY, tapX), steps, x, walk,
                                                    gather.first[2] + start[2] + place + tapX * gather.tapStep[2], isBegun ? T(0) : bias, y + place, isBegun);
                isBegun = true;
              }
            }
          }
        }
      }
      if (!isNarrow) continue;
      for (i32 row = 0; row < rows; ++row) copyFew(target.row(z, first + row * classes), spare + row * walks.width, size[2]);
    }
  }
}

// Output channels [first, end), counted over the groups of all images, each a plane in one block that takes one walk a vector.
template <class T>
void walkPlanes(const GatherProduct<T>& product, const PlaneWalks<T>& walks, i32 groups, i32 first, i32 end, T* spare) {
  const Gather& gather = product.gather;
  const i32 width = gather.out[2], planeSize = product.targetRowStride(), sourceSize = gather.sourceVolume();
  const i32 last = maximum(width - walks.width, 0);
  const PlaneWalk walk = walkOf(gather, walks.taps, gather.first[1], gather.source[1], gather.out[1], width);
  const WeightSteps steps = weightSteps(product.weightView);
  const auto walkTile = walks.taking(gather.taps[2]);
  const std::ptrdiff_t x0 = gather.first[1] * gather.source[2] + walk.firstLine * walk.lineStep;
  const i32 tap = product.weightView.tap(0, 0, 0);
  const T* x = product.source + first / product.rows * sourceSize;
  T* y = product.target + first * planeSize;
  const T* written = product.target + end * planeSize;
  i32 row = first % product.rows, channel = first % (groups * product.rows);
  for (i32 plane = first; plane < end; ++plane, y += planeSize) {
    const T* weight = product.weight + channel * product.weightView.rowStep;
    const T bias = product.bias ? product.bias[channel] : T(0);
    // Short rows run over their ends, into what is written next.
    if (width >= walks.width || written - (y + planeSize) >= walks.width) {
      for (i32 column = 0; column < width; column += walks.width) {
        const i32 place = minimum(column, last);
        walkTile(weight + tap, steps, x + x0, walk, gather.first[2] + place, bias, y + place, false);
      }
    } else {
      const i32 start[3] = {0, 0, 0};
      walkPlane(product, walks, x, weight, bias, start, gather.out, {y, planeSize, width}, spare);
    }
    if (++channel == groups * product.rows) channel = 0;
    if (++row < product.rows) continue;
    row = 0;
    x += sourceSize;
  }
}

}  // namespace convgrad

// Padded planes of an image in a worker's memory, from which a convolution reads without a thought for borders: every tap of an
// output is at the output's place plus an offset. With a stride along the rows, a plane is split into one for each remainder of the
// columns, so that neighbouring outputs always read neighbouring elements. Where walked_plane.h serves, nothing is copied.
#pragma once

#include "image_lines.h"

namespace convgrad {

// What a block of `size` outputs reads of each channel: [channels, slices, remainders, rows, pitch].
struct PlaneShape {
  i32 slices, rows, pitch;
  i32 remainderStep, sliceStep, channelStep;

  PlaneShape() = default;
  // Behind every plane lie zeros for a vector of `gap` elements. Rows are whole vectors where that costs little.
  PlaneShape(const Gather& gather, const i32* size, i32 gap) {
    slices = (size[0] - 1) * gather.stride[0] + (gather.taps[0] - 1) * gather.tapStep[0] + 1;
    rows = (size[1] - 1) * gather.stride[1] + (gather.taps[1] - 1) * gather.tapStep[1] + 1;
    pitch = size[2] + (gather.taps[2] - 1) * gather.tapStep[2] / gather.stride[2];
    const i32 whole = ceilDivide(pitch, gap) * gap;
    if (whole <= pitch + pitch / 8) pitch = whole;
    remainderStep = ceilDivide(rows * pitch, gap) * gap + gap;
    sliceStep = gather.stride[2] * remainderStep;
    channelStep = slices * sliceStep;
  }

  i32 offset(const Gather& gather, i32 channel, i32 z, i32 y, i32 x) const {
    const i32 column = x * gather.tapStep[2];
    return channel * channelStep + z * gather.tapStep[0] * sliceStep + y * gather.tapStep[1] * pitch +
           column % gather.stride[2] * remainderStep + column / gather.stride[2];
  }

  i32 place(const Gather& gather, i32 z, i32 y) const { return z * gather.stride[0] * sliceStep + y * gather.stride[1] * pitch; }
};

// Copies the planes of `channels` channels from `x`, the first of them, zeros outside the image; `start` is the block's first output.
// The shape's gap is a vector, which rows may run over.
template <class T>
void copyPlanes(T* planes, const PlaneShape& shape, const Gather& gather, const i32* start, const T* x, i32 channels) {
  const i32 planeSize = gather.source[1] * gather.source[2];
  const i32 firstSlice = gather.first[0] + start[0] * gather.stride[0];
  const i32 firstRow = gather.first[1] + start[1] * gather.stride[1];
  for (i32 remainder = 0; remainder < gather.stride[2]; ++remainder) {
    bool isRead = false;
    for (i32 tap = 0; tap < gather.taps[2]; ++tap) isRead = isRead || tap * gather.tapStep[2] % gather.stride[2] == remainder;
    if (!isRead) continue;
    const i32 firstColumn = gather.first[2] + start[2] * gather.stride[2] + remainder;
    const PlaneCopy copy = {
        shape.rows, shape.pitch, gather.source[2], firstRow, 1, firstColumn, gather.stride[2],
        Range(firstRow, 1, gather.source[1], shape.rows), Range(firstColumn, gather.stride[2], gather.source[2], shape.pitch),
    };
    for (i32 channel = 0; channel < channels; ++channel) {
      for (i32 slice = 0; slice < shape.slices; ++slice) {
        T* y = planes + channel * shape.channelStep + slice * shape.sliceStep + remainder * shape.remainderStep;
        const i32 z = firstSlice + slice;
        if (z < 0 || z >= gather.source[0]) fillZero(y, shape.rows * shape.pitch);
        else copy.run(y, x + (channel * gather.source[0] + z) * planeSize);
        fillZero(y + shape.rows * shape.pitch, lanes<T>);
      }
    }
  }
}

// How taps down the image are cut into columns, and which outputs make a tile: see plane_tile.h. Rows of outputs go in `classes`
// interleaved sets, each of rows that many apart, whose taps then meet the same rows of the image.
struct PlaneColumns {
  i32 taps, step, classes, count;
  i32 unit;

  PlaneColumns() = default;
  PlaneColumns(const Gather& gather, const PlaneShape& shape, i32 channels, i32 rows) {
    const i32 divisor = greatestCommonDivisor(gather.stride[1], gather.tapStep[1]);
    const i32 kernel = gather.taps[1];
    step = gather.stride[1] / divisor;
    classes = gather.tapStep[1] / divisor;
    taps = kernel % 7 == 0 ? 7 : kernel % 5 == 0 ? 5 : kernel % 3 == 0 ? 3 : kernel % 2 == 0 ? 2 : 1;
    unit = gather.tapStep[1] * shape.pitch;
    if (gather.tapCount() == 0 || taps == 1 || step > 2 || rows < 2 * classes) {
      taps = step = classes = 1;
      unit = gather.stride[1] * shape.pitch;
    }
    count = channels * gather.tapCount() / taps;
  }

  // Calls f(column, channel, z, y, x) for all columns, y being the first of their taps.
  template <class F>
  void forEach(const Gather& gather, F f) const {
    for (i32 column = 0, channel = 0, z = 0, y = 0, x = 0; column < count; ++column) {
      f(column, channel, z, y, x);
      if (++x < gather.taps[2]) continue;
      x = 0;
      y += taps;
      if (y < gather.taps[1]) continue;
      y = 0;
      if (++z < gather.taps[0]) continue;
      z = 0;
      ++channel;
    }
  }
};

}  // namespace convgrad

// Copies of an image from which a convolution reads without a thought for borders, strides or rows: lines.
//
// A line belongs to one channel and one tap and holds what that tap reads for every output of a block, in the order of the
// outputs, zeros outside the image. Taps of one column whose rows are a multiple of the stride apart can share a line: such a line
// also holds rows beyond the outputs', and a tap is an offset into it, so that with stride 1 an image is copied once per column of
// the kernel and not once per tap.
#pragma once

#include "micro_kernel.h"
#include "vectors.h"

namespace convgrad {

// A convolution as a gather: output q reads, for tap t, the source at first + q * stride + t * tapStep, in each dimension.
struct Gather {
  i32 source[3];
  i32 taps[3];
  i32 first[3];
  i32 tapStep[3];
  i32 stride[3];
  i32 out[3];
  i32 tapCount() const { return taps[0] * taps[1] * taps[2]; }
  i32 sourceVolume() const { return source[0] * source[1] * source[2]; }
};

// Rows and columns of the kernels that have walks of their own, square_walk.h and gradient_window.h.
inline constexpr i32 kernelSide = 3;

// A block of outputs, in (image, depth, height, width). More than one of something only where everything inside it is whole.
struct Block {
  i32 image, images;
  i32 start[3];
  i32 size[3];
  i32 columns() const { return images * size[0] * size[1] * size[2]; }
};

inline i32 ceilDivide(i32 a, i32 b) { return (a + b - 1) / b; }
inline i32 greatestCommonDivisor(i32 a, i32 b) { return b == 0 ? a : greatestCommonDivisor(b, a % b); }

// The outputs q in [0, count) for which first + q * step lies in [0, size).
struct Range {
  i32 start, end;
  Range(i32 first, i32 step, i32 size, i32 count) {
    start = first >= 0 ? 0 : minimum(ceilDivide(-first, step), count);
    end = first >= size ? start : maximum(start, minimum(ceilDivide(size - first, step), count));
  }
};

// May write up to a vector past the end. A zero that clang knew would become a call of memory.fill, which is slow for short rows.
template <class T>
inline void fillZero(T* y, i32 count) {
  Vector<T> zero = {};
  asm volatile("" : CONVGRAD_VECTOR_REGISTER(zero));
  for (i32 i = 0; i < count; i += lanes<T>) store(y + i, zero);
}

// May write up to a vector past the end.
template <class T>
inline void copyOver(T* y, const T* x, i32 count) {
  i32 i = 0;
  for (; i + 4 * lanes<T> <= count; i += 4 * lanes<T>, y += 4 * lanes<T>, x += 4 * lanes<T>) {
    pinPointer(x);
    const Vector<T> values[4] = {load(x), load(x + lanes<T>), load(x + 2 * lanes<T>), load(x + 3 * lanes<T>)};
    for (i32 v = 0; v < 4; ++v) store(y + v * lanes<T>, values[v]);
  }
  for (; i < count; i += lanes<T>, y += lanes<T>, x += lanes<T>) store(y, load(x));
}

// May write up to a vector past the end.
template <class T>
inline void copyStrided(T* y, const T* x, i32 count, i32 stride) {
  if (stride == 2) {
    for (i32 i = 0; i < count; i += lanes<T>) {
      store(y + i, evenElements(load(x + 2 * i), load(x + 2 * i + lanes<T>), LaneSequence<T>{}));
    }
  } else {
    for (i32 i = 0; i < count; ++i) y[i] = x[i * stride];
  }
}

// Copies rows of planes: y[rows, columns] from a plane's rows firstRow, firstRow + rowStep, ... and columns firstColumn, ...,
// zeros outside. May write up to a vector past the end.
struct PlaneCopy {
  i32 rows, columns, width;
  i32 firstRow, rowStep, firstColumn, columnStep;
  Range rowRange, range;

  template <class T>
  [[gnu::noinline]] void run(T* y, const T* plane) const {
    const i32 wholeRows = rowRange.end - rowRange.start;
    if (wholeRows <= 0 || range.end <= range.start) return fillZero(y, rows * columns);
    fillZero(y, rowRange.start * columns);
    T* row = y + rowRange.start * columns;
    const T* from = plane + (firstRow + rowRange.start * rowStep) * width + firstColumn;
    if (columnStep == 1 && columns > width) {
      copyPadded(row, from + range.start, wholeRows);
      return fillZero(y + rowRange.end * columns, (rows - rowRange.end) * columns);
    }
    if (columnStep == 1 && rowStep == 1 && columns == width && range.start <= lanes<T> && columns - range.end <= lanes<T>) {
      copyOver(row, from, wholeRows * columns);
    } else if (columnStep == 1) {
      copyRows(row + range.start, from + range.start, wholeRows);
    } else {
      for (i32 i = 0; i < wholeRows; ++i) {
        copyStrided(row + i * columns + range.start, from + i * rowStep * width + range.start * columnStep, range.end - range.start, columnStep);
      }
    }
    // What was copied beyond a row, from the neighbouring rows or to them.
    for (i32 j = 0; j < range.start; ++j) clearColumn(row + j, wholeRows);
    for (i32 j = range.end; j < columns; ++j) clearColumn(row + j, wholeRows);
    fillZero(y + rowRange.end * columns, (rows - rowRange.end) * columns);
  }

 private:
  template <class T>
  void clearColumn(T* y, i32 count) const {
    for (i32 i = 0; i < count; ++i) y[i * columns] = T(0);
  }

  // Rows with a border: what a copy writes over the end of its row, the border's zeros and the next row write over again.
  template <class T>
  void copyPadded(T* y, const T* from, i32 count) const {
    fillZero(y, range.start);
    y += range.start;
    switch ((range.end - range.start) / lanes<T>) {
      case 1: return copyPaddedRows<T, 1>(y, from, count);
      case 2: return copyPaddedRows<T, 2>(y, from, count);
      case 3: return copyPaddedRows<T, 3>(y, from, count);
      case 4: return copyPaddedRows<T, 4>(y, from, count);
      case 5: return copyPaddedRows<T, 5>(y, from, count);
      case 6: return copyPaddedRows<T, 6>(y, from, count);
      case 7: return copyPaddedRows<T, 7>(y, from, count);
      case 8: return copyPaddedRows<T, 8>(y, from, count);
    }
    copyPaddedRows<T, 0>(y, from, count);
  }

  // `vectors` whole ones and a part of one in each row, or, given 0, any number.
  template <class T, i32 vectors>
  void copyPaddedRows(T* y, const T* from, i32 count) const {
    const i32 length = range.end - range.start;
    const i32 whole = vectors > 0 ? vectors * lanes<T> : length / lanes<T> * lanes<T>;
    const auto mask = lanesBelow<T>(length - whole);
    for (i32 i = 0; i < count; ++i, y += columns, from += rowStep * width) {
      if constexpr (vectors > 0) {
        pinPointer(from);
        CONVGRAD_UNROLL
        for (i32 v = 0; v < vectors; ++v) store(y + v * lanes<T>, load(from + v * lanes<T>));
      } else {
        copyOver(y, from, whole);
      }
      store(y + whole, mask ? load(from + whole) : Vector<T>{});
      fillZero(y + whole + lanes<T>, (i + 1 < count ? columns : columns - range.start) - whole - lanes<T>);
    }
  }

  template <class T>
  void copyRows(T* y, const T* from, i32 count) const {
    const i32 length = range.end - range.start;
    switch ((length + lanes<T> - 1) / lanes<T>) {
      case 1: return copyShortRows<T, 1>(y, from, count);
      case 2: return copyShortRows<T, 2>(y, from, count);
      case 3: return copyShortRows<T, 3>(y, from, count);
      case 4: return copyShortRows<T, 4>(y, from, count);
    }
    for (i32 i = 0; i < count; ++i) copyOver(y + i * columns, from + i * rowStep * width, length);
  }

  template <class T, i32 vectors>
  void copyShortRows(T* y, const T* from, i32 count) const {
    const i32 step = rowStep * width;
    for (; count > 0; --count, y += columns, from += step) {
      for (i32 v = 0; v < vectors; ++v) store(y + v * lanes<T>, load(from + v * lanes<T>));
    }
  }
};

// Lines that taps of a column share: every `classes`-th tap reads the same one, `tapRows` rows further.
struct SharedLines {
  i32 classes, tapRows, rows;

  SharedLines(const Gather& gather, const Block& block) {
    const i32 divisor = greatestCommonDivisor(gather.stride[1], gather.tapStep[1]);
    classes = minimum(gather.stride[1] / divisor, gather.taps[1]);
    tapRows = gather.tapStep[1] / divisor;
    rows = block.size[1] + (gather.taps[1] - 1) / maximum(1, classes) * tapRows;
  }

  // Where tap `tap` of all (slices, rows) begins to read, lines of two classes being `classStep` apart.
  i32 offset(const Gather& gather, const Block& block, i32 tap, i32 classStep) const {
    const i32 slice = tap / gather.taps[1], row = tap % gather.taps[1];
    return row % classes * classStep + (slice * rows + row / classes * tapRows) * block.size[2];
  }
};

// Whether there is one tap, which reads the very places of the outputs.
inline bool readsPlaces(const Gather& gather) {
  bool same = gather.tapCount() == 1;
  for (i32 d = 0; d < 3; ++d) same = same && gather.stride[d] == 1 && gather.first[d] == 0 && gather.source[d] == gather.out[d];
  return same;
}

// Whether the image itself serves as lines.
inline bool readsInPlace(const Gather& gather, const Block& block) { return block.images == 1 && readsPlaces(gather); }

// Lines of `channels` channels from `x` on: (class, channel, column of the kernel) if shared, else (channel, tap). Each may run over its
// end by up to a vector, for which `pitch` leaves room.
template <class T>
void copyLines(T* lines, i32 pitch, const T* x, i32 channels, i32 imageStride, const Gather& gather, const Block& block, bool shared) {
  const i32 planeSize = gather.source[1] * gather.source[2];
  const i32 channelSize = gather.source[0] * planeSize;
  const SharedLines sharing(gather, block);
  const i32 tapRows = shared ? sharing.classes : gather.taps[0] * gather.taps[1];
  const i32 lineCount = tapRows * gather.taps[2];
  const i32 together = shared ? gather.taps[2] : lineCount;
  const i32 slices = shared ? gather.taps[0] : block.size[0];
  const i32 sliceStep = shared ? gather.tapStep[0] : gather.stride[0];
  const i32 rows = shared ? sharing.rows : block.size[1];
  for (i32 line = 0; line < lineCount; ++line) {
    const i32 tapRow = line / gather.taps[2];
    const i32 firstSlice = gather.first[0] + block.start[0] * gather.stride[0] + tapRow / gather.taps[1] * gather.tapStep[0];
    const i32 firstRow = gather.first[1] + block.start[1] * gather.stride[1] + tapRow % gather.taps[1] * gather.tapStep[1];
    const i32 firstColumn = gather.first[2] + block.start[2] * gather.stride[2] + line % gather.taps[2] * gather.tapStep[2];
    const PlaneCopy copy = {
        rows, block.size[2], gather.source[2], firstRow, gather.stride[1], firstColumn, gather.stride[2],
        Range(firstRow, gather.stride[1], gather.source[1], rows), Range(firstColumn, gather.stride[2], gather.source[2], block.size[2]),
    };
    for (i32 channel = 0; channel < channels; ++channel) {
      T* y = lines + ((line / together * channels + channel) * together + line % together) * pitch;
      const T* volume = x + block.image * imageStride + channel * channelSize;
      for (i32 n = 0; n < block.images; ++n, volume += imageStride) {
        for (i32 slice = 0; slice < slices; ++slice, y += rows * block.size[2]) {
          const i32 z = firstSlice + slice * sliceStep;
          if (z < 0 || z >= gather.source[0]) fillZero(y, rows * block.size[2]);
          else copy.run(y, volume + z * planeSize);
        }
      }
    }
  }
}

}  // namespace convgrad

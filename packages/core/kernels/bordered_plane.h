// A block of a plane's rows with the zeros around it that a kernel of stride 1 sees, copied into a worker's memory. The border beside the rows is
// cleared once and stays as blocks follow each other.
#pragma once

#include "image_lines.h"

namespace convgrad {

template <class T>
struct BorderedPlane {
  i32 rows, pitch;
  T* data;

  // For blocks of `blockRows` rows of outputs, from which vectors read at most `columns` places of a line, in room for rows * pitch numbers.
  BorderedPlane(const Gather& gather, i32 blockRows, i32 columns, T* memory)
      : rows(blockRows + gather.taps[1] - 1), pitch(ceilDivide(columns, lanes<T>) * lanes<T>), data(memory), height(gather.source[1]),
        width(gather.source[2]), firstRow(gather.first[1]), firstColumn(gather.first[2]), inside(firstColumn, 1, width, pitch) {}

  // Before the first copy.
  void clear() const { fillZero(data, rows * pitch); }

  // The lines that outputs from row `row` on read of a plane.
  void copy(const T* plane, i32 row) const {
    const i32 length = inside.end - inside.start;
    if (length <= 0) return;
    T* y = data + inside.start;
    const i32 first = firstRow + row;
    const Range present(first, 1, height, rows);
    for (i32 r = 0; r < present.start; ++r) clearLine(y + r * pitch, length);
    const T* x = plane + (first + present.start) * width + firstColumn + inside.start;
    y += present.start * pitch;
    for (i32 r = present.start; r < present.end; ++r, x += width, y += pitch) copyLine(y, x, length);
    for (i32 r = present.end; r < rows; ++r, y += pitch) clearLine(y, length);
  }

 private:
  i32 height, width, firstRow, firstColumn;
  Range inside;

  // Nothing is written beside the line: the last vector lies over the one before it.
  static void copyLine(T* y, const T* x, i32 length) {
    i32 i = 0;
    for (; i + 4 * lanes<T> <= length; i += 4 * lanes<T>) {
      const T* from = x + i;
      T* to = y + i;
      pinPointer(from);
      const Vector<T> values[4] = {load(from), load(from + lanes<T>), load(from + 2 * lanes<T>), load(from + 3 * lanes<T>)};
      for (i32 v = 0; v < 4; ++v) store(to + v * lanes<T>, values[v]);
    }
    for (; i + lanes<T> <= length; i += lanes<T>) store(y + i, load(x + i));
    if (i == length) return;
    if (length >= lanes<T>) store(y + length - lanes<T>, load(x + length - lanes<T>));
    else copyFew(y, x, length);
  }

  static void clearLine(T* y, i32 length) {
    const Vector<T> zero = {};
    i32 i = 0;
    for (; i + lanes<T> <= length; i += lanes<T>) store(y + i, zero);
    for (; i < length; ++i) {
      y[i] = T(0);
      keepLoop();
    }
  }
};

}  // namespace convgrad

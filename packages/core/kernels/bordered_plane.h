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

  // The lines that outputs from row `row` on read of a plane; nothing is written beside them.
  void copy(const T* plane, i32 row) const {
    const i32 length = inside.end - inside.start;
    if (length <= 0) return;
    T* y = data + inside.start;
    const i32 first = firstRow + row;
    const Range present(first, 1, height, rows);
    for (i32 r = 0; r < present.start; ++r) fillRow(y + r * pitch, T(0), length);
    const T* x = plane + (first + present.start) * width + firstColumn + inside.start;
    y += present.start * pitch;
    for (i32 r = present.start; r < present.end; ++r, x += width, y += pitch) copyRow(x, y, length);
    for (i32 r = present.end; r < rows; ++r, y += pitch) fillRow(y, T(0), length);
  }

 private:
  i32 height, width, firstRow, firstColumn;
  Range inside;
};

}  // namespace convgrad

// Images of a batch side by side: of as many images as a vector has lanes, the elements at one place are one vector.
//
// So every tap of every output reads whole vectors, whatever the width of the image, and where a tap lies outside the image it is left out:
// thin layers on small images multiply nothing in vain. What it costs is a transposition of what is read and of what is written.
#pragma once

#include "blocks.h"
#include "image_lines.h"
#include "quads.h"

namespace convgrad {

// y[i, lane] = x[lane * imageStride + i] for `count` elements of `images` images, zeros for those that are missing. Writes whole quads
// of elements.
template <class T, bool isWhole>
void interleaveRun(T* y, const T* x, i32 imageStride, i32 images, i32 count) {
  for (i32 lane = 0; lane < lanes<T>; lane += 4, x += 4 * imageStride, y += 4) {
    const auto row = [&](i32 image, i32 i) { return isWhole || lane + image < images ? loadQuad(x + image * imageStride + i) : Quad<T>{}; };
    T* to = y;
    for (i32 i = 0; i < count; i += 4, to += 4 * lanes<T>) {
      Quad<T> a = row(0, i), b = row(1, i), c = row(2, i), d = row(3, i);
      transposeQuads<T>(a, b, c, d);
      storeQuad(to, a);
      storeQuad(to + lanes<T>, b);
      storeQuad(to + 2 * lanes<T>, c);
      storeQuad(to + 3 * lanes<T>, d);
    }
  }
}

template <class T>
[[gnu::noinline]] void interleave(T* y, const T* x, i32 imageStride, i32 images, i32 count) {
  if (images >= lanes<T>) interleaveRun<T, true>(y, x, imageStride, images, count);
  else interleaveRun<T, false>(y, x, imageStride, images, count);
}

// y[lane * imageStride + i] = x[i, lane]: its inverse, for those images that are there. Reads whole quads of elements.
template <class T>
[[gnu::noinline]] void separate(T* y, i32 imageStride, const T* x, i32 images, i32 count) {
  const i32 width = minimum(4, count);
  for (i32 lane = 0; lane < minimum(images, lanes<T>); lane += 4, x += 4, y += 4 * imageStride) {
    const i32 there = minimum(4, images - lane);
    for (i32 next = 0; next < count; next += 4) {
      // The last four may overlap those before.
      const i32 i = minimum(next, count - width);
      const T* from = x + i * lanes<T>;
      Quad<T> rows[4] = {loadQuad(from), loadQuad(from + lanes<T>), loadQuad(from + 2 * lanes<T>), loadQuad(from + 3 * lanes<T>)};
      transposeQuads<T>(rows[0], rows[1], rows[2], rows[3]);
      if (there == 4 && width == 4) {
        CONVGRAD_UNROLL
        for (i32 image = 0; image < 4; ++image) storeQuad(y + image * imageStride + i, rows[image]);
      } else {
        for (i32 image = 0; image < there; ++image) {
          for (i32 element = 0; element < width; ++element) y[image * imageStride + i + element] = rows[image][element];
        }
      }
    }
  }
}

// Part of an image with its border: rows [firstRow, firstRow + rows) and columns [firstColumn, firstColumn + columns), which may lie
// outside; zeros there.
struct BorderedImage {
  i32 channels, height, width;
  i32 firstRow, rows;
  i32 firstColumn, columns;

  i32 planeElements() const { return rows * columns; }

  // y[channels, rows, columns, lanes]; may write three vectors past the end.
  template <class T>
  void interleave(T* y, const T* x, i32 imageStride, i32 images) const {
    const Range inside(firstColumn, 1, width, columns);
    const bool isWide = inside.start == 0 && inside.end == columns && columns == width;
    const Range insideRows(firstRow, 1, height, rows);
    for (i32 c = 0; c < channels; ++c, x += height * width, y += planeElements() * lanes<T>) {
      fillZero(y, insideRows.start * columns * lanes<T>);
      T* row = y + insideRows.start * columns * lanes<T>;
      const T* from = x + (firstRow + insideRows.start) * width + firstColumn + inside.start;
      if (isWide) {
        convgrad::interleave(row, from, imageStride, images, (insideRows.end - insideRows.start) * columns);
      } else {
        for (i32 i = insideRows.start; i < insideRows.end; ++i, row += columns * lanes<T>, from += width) {
          fillZero(row, inside.start * lanes<T>);
          convgrad::interleave(row + inside.start * lanes<T>, from, imageStride, images, inside.end - inside.start);
          fillZero(row + inside.end * lanes<T>, (columns - inside.end) * lanes<T>);
        }
      }
      fillZero(y + insideRows.end * columns * lanes<T>, (rows - insideRows.end) * columns * lanes<T>);
    }
  }
};

}  // namespace convgrad

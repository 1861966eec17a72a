// Tiles whose lines are read straight from the image, tap by tap: with wide vectors there are registers for the masks that clear what lies
// outside beside the tile's sums, so that no panel is gathered at all.
#pragma once

#include "product.h"
#include "vectors.h"

namespace convgrad {

// What the taps read for the columns of a tile: each vector of tap t from places[t, vector] of a channel on, under masks[t * maskPitch].
template <class T>
struct TapLines {
  const T* data;
  const i32* places;
  const Integer<T>* masks;
  i32 maskPitch;
  i32 taps, channels, channelStep;
};

// c[rows, vectors * lanes] = start[rows] + the sum over taps and channels of packed a (`rows` numbers a step) times their lines.
template <class T, i32 rows, i32 vectors>
[[gnu::noinline]] void maskedTile(const T* a, const TapLines<T>& lines, const T* start, T* c, i32 stride) {
  Vector<T> values[rows][vectors];
  CONVGRAD_UNROLL
  for (i32 i = 0; i < rows * vectors; ++i) values[i / vectors][i % vectors] = splat(start[i / vectors]);
  for (i32 tap = 0; tap < lines.taps; ++tap) {
    const T* from[vectors];
    Vector<Integer<T>> isInside[vectors];
    CONVGRAD_UNROLL
    for (i32 v = 0; v < vectors; ++v) {
      from[v] = lines.data + lines.places[tap * vectors + v];
      isInside[v] = load(lines.masks + tap * lines.maskPitch + v * lanes<T>);
    }
    for (i32 channel = 0; channel < lines.channels; ++channel, a += rows) {
      Vector<T> line[vectors];
      CONVGRAD_UNROLL
      for (i32 v = 0; v < vectors; ++v) {
        line[v] = reinterpret_cast<Vector<T>>(reinterpret_cast<Vector<Integer<T>>>(load(from[v])) & isInside[v]);
        from[v] += lines.channelStep;
      }
      CONVGRAD_UNROLL
      for (i32 i = 0; i < rows; ++i) {
        const Vector<T> factor = splat(a[i]);
        CONVGRAD_UNROLL
        for (i32 v = 0; v < vectors; ++v) values[i][v] += factor * line[v];
        CONVGRAD_UNROLL
        for (i32 v = 0; v < vectors; ++v) pin<T>(values[i][v]);
      }
    }
  }
  storeInOrder(c, stride, values);
}

// A run of `count` tiles of one height, one below the other.
template <class T, i32 rows, i32 vectors>
void multiplyMasked(const T* a, i32 aStep, i32 count, const TapLines<T>& lines, i32 columns, T* c, i32 stride, const Epilogue<T>& epilogue) {
  constexpr i32 width = vectors * lanes<T>;
  const bool isDirect = columns == width && !epilogue.accumulate;
  T sums[rows * width];
  for (i32 tile = 0; tile < count; ++tile, a += aStep, c += rows * stride) {
    prefetchTile<T, rows, vectors>(c, stride);
    if (isDirect) {
      maskedTile<T, rows, vectors>(a, lines, epilogue.rowBias ? epilogue.rowBias + tile * rows : zeros<T>, c, stride);
    } else {
      maskedTile<T, rows, vectors>(a, lines, zeros<T>, sums, width);
      storeSums(sums, rows, width, columns, c, stride, epilogue.at(tile * rows, 0));
    }
  }
}

}  // namespace convgrad
